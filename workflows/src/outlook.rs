//! What people write about, how much they will write, and what deals will come to.

use chrono::NaiveTime;
use chrono_tz::Tz;
use rapport_insight::forecast::forecast;
use rapport_insight::topics::topics;
use rapport_model::money::Money;
use rapport_model::{Id, Kind, Timestamp};
use rapport_storage::Store;
use rapport_storage::records::Filter;

use crate::schedule::first_instant;
use crate::{WorkflowError, Workflows};

/// Mails that are looked at for topics: the newest of the period.
const MAILS_MAX: u32 = 3_000;
/// Days of the past from which it is told what comes.
const PAST_DAYS: u64 = 182;
/// Days that are told of.
pub const DAYS_AHEAD: usize = 14;
/// Deals that are looked at.
const DEALS_MAX: u32 = 10_000;
/// Nine in ten of what is spread normally lie within so many standard deviations.
const NINE_IN_TEN: f64 = 1.645;

/// What some mails are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailTopic {
    /// The words that these have and others have not.
    pub words: Vec<String>,
    /// How many.
    pub n: usize,
    /// The mail that is most like all of them.
    pub example: Option<Id>,
}

/// What is to be expected of a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// When it begins.
    pub day: Timestamp,
    /// How many mails.
    pub n: f64,
    /// Between how many nine in ten such forecasts were.
    pub range: (f64, f64),
}

/// What open deals will come to, in one currency.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    /// The sum of amounts, each by how likely its stage is won.
    pub expected: Money,
    /// Between what that lies in nine of ten cases, if deals are won independently.
    pub range: (Money, Money),
    /// How many deals with an amount.
    pub n: usize,
}

impl Workflows {
    /// Returns what the mails that came in `from..to` are about, as far as they are seen; nothing if they are too few.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn mail_topics(
        &self,
        store: &Store,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Option<Vec<MailTopic>>, WorkflowError> {
        let ids = store.mails_in(from, to, MAILS_MAX).await?;
        let mails = store.messages(&ids).await?;
        let texts: Vec<String> =
            mails.iter().map(|mail| format!("{}\n{}", mail.subject, mail.own_text())).collect();
        let Ok(found) = topics(&texts, None, 1) else { return Ok(None) };
        let topic = |topic: rapport_insight::topics::Topic| MailTopic {
            n: topic.n,
            example: topic.examples.first().map(|row| mails[*row].id),
            words: topic.words,
        };
        Ok(Some(found.into_iter().map(topic).collect()))
    }

    /// Returns how many mails are to be expected each day of a fortnight, from tomorrow on, of those that are seen;
    /// nothing if too little is known.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn expected_mails(
        &self,
        store: &Store,
        zone: Tz,
        now: Timestamp,
    ) -> Result<Option<Vec<Expected>>, WorkflowError> {
        let today = now.local(zone).date_naive();
        let begins = |day: chrono::NaiveDate| first_instant(zone, day.and_time(NaiveTime::MIN));
        let Some(first) = store.first_message_at().await? else { return Ok(None) };
        let first = first.local(zone).date_naive().max(today - chrono::Days::new(PAST_DAYS));
        // The first day and the present one are not whole.
        let past: Vec<Timestamp> =
            first.iter_days().skip(1).take_while(|d| *d <= today).filter_map(begins).collect();
        let counts = store.days(&past).await?;
        let times: Vec<Option<f64>> = (0..counts.len()).map(|day| Some(day as f64)).collect();
        let values: Vec<f64> = counts.iter().map(|day| f64::from(day.n_in)).collect();
        let season = (values.len() >= 21).then_some(7);
        let Ok(found) = forecast(&times, &values, DAYS_AHEAD + 1, season) else { return Ok(None) };
        let ahead = today.iter_days().zip(&found.points).skip(1).filter_map(|(day, point)| {
            let n = point.value.max(0.0);
            let range = (point.low.max(0.0), point.high.max(0.0));
            Some(Expected { day: begins(day)?, n, range })
        });
        Ok(Some(ahead.collect()))
    }

    /// Returns what the open deals that are seen will come to, by currency, by how likely each stage is won.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn expected_deals(&self, store: &Store) -> Result<Vec<Pipeline>, WorkflowError> {
        let (_, stages) = store.pipeline().await?;
        let filter = Filter { limit: DEALS_MAX, ..Filter::default() };
        let deals = store.list(Kind::Deal, &filter).await?;
        let mut sums: std::collections::BTreeMap<String, (f64, f64, usize)> =
            std::collections::BTreeMap::new();
        for deal in &deals {
            let stage = stages.iter().find(|stage| stage.name == deal.text("stage"));
            let p = stage.map_or(0.0, |stage| stage.probability);
            let (Some(amount), currency) = (deal.get("amount").int(), deal.text("currency")) else {
                continue;
            };
            if currency.is_empty() || p <= 0.0 || p >= 1.0 {
                continue;
            }
            let (sum, variance, n) = sums.entry(currency.to_owned()).or_default();
            let amount = amount as f64;
            *sum += p * amount;
            *variance += p * (1.0 - p) * amount * amount;
            *n += 1;
        }
        let money = |minor: f64, currency: &str| Money::new(minor.max(0.0).round() as i64, currency);
        let pipeline = |(currency, (sum, variance, n)): (String, (f64, f64, usize))| {
            let far = NINE_IN_TEN * variance.sqrt();
            Pipeline {
                expected: money(sum, &currency),
                range: (money(sum - far, &currency), money(sum + far, &currency)),
                n,
            }
        };
        Ok(sums.into_iter().map(pipeline).collect())
    }
}
