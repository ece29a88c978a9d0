//! Drafting a campaign, and seeing whom it would reach and how its mails would read.

use rapport_model::campaign::{CampaignState, Variant};
use rapport_model::people::User;
use rapport_model::{Change, Id, Kind, Record, RecordRef, Timestamp};
use rapport_prompts::Percent;
use rapport_workflows::WorkflowError;
use rapport_workflows::campaign::Reach;
use rapport_workflows::campaign::segment::{KEYS, SegmentError};
use rapport_workflows::preferences::Quiet;

use super::super::super::card::Card;
use super::super::super::command::Of;
use super::super::super::desk::{Desk, Done, Stop};
use super::super::super::safe::{plain, quoted};
use super::super::super::session::Session;
use super::{Campaign, Plan, command, state_of};

const NAME_CHARS_MAX: usize = 40;

impl Desk<'_> {
    pub(super) async fn draft_campaign(&self, session: &mut Session, plan: &Plan) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        if !plan.odd.is_empty() {
            return Ok(vec![Card::new(prompts.campaign_option(language, &quoted(&plan.odd)))]);
        }
        let name = rapport_prompts::format::clip(&plain(&plan.name).replace('\n', " "), NAME_CHARS_MAX);
        let same = |other: &&Record| other.text("name").to_lowercase() == name.to_lowercase();
        if let Some(other) = self.all_campaigns().await?.iter().find(same) {
            let said = prompts.campaign_name_taken(language, &quoted(&name), other.short());
            return Ok(vec![Card::new(said)]);
        }
        for text in [&plan.text, &plan.text_b].into_iter().filter(|text| !text.is_empty()) {
            if !prompts.is_news(text) {
                let known = prompts.all_news();
                return Ok(vec![Card::new(prompts.campaign_text_unknown(language, &quoted(text), &known))]);
            }
        }
        if plan.text == plan.text_b {
            return Ok(vec![Card::new(prompts.campaign_same_texts(language, &quoted(&plan.text)))]);
        }
        let segment = match self.app.workflows.read_segment(&plan.segment, Some(self.user), self.now) {
            Ok((_, kept)) => kept,
            Err(e) => return Ok(vec![self.no_segment(&e)]),
        };
        let between = (!plan.between.is_empty()).then_some(plan.between.as_str());
        if between.is_some_and(|hours| Quiet::read(hours).is_none()) {
            let word = format!("between:{}", plan.between);
            return Ok(vec![Card::new(prompts.campaign_option(language, &quoted(&word)))]);
        }
        let share = (!plan.text_b.is_empty()).then(|| i64::from(plan.share_b.unwrap_or(50)));
        let campaign = RecordRef::new(Kind::Campaign, self.store().new_id());
        let change = Change::create(campaign)
            .with("name", name.as_str())
            .with("segment", segment)
            .with("template", plan.text.as_str())
            .with("template_b", share.map(|_| plan.text_b.as_str()))
            .with("share_b", share)
            .with("per_hour", plan.per_hour.map(i64::from))
            .with("per_day", plan.per_day.map(i64::from))
            .with("between_hours", between)
            .with("state", CampaignState::Draft.name());
        let made = as_record(&change);
        if self.app.workflows.campaign_opens(&made, &nobody(), self.now).is_none() {
            return Ok(vec![Card::new(prompts.campaign_never_open(language, &quoted(&plan.between)))]);
        }
        let written = self.write(vec![change]).await?;
        let mut cards = self.show_campaign(session, &Of::Exact(campaign)).await?;
        if let (Some(card), Some(record)) = (cards.first_mut(), self.store().record(campaign).await?) {
            let said = prompts.campaign_made(language, &self.campaign_name(&record));
            let undo = self.written(said, &written);
            card.title = undo.title;
            card.buttons.extend(undo.buttons);
        }
        Ok(cards)
    }

    /// Says why words are no segment.
    fn no_segment(&self, e: &SegmentError) -> Card {
        let (prompts, language) = (self.prompts(), self.language);
        Card::new(match e {
            SegmentError::Nobody => prompts.segment_nobody(language, KEYS),
            SegmentError::Word(word) => prompts.segment_word(language, &quoted(word), KEYS),
            SegmentError::Owner(name) => prompts.segment_owner(language, &quoted(name)),
            SegmentError::TooMany => prompts.segment_too_long(language),
        })
    }

    pub(super) async fn show_campaign(&self, session: &mut Session, of: &Of) -> Done {
        let campaign = self.campaign_meant(session, of).await?;
        let (prompts, language, state) = (self.prompts(), self.language, state_of(&campaign));
        let mut card = self.campaign_card(&campaign);
        let number = Of::Number(campaign.short());
        if state != CampaignState::Draft {
            let progress = self.store().progress_of(campaign.record.id).await?;
            let next = progress.next_due.filter(|at| *at > self.now && state == CampaignState::Running);
            let (all, waiting) = (progress.recipients, progress.waiting);
            let value = prompts.campaign_progress(language, all - waiting, all, next.map(|at| self.at(at)));
            card = card.field(prompts.campaign_recipients(language), value);
            card = match state {
                CampaignState::Running => card
                    .button(prompts.button_stop_campaign(language), command(Campaign::Stop(number.clone()))),
                CampaignState::Stopped => {
                    let start = Campaign::Start { of: number.clone(), sure: false };
                    card.button(prompts.button_go_on(language), command(start))
                }
                _ => card,
            };
            return Ok(vec![
                card.button(prompts.button_results(language), command(Campaign::Results(number))),
            ]);
        }
        let reach = self.app.workflows.reach(self.store(), &campaign).await?;
        card = card.field(
            prompts.campaign_recipients(language),
            prompts.campaign_reach(language, reach.n_recipients, reach.n_segment),
        );
        let left_out = reach.left_out.iter().map(|(why, n)| {
            prompts.campaign_left_out_line(language, i64::try_from(*n).unwrap_or(i64::MAX), *why)
        });
        card = card.list(prompts.campaign_left_out(language), left_out);
        let card = self.with_mails(card, &campaign, &reach).await?;
        let start = Campaign::Start { of: number.clone(), sure: false };
        Ok(vec![
            card.button(prompts.button_start_campaign(language), command(start))
                .button(prompts.button_discard(language), command(Campaign::Discard(number))),
        ])
    }

    /// Starts a card of a campaign with what was chosen for it.
    fn campaign_card(&self, campaign: &Record) -> Card {
        let (prompts, language) = (self.prompts(), self.language);
        let title = prompts.campaign_title(language, &self.campaign_name(campaign), state_of(campaign));
        let (a, b) = (campaign.text("template"), campaign.text("template_b"));
        let share = campaign.get("share_b").real().unwrap_or(0.0) / 100.0;
        let text = match b.is_empty() {
            true => quoted(a),
            false => prompts.list(
                language,
                &[(a, 1.0 - share), (b, share)].map(|(name, share)| {
                    prompts.campaign_text_share(language, &quoted(name), Percent(share))
                }),
            ),
        };
        let (per_hour, per_day) = self.app.workflows.campaign_limits(campaign);
        let hours = campaign.get("between_hours").text();
        let pace = prompts.campaign_pace_value(language, i64::from(per_hour), i64::from(per_day), hours);
        Card::new(title)
            .field(prompts.campaign_to(language), quoted(campaign.text("segment")))
            .field(prompts.campaign_text(language), text)
            .field(prompts.campaign_pace(language), pace)
    }

    /// Adds the mails that the first recipients would get.
    async fn with_mails(&self, mut card: Card, campaign: &Record, reach: &Reach) -> Done<Card> {
        let (prompts, language) = (self.prompts(), self.language);
        if reach.first.is_empty() {
            return Ok(card.text(prompts.campaign_nobody(language, &self.campaign_name(campaign))));
        }
        let first: Vec<Id> = reach.first.iter().map(|(customer, _)| *customer).collect();
        let shelf = self.app.workflows.shelf(&first, self.now).await?;
        for (customer, variant) in &reach.first {
            let Some(customer) = self.store().record(RecordRef::new(Kind::Customer, *customer)).await? else {
                continue;
            };
            let (name, said) = match self.app.workflows.news(campaign, &customer, *variant, &shelf) {
                Ok(said) => said,
                Err(WorkflowError::Prompt(e)) => {
                    return Ok(card.text(prompts.campaign_text_wrong(language, &e.to_string())));
                }
                Err(e) => return Err(Stop::from(e)),
            };
            let name = quoted(&name);
            let text = (!campaign.text("template_b").is_empty()).then_some(name.as_str());
            let to = self.titled(&customer).await?;
            card = card.item(prompts.campaign_mail(language, &to, text)).quote(format!(
                "{}\n\n{}",
                plain(&said.subject),
                plain(&said.body)
            ));
        }
        Ok(Card { footer: prompts.campaign_preview_note(language), ..card })
    }

    /// Says why the texts of a campaign cannot be said to somebody, if they cannot.
    pub(super) fn wrong_texts(&self, campaign: &Record, customer: &Record) -> Option<Card> {
        let shelf = rapport_workflows::goods::Shelf::default();
        [Variant::A, Variant::B].into_iter().find_map(|variant| {
            let wrong = self.app.workflows.news(campaign, customer, variant, &shelf).err()?;
            Some(Card::new(self.prompts().campaign_text_wrong(self.language, &wrong.to_string())))
        })
    }
}

/// Returns what a change makes, before it is written.
fn as_record(change: &Change) -> Record {
    let fields = change.fields.iter().map(|field| (field.field.clone(), field.after.clone())).collect();
    Record { record: change.record, number: 0, fields, deleted: false }
}

/// Stands for a customer of whom nothing is known.
pub(super) fn nobody() -> Record {
    let record = RecordRef::new(Kind::Customer, Id(0));
    Record { record, number: 0, fields: Default::default(), deleted: false }
}

/// Returns the author and the time of a start as changes of a draft.
pub(super) fn started(campaign: &Record, by: &User, now: Timestamp) -> Change {
    let change =
        Change::update(campaign.record).set("state", campaign.text("state"), CampaignState::Running.name());
    // Whom it is for was settled when it first began.
    if campaign.get("enlisted_at").is_null() {
        change.set("author", campaign.get("author").clone(), by.id).set(
            "starts_at",
            campaign.get("starts_at").clone(),
            now,
        )
    } else {
        change
    }
}
