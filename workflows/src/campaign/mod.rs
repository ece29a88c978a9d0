//! Campaigns: mails to many. A campaign that runs first finds its recipients, a portion at a time, then writes
//! to them, a portion at a time, within its limits and hours. Each portion is committed with its job, so that
//! nobody is written to twice however the service ends; and it is asked anew then whether the campaign still
//! runs and whether somebody still wants it.

mod chance;
mod choose;
pub mod segment;

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveTime;
use rapport_model::campaign::{CampaignState, LeftOut, Segment, Variant};
use rapport_model::consent::Purpose;
use rapport_model::job::{JobOutcome, NewJob, Outbound, Recipient, Task};
use rapport_model::message::ChannelKind;
use rapport_model::people::{CustomerSegment, Lifecycle, User};
use rapport_model::reading::Language;
use rapport_model::time::{DAY, HOUR, MINUTE};
use rapport_model::{Change, Id, Kind, Record, RecordRef, Timestamp};
use rapport_prompts::{Day, LANGUAGES, NewsContext, Text, When};
use rapport_storage::Store;
use rapport_storage::campaigns::Mailing;
use rapport_storage::work::Work;

pub use chance::{Verdict, compare};
pub use choose::{left_out, opens, variant};
use segment::{Known, SegmentError};

use crate::goods::Shelf;
use crate::preferences::Quiet;
use crate::schedule::first_instant;
use crate::{WorkflowError, Workflows};

/// Customers that are looked at together.
const ENLISTED_TOGETHER: u32 = 1_000;
/// Mails that are written together.
const MAILED_TOGETHER: u32 = 100;
/// How long it takes until it is looked again whether what was written has left.
const LOOK_AGAIN: i64 = 5 * MINUTE;
/// So many products are recommended.
const RECOMMENDED: usize = 3;
/// Mails that a preview shows.
pub const SHOWN: usize = 3;

/// Whom a campaign would reach now.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Who is of the segment.
    pub n_segment: usize,
    /// Who of them would be written to.
    pub n_recipients: usize,
    /// The others, by why not.
    pub left_out: BTreeMap<LeftOut, usize>,
    /// The first of who would be written to, with the text they get.
    pub first: Vec<(Id, Variant)>,
}

impl Workflows {
    /// Reads whom a campaign is for. Returns the segment, and the words as they are kept.
    ///
    /// # Errors
    /// The words are no segment.
    pub fn read_segment(
        &self,
        words: &str,
        asker: Option<&User>,
        now: Timestamp,
    ) -> Result<(Segment, String), SegmentError> {
        let colleague = |word: &str| {
            let word = word.trim_start_matches(['@', '＠']);
            let me = asker.filter(|_| matches!(word, "me" | "我"));
            let called = |user: &&User| {
                user.handle.to_lowercase() == word
                    || user.name.to_lowercase().split_whitespace().any(|n| n == word)
            };
            let user = me.or_else(|| self.users().iter().find(called))?;
            Some((user.id, user.handle.to_lowercase()))
        };
        let prompts = self.prompts();
        let lifecycle = |word: &str| {
            let called =
                |l: &Lifecycle| LANGUAGES.iter().any(|lang| prompts.label(*lang, *l).to_lowercase() == word);
            Lifecycle::by_name(word).or_else(|| Lifecycle::ALL.iter().copied().find(called))
        };
        // A word stands without blanks: `at_risk`, `dozing_off`.
        let sort = |word: &str| {
            let called = |s: &CustomerSegment| {
                LANGUAGES.iter().any(|lang| prompts.label(*lang, *s).to_lowercase().replace(' ', "_") == word)
            };
            CustomerSegment::by_name(word).or_else(|| CustomerSegment::ALL.iter().copied().find(called))
        };
        let known = Known { colleague: &colleague, lifecycle: &lifecycle, segment: &sort, now };
        segment::read(words, &known)
    }

    /// Returns whom a campaign would reach if it began now, as far as `store` sees.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn reach(&self, store: &Store, campaign: &Record) -> Result<Reach, WorkflowError> {
        let (now, pause) = (store.clock().now(), self.between_mailings());
        let mut reach = Reach::default();
        let Ok((segment, _)) = self.read_segment(campaign.text("segment"), None, now) else {
            return Ok(reach);
        };
        let share = share_b(campaign);
        let (before, mut after) = (store.new_id(), Id(0));
        loop {
            let found = store.candidates(&segment, after, before, ENLISTED_TOGETHER).await?;
            let Some(last) = found.last() else { return Ok(reach) };
            after = last.id;
            reach.n_segment += found.len();
            for candidate in &found {
                if let Some(why) = left_out(candidate, now, pause) {
                    *reach.left_out.entry(why).or_default() += 1;
                    continue;
                }
                reach.n_recipients += 1;
                if reach.first.len() < SHOWN {
                    reach.first.push((candidate.id, variant(campaign.record.id, candidate.id, share)));
                }
            }
        }
    }

    /// Says a campaign's text as a customer would get it. The second text is that of a campaign with two.
    ///
    /// # Errors
    /// There is no such text, or the house's own is wrong.
    pub fn news(
        &self,
        campaign: &Record,
        customer: &Record,
        variant: Variant,
        shelf: &Shelf,
    ) -> Result<(String, Text), WorkflowError> {
        let name = match variant {
            Variant::B if !campaign.text("template_b").is_empty() => campaign.text("template_b"),
            _ => campaign.text("template"),
        };
        let said = self.news_text(name, customer, self.language_with(customer), shelf)?;
        Ok((name.to_owned(), said))
    }

    /// Says a text for many as a customer would get it in a language.
    ///
    /// # Errors
    /// As [`Workflows::news`].
    pub(crate) fn news_text(
        &self,
        name: &str,
        customer: &Record,
        language: Language,
        shelf: &Shelf,
    ) -> Result<Text, WorkflowError> {
        let owner = customer.get("owner").id().and_then(|id| self.user(id));
        let zone = customer.text("zone").parse().unwrap_or(self.settings.zone);
        let last =
            [customer.get("last_in").time(), customer.get("last_out").time()].into_iter().flatten().max();
        let recommendations = shelf.recommend(customer, RECOMMENDED);
        let context = NewsContext {
            customer_name: customer.text("name"),
            owner_name: owner.map_or(self.settings.house.name.as_str(), User::display_name),
            house: &self.settings.house.name,
            last_contact: last.map(|at| Day(When { at, zone })),
            recommendations: &recommendations,
        };
        Ok(self.prompts().news(language, name, &context)?)
    }

    /// Returns when a campaign may write to a customer: now, or when the house and the campaign are next open by
    /// their clocks. Nothing if they never are.
    pub fn campaign_opens(&self, campaign: &Record, customer: &Record, now: Timestamp) -> Option<Timestamp> {
        let zone = customer.text("zone").parse().unwrap_or(self.settings.zone);
        opens(&self.settings.hours.default, closed(campaign), zone, now)
    }

    /// Returns how many mails of a campaign may leave within an hour, and within a day.
    pub fn campaign_limits(&self, campaign: &Record) -> (u32, u32) {
        let limits = self.settings.mailings;
        let own = |field: &str, house| {
            campaign.get(field).int().and_then(|n| u32::try_from(n).ok()).unwrap_or(house)
        };
        (own("per_hour", limits.per_hour), own("per_day", limits.per_day))
    }

    fn between_mailings(&self) -> i64 {
        i64::from(self.settings.mailings.days_between) * DAY
    }

    /// Finds the next recipients of a campaign among the customers whom whoever started it sees; after the last
    /// of them the writing begins.
    pub(crate) async fn enlist(
        &self,
        campaign: Id,
        run: Id,
        after: Id,
        now: Timestamp,
        work: &mut Work,
    ) -> Result<(), WorkflowError> {
        let about = RecordRef::new(Kind::Campaign, campaign);
        let Some(record) = self.store.record(about).await?.filter(is_running) else { return Ok(()) };
        let mut mailing = Mailing::of(campaign);
        let mail = NewJob {
            task: Task::Mail { campaign },
            run_at: now,
            idempotency_key: Some(format!("campaign/{campaign}/{run}/mail")),
            correlation: Some(campaign),
            lane: None,
        };
        if !record.get("enlisted_at").is_null() {
            work.mailing = Some(mailing);
            work.jobs.push(mail);
            return Ok(());
        }
        let began = record.get("starts_at").time().unwrap_or(now);
        let author = record.get("author").id().and_then(|id| self.user(id));
        let segment = self.read_segment(record.text("segment"), author, began).map(|(segment, _)| segment);
        let (Some(author), Ok(segment)) = (author, segment) else {
            // Whoever started it is no colleague any more, or somebody whom it names is none.
            tracing::warn!(campaign = %record.short(), "the campaign was stopped: nobody can say whom it is for");
            work.acts.push((self.store.act("campaign"), vec![ended(&record, CampaignState::Stopped, now)]));
            return Ok(());
        };
        let found = self.store_of(author).candidates(&segment, after, run, ENLISTED_TOGETHER).await?;
        let share = share_b(&record);
        let willing = found.iter().filter(|one| left_out(one, now, self.between_mailings()).is_none());
        mailing.enlisted = willing.map(|one| (one.id, variant(campaign, one.id, share))).collect();
        match found.last() {
            Some(last) => work.jobs.push(NewJob {
                task: Task::Enlist { campaign, run, after: last.id },
                idempotency_key: Some(format!("campaign/{campaign}/{run}/{}", last.id)),
                ..mail
            }),
            None => {
                let enlisted = Change::update(about).set("enlisted_at", None::<Timestamp>, now);
                work.acts.push((self.store.act("campaign"), vec![enlisted]));
                work.jobs.push(mail);
            }
        }
        work.mailing = Some(mailing);
        Ok(())
    }

    /// Writes to the next recipients of a campaign, as many as may be now, and waits for the next.
    pub(crate) async fn mail(
        &self,
        campaign: Id,
        now: Timestamp,
        work: &mut Work,
    ) -> Result<(), WorkflowError> {
        let about = RecordRef::new(Kind::Campaign, campaign);
        let Some(record) = self.store.record(about).await?.filter(is_running) else { return Ok(()) };
        let mut mailing = Mailing::of(campaign);
        let (may, again) = self.may_mail(&record, now).await?;
        let due = match may {
            0 => Vec::new(),
            may => self.store.due_recipients(campaign, may.min(MAILED_TOGETHER)).await?,
        };
        let wait = |at: Timestamp, why: &str| Some(JobOutcome::Wait { at, why: why.to_owned() });
        let outcome = if may == 0 {
            wait(again, "as many as may leave within the time have left")
        } else if due.is_empty() {
            let progress = self.store.progress_of(campaign).await?;
            match (progress.next_due, progress.leaving) {
                (Some(at), _) => wait(at.max(now.plus(1)), "nobody may be written to now"),
                (None, 1..) => wait(now.plus(LOOK_AGAIN), "some mails have not left"),
                (None, _) => {
                    work.acts
                        .push((self.store.act("campaign"), vec![ended(&record, CampaignState::Done, now)]));
                    Some(JobOutcome::Done)
                }
            }
        } else {
            self.mail_these(&record, &due, now, &mut mailing, work).await?;
            wait(now, "there are more to write to")
        };
        if let Some((_, _, fate)) = &mut work.job {
            *fate = outcome;
        }
        work.mailing = Some(mailing);
        Ok(())
    }

    /// Returns how many mails of a campaign may be written now, and when more may be.
    async fn may_mail(&self, campaign: &Record, now: Timestamp) -> Result<(u32, Timestamp), WorkflowError> {
        let (per_hour, per_day) = self.campaign_limits(campaign);
        let hour = now.plus(-now.micros().rem_euclid(HOUR));
        let zone = self.settings.zone;
        let today = now.local(zone).date_naive();
        let midnight = |day: Option<chrono::NaiveDate>| first_instant(zone, day?.and_time(NaiveTime::MIN));
        let day = midnight(Some(today)).unwrap_or(now.plus(-DAY));
        let left = |limit: u32, n: i64| limit.saturating_sub(u32::try_from(n).unwrap_or(u32::MAX));
        let id = campaign.record.id;
        let of_day = left(per_day, self.store.mailed_since(id, day).await?);
        let of_hour = left(per_hour, self.store.mailed_since(id, hour).await?);
        let again = match of_day {
            0 => midnight(today.succ_opt()).unwrap_or(now.plus(DAY)),
            _ => hour.plus(HOUR),
        };
        Ok((of_day.min(of_hour), again))
    }

    async fn mail_these(
        &self,
        campaign: &Record,
        due: &[(Id, Variant)],
        now: Timestamp,
        mailing: &mut Mailing,
        work: &mut Work,
    ) -> Result<(), WorkflowError> {
        let hours = &self.settings.hours.default;
        // Who lives by the house's clocks waits with all others who do.
        let house = opens(hours, closed(campaign), self.settings.zone, now);
        mailing.all_later = house.filter(|at| *at > now);
        let ids: Vec<Id> = due.iter().map(|(customer, _)| *customer).collect();
        let candidates = self.store.candidates_of(&ids).await?;
        let candidates: HashMap<Id, _> = candidates.into_iter().map(|one| (one.id, one)).collect();
        let records = self.store.records(Kind::Customer, &ids).await?;
        let records: HashMap<Id, Record> = records.into_iter().map(|r| (r.record.id, r)).collect();
        let shelf = self.shelf(&ids, now).await?;
        for (customer, variant) in due {
            let (Some(candidate), Some(record)) = (candidates.get(customer), records.get(customer)) else {
                mailing.left_out.push((*customer, LeftOut::Gone));
                continue;
            };
            if let Some(why) = left_out(candidate, now, self.between_mailings()) {
                mailing.left_out.push((*customer, why));
                continue;
            }
            // Hours that never come are looked for again each day: they may be changed.
            let at = self.campaign_opens(campaign, record, now).unwrap_or(now.plus(DAY));
            if at > now {
                if record.get("zone").is_null() && mailing.all_later.is_some() {
                    continue;
                }
                mailing.later.push((*customer, at));
                continue;
            }
            let (text, said) = self.news(campaign, record, *variant, &shelf)?;
            let mail = news_mail(self.store.new_id(), campaign, *customer, text, said, now);
            mailing.mailed.push((*customer, mail.id));
            work.outbox.push(mail);
        }
        Ok(())
    }
}

fn news_mail(id: Id, campaign: &Record, customer: Id, text: String, said: Text, now: Timestamp) -> Outbound {
    Outbound {
        id,
        channel: ChannelKind::Email,
        to: Recipient::Customer(customer),
        cc: Vec::new(),
        thread: None,
        answers: None,
        about: Some(campaign.record),
        cause: None,
        automatic: true,
        purpose: Some(Purpose::News),
        author: None,
        text,
        subject: said.subject,
        body: said.body,
        html: said.html,
        edits: None,
        send_at: now,
        idempotency_key: format!("campaign/{}/{customer}", campaign.record.id),
    }
}

/// Tells whether a campaign runs.
pub fn is_running(campaign: &Record) -> bool {
    !campaign.deleted && campaign.text("state") == CampaignState::Running.name()
}

/// Returns the change that ends a campaign.
pub fn ended(campaign: &Record, state: CampaignState, now: Timestamp) -> Change {
    Change::update(campaign.record).set("state", campaign.text("state"), state.name()).set(
        "ended_at",
        campaign.get("ended_at").clone(),
        now,
    )
}

fn share_b(campaign: &Record) -> i64 {
    if campaign.text("template_b").is_empty() { 0 } else { campaign.get("share_b").int().unwrap_or(50) }
}

/// Returns the hours in which a campaign writes to nobody, whatever the house does.
fn closed(campaign: &Record) -> Option<Quiet> {
    Quiet::read(campaign.text("between_hours")).map(Quiet::outside)
}
