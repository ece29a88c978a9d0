//! `campaign`: mails to many who said yes to news.

mod draft;
mod grammar;
mod plain;
mod results;
mod steer;

use std::fmt;

use rapport_model::campaign::CampaignState;
use rapport_model::record::Kind;
use rapport_model::{Record, ShortNumber};
use rapport_storage::records::Filter;

use super::super::card::Card;
use super::super::command::{Command, Of};
use super::super::desk::{Desk, Done};
use super::super::safe::quoted;
use super::super::session::Session;
use super::command::Govern;

pub(super) use grammar::campaign;
pub(in super::super) use plain::plainly;

/// More campaigns than these are not listed or looked through.
const CAMPAIGNS_MAX: u32 = 1_000;

/// A campaign that is to be made, as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// What it is called: one word.
    pub name: String,
    /// The text, by its name in `prompts/`.
    pub text: String,
    /// A second text, to compare them; empty without.
    pub text_b: String,
    /// How many in a hundred get the second.
    pub share_b: Option<u32>,
    /// Mails an hour, if not the house's.
    pub per_hour: Option<u32>,
    /// Mails a day, if not the house's.
    pub per_day: Option<u32>,
    /// Hours besides the house's, `10:00-16:00`; empty without.
    pub between: String,
    /// The words for whom it is for.
    pub segment: String,
    /// A word among them that is no option; empty where all are understood.
    pub odd: String,
}

/// What to do about campaigns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Campaign {
    /// See all.
    List,
    /// Draft one.
    New(Plan),
    /// See one: whom it would reach, how its mails read, how far it is.
    Show(Of),
    /// Let one begin or go on.
    Start {
        /// Which.
        of: Of,
        /// Whether that was asked already.
        sure: bool,
    },
    /// Let one write to nobody any more.
    Stop(Of),
    /// See what came of one.
    Results(Of),
    /// Take a draft away.
    Discard(Of),
}

impl fmt::Display for Campaign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List => f.write_str("campaign list"),
            Self::New(plan) => plan.fmt(f),
            Self::Show(of) => write!(f, "campaign show {of}"),
            Self::Start { of, sure } => {
                write!(f, "campaign start {of}{}", if *sure { " act:yes" } else { "" })
            }
            Self::Stop(of) => write!(f, "campaign stop {of}"),
            Self::Results(of) => write!(f, "campaign results {of}"),
            Self::Discard(of) => write!(f, "campaign discard {of}"),
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "campaign new {} {}", self.name, self.text)?;
        if !self.text_b.is_empty() {
            write!(f, " and {}", self.text_b)?;
        }
        for (key, n) in [("share", self.share_b), ("hourly", self.per_hour), ("daily", self.per_day)] {
            n.iter().try_for_each(|n| write!(f, " {key}:{n}"))?;
        }
        if !self.between.is_empty() {
            write!(f, " between:{}", self.between)?;
        }
        if !self.odd.is_empty() {
            write!(f, " {}", self.odd)?;
        }
        write!(f, " to {}", self.segment)
    }
}

impl Desk<'_> {
    pub(in super::super) async fn campaign(&self, session: &mut Session, campaign: &Campaign) -> Done {
        match campaign {
            Campaign::List => self.list_campaigns().await,
            Campaign::New(plan) => self.draft_campaign(session, plan).await,
            Campaign::Show(of) => self.show_campaign(session, of).await,
            Campaign::Start { of, sure } => self.start_campaign(session, of, *sure).await,
            Campaign::Stop(of) => self.stop_campaign(session, of).await,
            Campaign::Results(of) => self.campaign_results(session, of).await,
            Campaign::Discard(of) => self.discard_campaign(session, of).await,
        }
    }

    async fn list_campaigns(&self) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let all = self.all_campaigns().await?;
        let hint = prompts.campaigns_hint(language, &prompts.all_news());
        if all.is_empty() {
            return Ok(vec![Card { footer: hint, ..Card::new(prompts.campaigns_empty(language)) }]);
        }
        const LISTED: usize = 20;
        let mut card = Card::new(prompts.campaigns_heading(language, all.len()));
        for campaign in all.iter().take(LISTED) {
            let progress = self.store().progress_of(campaign.record.id).await?;
            let line = rapport_prompts::CampaignLine {
                number: campaign.short(),
                name: &quoted(campaign.text("name")),
                state: state_of(campaign),
                written: progress.recipients - progress.waiting,
                recipients: progress.recipients,
            };
            card = card.item(prompts.campaign_line(language, &line));
            if card.buttons.len() < 5 {
                let show = command(Campaign::Show(Of::Number(campaign.short())));
                card = card.button(campaign.short().to_string(), show);
            }
        }
        if all.len() > LISTED {
            card = card.item(prompts.and_more(language, all.len() - LISTED));
        }
        Ok(vec![Card { footer: hint, ..card }])
    }

    /// Returns the campaigns that were not taken away, newest first.
    async fn all_campaigns(&self) -> Done<Vec<Record>> {
        let filter = Filter { limit: CAMPAIGNS_MAX, ..Filter::default() };
        Ok(self.store().list(Kind::Campaign, &filter).await?)
    }

    /// Finds the campaign that is meant: by its number, its name, or as the one that was shown last.
    async fn campaign_meant(&self, session: &mut Session, of: &Of) -> Done<Record> {
        let (prompts, language) = (self.prompts(), self.language);
        let found = match of {
            Of::Number(ShortNumber { kind: None | Some(Kind::Campaign), number }) => {
                self.store().by_number(Kind::Campaign, *number).await?
            }
            Of::Exact(record) if record.kind == Kind::Campaign => self.store().record(*record).await?,
            Of::Named(name) => {
                let wanted = name.to_lowercase();
                let all = self.all_campaigns().await?;
                all.into_iter().find(|campaign| campaign.text("name").to_lowercase() == wanted)
            }
            Of::It => match session.context().filter(|record| record.kind == Kind::Campaign) {
                Some(record) => self.store().record(record).await?,
                None => return Err(Card::new(prompts.campaign_which(language)).into()),
            },
            _ => None,
        };
        let Some(campaign) = found.filter(|campaign| !campaign.deleted) else {
            return Err(Card::new(prompts.campaign_unknown(language, &quoted(&of.to_string()))).into());
        };
        session.is_about(campaign.record);
        Ok(campaign)
    }

    /// Returns what a campaign is called in a sentence: `P1 spring`.
    fn campaign_name(&self, campaign: &Record) -> String {
        self.prompts().card_title(self.language, campaign.short(), &quoted(campaign.text("name")), None)
    }
}

/// Makes a command of what to do about campaigns.
fn command(campaign: Campaign) -> Command {
    Command::Govern(Govern::Campaign(campaign))
}

fn state_of(campaign: &Record) -> CampaignState {
    CampaignState::by_name(campaign.text("state")).unwrap_or(CampaignState::Draft)
}
