//! What customers ask of the house about what it holds of them: by which law, until when it must be
//! answered, and that managers are told in time.

use chrono::{Days, Months, NaiveDate, TimeZone as _};
use chrono_tz::Tz;
use rapport_model::job::{NewJob, Task};
use rapport_model::message::{Automation, Direction, Trust};
use rapport_model::people::User;
use rapport_model::privacy::{DataRight, PrivacyLaw, ProvenBy, RequestState, read_rights, write_rights};
use rapport_model::time::DAY;
use rapport_model::{Change, Id, Kind, Record, RecordRef, Timestamp, Value};
use rapport_nlp::acts::{law, rights};
use rapport_prompts::{NoticeContext, RequestSaid, When};
use rapport_storage::Store;
use rapport_storage::facts::Known;
use rapport_storage::messages::Loaded;
use rapport_storage::records::Filter;
use rapport_storage::work::Work;

use crate::carry_out::harmless;
use crate::retention::Period;
use crate::understand::text_of;
use crate::{WorkflowError, Workflows};

/// How many requests are listed.
const LISTED_MAX: u32 = 1_000;
/// How much of a mail a notice quotes.
const EXCERPT_CHARS_MAX: usize = 160;
/// The fields of customers that may say in which state they live: `CA` as a country is Canada.
const WHERE: [&str; 4] = ["region", "state", "address", "city"];

/// By which law people ask, and how long the house has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrivacyTerms {
    /// The law, where neither the mail nor what is known of the customer says another.
    pub law: PrivacyLaw,
    /// How long there is by the GDPR.
    pub gdpr: Period,
    /// How long there is by the CCPA.
    pub ccpa: Period,
}

impl Default for PrivacyTerms {
    fn default() -> Self {
        Self { law: PrivacyLaw::Gdpr, gdpr: Period::Months(1), ccpa: Period::Days(45) }
    }
}

impl PrivacyTerms {
    /// Returns the law by which a customer asks: the one they name, else that of where they live as far as
    /// that is known, else the house's.
    pub fn law_of(&self, named: Option<PrivacyLaw>, customer: Option<&Record>) -> PrivacyLaw {
        let lives_there = customer.is_some_and(is_californian);
        named.or(lives_there.then_some(PrivacyLaw::Ccpa)).unwrap_or(self.law)
    }

    /// Returns until when a request of that law is to be answered: the end of a day in `zone`.
    pub fn due(&self, law: PrivacyLaw, received: Timestamp, zone: Tz) -> Timestamp {
        let period = match law {
            PrivacyLaw::Gdpr => self.gdpr,
            PrivacyLaw::Ccpa => self.ccpa,
        };
        later(received, period, zone)
    }
}

/// Returns until when a request is to be answered once the house took the extension that the law gives.
pub fn extended(law: PrivacyLaw, due: Timestamp, zone: Tz) -> Timestamp {
    let more = match law {
        PrivacyLaw::Gdpr => Period::Months(2),
        PrivacyLaw::Ccpa => Period::Days(45),
    };
    later(due, more, zone)
}

/// Returns the last minute of the day that is so much later in `zone`. A month ends on a day of the same
/// number, where there is none on its last (Regulation 1182/71, article 3).
fn later(from: Timestamp, period: Period, zone: Tz) -> Timestamp {
    let day = from.local(zone).date_naive();
    let last = match period {
        Period::Days(n) => day.checked_add_days(Days::new(n.into())),
        Period::Months(n) => day.checked_add_months(Months::new(n)),
    };
    end_of(last.unwrap_or(day), zone)
}

fn end_of(day: NaiveDate, zone: Tz) -> Timestamp {
    let last_minute = day.and_hms_opt(23, 59, 0).unwrap_or_default();
    match zone.from_local_datetime(&last_minute).latest() {
        Some(at) => at.into(),
        // Nobody's clocks show that minute: an hour that is left out in spring.
        None => last_minute.and_utc().into(),
    }
}

/// Returns how many days of the calendar are left; below zero when it is overdue.
pub fn days_left(due: Timestamp, now: Timestamp, zone: Tz) -> i64 {
    (due.local(zone).date_naive() - now.local(zone).date_naive()).num_days()
}

fn is_californian(customer: &Record) -> bool {
    let attrs: serde_json::Value = serde_json::from_str(customer.text("attrs")).unwrap_or_default();
    let says = |text: &str| {
        let lower = text.to_lowercase();
        let code = |word: &str| word == "CA" || word == "US-CA";
        lower.contains("california")
            || text.contains("加州")
            || text.contains("加利福尼亚")
            || text.split(|c: char| !(c.is_alphanumeric() || c == '-')).any(code)
    };
    WHERE.iter().filter_map(|field| attrs.get(*field)?.as_str()).any(says)
}

/// Returns where a request stands.
pub fn state_of(request: &Record) -> RequestState {
    RequestState::by_name(request.text("state")).unwrap_or(RequestState::Open)
}

/// Tells whether the house still owes an answer.
pub fn is_open(request: &Record) -> bool {
    !request.deleted && state_of(request).is_open()
}

/// Returns what a request asks for.
pub fn rights_of(request: &Record) -> Vec<DataRight> {
    read_rights(request.text("rights"))
}

/// Returns the law of a request.
pub fn law_of(request: &Record) -> PrivacyLaw {
    PrivacyLaw::by_name(request.text("law")).unwrap_or(PrivacyLaw::Gdpr)
}

impl Workflows {
    /// The `text` of the notice that a request came.
    pub const REQUEST_NEW: &str = "alert_request";
    /// The `text` of the notice that a request is to be answered soon, or is overdue.
    pub const REQUEST_DUE: &str = "alert_request_due";
    /// The `text` of the mail with the link by which a customer proves that it is they who ask.
    pub const REQUEST_LINK: &str = "privacy_proof";

    /// Returns the requests that nobody answered, what is due first before the rest.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn open_requests(&self, store: &Store) -> Result<Vec<Record>, WorkflowError> {
        let filter = Filter {
            equal: vec![("answered_at", Value::Null)],
            order: Some(("due", false)),
            limit: LISTED_MAX,
            ..Filter::default()
        };
        let mut open = store.list(Kind::PrivacyRequest, &filter).await?;
        open.retain(is_open);
        Ok(open)
    }

    /// Notes what a customer asks of whom what is held may only be kept, and tells the managers: no rule acts on
    /// their mails, and none is understood, but the time limit of the law runs for them, too.
    pub(crate) async fn asked_by_restricted(
        &self,
        message: &Loaded,
        known: &mut Known,
        now: Timestamp,
        work: &mut Work,
    ) -> Result<(), WorkflowError> {
        let is_news = message.direction == Direction::In
            && message.automation == Automation::None
            && !message.history
            && now.since(message.received_at) <= self.rules.max_age;
        let customer = message.customer.and_then(|id| known.customers.get_mut(&id));
        let Some(customer) = customer.filter(|_| is_news) else { return Ok(()) };
        let text = text_of(message);
        let new: Vec<DataRight> =
            rights(&text).into_iter().filter(|right| !customer.asked.contains(right)).collect();
        if new.is_empty() {
            return Ok(());
        }
        customer.asked.extend(&new);
        let record = self.store.record(RecordRef::new(Kind::Customer, customer.id)).await?;
        let law = self.settings.privacy.law_of(law(&text), record.as_ref());
        let due = self.settings.privacy.due(law, message.received_at, self.settings.zone);
        let request =
            noted(self.store.new_id(), Some(message), &new, (law, due), now).with("customer", customer.id);
        let excerpt = harmless(&rapport_nlp::text::excerpt(message.own_text(), EXCERPT_CHARS_MAX));
        for reader in self.managers() {
            let context = NoticeContext {
                customer: record.as_ref().map_or("", |customer| customer.text("name")),
                number: &record.as_ref().map_or(String::new(), |customer| customer.short().to_string()),
                subject: &message.subject,
                excerpt: &excerpt,
                due: Some(When { at: due, zone: self.zone_of(Some(reader)) }),
                request: Some(RequestSaid {
                    rights: &new,
                    law,
                    proven: request.after("proven_at").is_some_and(|at| !at.is_null()),
                    days_left: days_left(due, now, self.settings.zone),
                }),
                ..NoticeContext::default()
            };
            let key = format!("notice/{}/{}", Self::REQUEST_NEW, request.record.id);
            let told = self.notices(&[reader], Self::REQUEST_NEW, &context, Some(request.record), &key)?;
            work.outbox.extend(told);
        }
        work.acts.push((self.store.act("privacy"), vec![request]));
        Ok(())
    }

    /// Tells the managers that a request waits, if it does: a week and a day before it is due, and on each
    /// day after that.
    ///
    /// # Errors
    /// The store cannot be read, or the house's own text is wrong.
    pub(crate) async fn remind_of_request(
        &self,
        request: Id,
        (planned, now): (Timestamp, Timestamp),
        work: &mut Work,
    ) -> Result<(), WorkflowError> {
        let about = RecordRef::new(Kind::PrivacyRequest, request);
        let Some(request) = self.store.record(about).await?.filter(is_open) else { return Ok(()) };
        let Some(due) = request.get("due").time() else { return Ok(()) };
        let is_early = [7_i64, 1].iter().any(|days| due.plus(-days * DAY) == planned);
        if !is_early && planned < due {
            // It was extended meanwhile.
            return Ok(());
        }
        if planned >= due {
            let next = planned.plus(((now.since(planned)).max(0) / DAY + 1) * DAY);
            work.jobs.push(reminder(about.id, next));
        }
        self.refresh().await?;
        let customer = match request.get("customer").id() {
            Some(id) => self.store.record(RecordRef::new(Kind::Customer, id)).await?,
            None => None,
        };
        let readers: Vec<&User> = self.managers().collect();
        let rights = rights_of(&request);
        for reader in readers {
            let zone = self.zone_of(Some(reader));
            let context = NoticeContext {
                customer: customer.as_ref().map_or("", |customer| customer.text("name")),
                number: &customer.as_ref().map_or(String::new(), |customer| customer.short().to_string()),
                record: &request.short().to_string(),
                due: Some(When { at: due, zone }),
                request: Some(RequestSaid {
                    rights: &rights,
                    law: law_of(&request),
                    proven: state_of(&request) == RequestState::Verified,
                    days_left: days_left(due, now, self.settings.zone),
                }),
                ..NoticeContext::default()
            };
            let key = format!("notice/{}/{}/{}", Self::REQUEST_DUE, about.id, planned.micros());
            work.outbox.extend(self.notices(&[reader], Self::REQUEST_DUE, &context, Some(about), &key)?);
        }
        Ok(())
    }
}

/// Returns the change by which a request is answered.
pub fn answered(request: &Record, to: RequestState, by: Option<Id>, now: Timestamp) -> Change {
    Change::update(request.record)
        .set("state", request.text("state"), to.name())
        .set("answered_by", request.get("answered_by").clone(), by)
        .set("answered_at", request.get("answered_at").clone(), now)
}

/// Returns the job that looks at a request at that time.
fn reminder(request: Id, at: Timestamp) -> NewJob {
    NewJob {
        task: Task::Request { request },
        run_at: at,
        idempotency_key: Some(format!("request/{request}/{}", at.micros())),
        correlation: None,
        lane: None,
    }
}

/// Makes the record of what a message asks, by that law and until then.
pub(crate) fn noted(
    id: Id,
    message: Option<&Loaded>,
    rights: &[DataRight],
    (law, due): (PrivacyLaw, Timestamp),
    now: Timestamp,
) -> Change {
    let proof = proof_of(message.and_then(|message| message.trust));
    let state = if proof.is_some() { RequestState::Verified } else { RequestState::Open };
    Change::create(RecordRef::new(Kind::PrivacyRequest, id))
        .with("message", message.map(|message| message.id))
        .with("rights", write_rights(rights))
        .with("law", law.name())
        .with("received_at", message.map_or(now, |message| message.received_at))
        .with("due", due)
        .with("state", state.name())
        .with("proven_by", proof.map(|proof| proof.name()))
        .with("proven_at", proof.map(|_| now))
}

/// Returns how it is proven that the sender of a mail is who they say, if it is.
fn proof_of(trust: Option<Trust>) -> Option<ProvenBy> {
    (trust == Some(Trust::Pass)).then_some(ProvenBy::Mail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn the_time_ends_by_the_calendar_of_the_house() {
        let terms = PrivacyTerms::default();
        let due = |law, received: &str| terms.due(law, at(received), Tz::Europe__Berlin).to_string();
        for (law, received, expected) in [
            (PrivacyLaw::Gdpr, "2026-03-12T10:00:00Z", "2026-04-12T21:59:00Z"),
            // It is the first of April in Berlin already.
            (PrivacyLaw::Gdpr, "2026-03-31T22:30:00Z", "2026-05-01T21:59:00Z"),
            (PrivacyLaw::Gdpr, "2026-01-31T10:00:00Z", "2026-02-28T22:59:00Z"),
            (PrivacyLaw::Ccpa, "2026-03-12T10:00:00Z", "2026-04-26T21:59:00Z"),
        ] {
            assert_eq!(due(law, received), expected, "{law} {received}");
        }
        let berlin = Tz::Europe__Berlin;
        let once = at(&due(PrivacyLaw::Gdpr, "2026-03-12T10:00:00Z"));
        assert_eq!(extended(PrivacyLaw::Gdpr, once, berlin).to_string(), "2026-06-12T21:59:00Z");
        assert_eq!(extended(PrivacyLaw::Ccpa, once, berlin).to_string(), "2026-05-27T21:59:00Z");
        let own = PrivacyTerms { gdpr: Period::Days(20), ..terms };
        assert_eq!(
            own.due(PrivacyLaw::Gdpr, at("2026-03-12T10:00:00Z"), Tz::UTC).to_string(),
            "2026-04-01T23:59:00Z"
        );
    }

    #[test]
    fn the_days_that_are_left_are_those_of_the_calendar() {
        let due = at("2026-04-12T21:59:00Z");
        let left = |now: &str| days_left(due, at(now), Tz::Europe__Berlin);
        assert_eq!(left("2026-04-12T05:00:00Z"), 0);
        assert_eq!(left("2026-04-11T21:59:00Z"), 1);
        assert_eq!(left("2026-04-05T12:00:00Z"), 7);
        assert_eq!(left("2026-04-12T22:30:00Z"), -1, "the next day has begun");
    }

    #[test]
    fn the_law_is_that_of_the_mail_then_of_the_person_then_of_the_house() {
        let customer = |attrs: &str| Record {
            record: RecordRef::new(Kind::Customer, Id(1)),
            number: 1,
            deleted: false,
            fields: [("attrs", Value::from(attrs))].map(|(k, v)| (k.to_owned(), v)).into(),
        };
        let terms = PrivacyTerms::default();
        for (attrs, ccpa) in [
            (r#"{"region":"California"}"#, true),
            (r#"{"state":"CA"}"#, true),
            (r#"{"address":"12 Main St, San Jose, CA 95112"}"#, true),
            (r#"{"region":"加州"}"#, true),
            (r#"{"country":"CA"}"#, false),
            (r#"{"city":"Casablanca"}"#, false),
            ("{}", false),
            ("not json", false),
        ] {
            let expected = if ccpa { PrivacyLaw::Ccpa } else { PrivacyLaw::Gdpr };
            assert_eq!(terms.law_of(None, Some(&customer(attrs))), expected, "{attrs}");
            assert_eq!(terms.law_of(Some(PrivacyLaw::Gdpr), Some(&customer(attrs))), PrivacyLaw::Gdpr);
        }
        let californian = PrivacyTerms { law: PrivacyLaw::Ccpa, ..terms };
        assert_eq!(californian.law_of(None, None), PrivacyLaw::Ccpa);
    }
}
