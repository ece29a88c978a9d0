//! Looks at all customers, a page at a time.

use rapport_insight::rfm::{Cuts, ROWS_MIN, Rfm};
use rapport_insight::strange::strangest;
use rapport_model::event::{Soured, What};
use rapport_model::people::CustomerSegment;
use rapport_model::time::{DAY, HOUR};
use rapport_model::{Actor, Change, Id, Kind, RecordRef, Timestamp};
use rapport_storage::histories::{Asked, History};
use rapport_storage::insights::{Insight, Strange};
use rapport_storage::work::Work;
use serde::{Deserialize, Serialize};

use super::figures::{Figures, LOOK_BACK, NAMES, layout};
use super::leads::ended;
use super::leaving::churn_of;
use super::mood::soured;
use super::needs::Person;
use super::segment::segment;
use crate::happen::Happened;
use crate::rules::{LookedAt, Trigger};
use crate::sweep::sweep;
use crate::{WorkflowError, Workflows};

/// Customers that are looked at together.
const PAGE: u32 = 200;
/// Customers that are learnt from.
const LEARNT_FROM: u32 = 50_000;
/// After so long it is learnt anew where the cuts between segments are. Between, a customer's segment changes
/// by what they do alone.
const CUTS_HOLD: i64 = 7 * DAY;
/// Who was in touch within so long is looked at by day: each hour, and once more.
const TOUCHED: i64 = 2 * HOUR;
/// The place after all customers.
const ALL: Id = Id(i64::MAX);
/// Customers that are held against each other, the newest where there are more.
const COMPARED: u32 = 200_000;
/// So many who are least like others are kept, each with so many figures that make them so.
const STRANGE: usize = 20;
const REASONS: usize = 3;
/// The kind under which cuts are kept.
const SEGMENTS: &str = "segments";

/// What segments go by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Segments {
    /// The figures that it was learnt from.
    layout: String,
    /// From how many customers.
    n: usize,
    cuts: Cuts,
}

/// Whether there are segments, and why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentsKnown {
    /// They were learnt from so many customers, at that time.
    Since(Timestamp, usize),
    /// There are too few customers for any: so many are needed.
    TooFew(usize),
}

impl Workflows {
    /// Learns what has to be learnt before customers are looked at: what is learnt from all of them in one pass.
    pub(crate) async fn learn(&self, now: Timestamp) -> Result<(), WorkflowError> {
        let segments_are_due = self.segments().await?.is_none_or(|(made, _)| now.since(made) >= CUTS_HOLD);
        let leads_are_due = self.leads_are_due(now).await?;
        let (mut rfm, mut people, mut deals) = (Vec::new(), Vec::new(), Vec::new());
        self.each_history(now.plus(1), |history| {
            if segments_are_due && is_known(history) {
                rfm.push(Figures::of(history, now).rfm());
            }
            if leads_are_due {
                deals.extend(ended(history));
            }
            people.push((history.customer, Person::of(history, now)));
        })
        .await?;
        if segments_are_due {
            self.learn_segments(&rfm).await?;
        }
        if leads_are_due {
            self.learn_leads(deals).await?;
        }
        self.learn_needs(people).await?;
        self.learn_goods().await?;
        self.learn_churn(now).await
    }

    async fn learn_segments(&self, all: &[Rfm]) -> Result<(), WorkflowError> {
        let Some(cuts) = Cuts::learn(all) else { return Ok(()) };
        let learnt = Segments { layout: layout(), n: all.len(), cuts };
        let json = serde_json::to_string(&learnt).expect("numbers are JSON");
        self.store.keep_model(SEGMENTS, &json).await?;
        Ok(())
    }

    /// Returns what segments go by, with when it was learnt: nothing where the figures have changed since.
    async fn segments(&self) -> Result<Option<(Timestamp, Segments)>, WorkflowError> {
        let models = self.store.models(SEGMENTS).await?;
        let read = |(made, json): (Timestamp, String)| Some((made, serde_json::from_str(&json).ok()?));
        let newest: Option<(Timestamp, Segments)> = models.into_iter().find_map(read);
        Ok(newest.filter(|(_, segments)| segments.layout == layout()))
    }

    /// Tells whether customers are in segments yet.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn segments_known(&self) -> Result<SegmentsKnown, WorkflowError> {
        Ok(match self.segments().await? {
            Some((made, segments)) => SegmentsKnown::Since(made, segments.n),
            None => SegmentsKnown::TooFew(ROWS_MIN),
        })
    }

    /// Shows the histories of all customers, or of a sample where there are very many, as of a time.
    pub(super) async fn each_history(
        &self,
        before: Timestamp,
        mut see: impl FnMut(&History),
    ) -> Result<(), WorkflowError> {
        let one_in = self.store.n_customers().await?.div_ceil(LEARNT_FROM);
        let mut after = Id(0);
        loop {
            let page = self.store.histories(self.asked(after, one_in, before)).await?;
            page.iter().for_each(&mut see);
            match page.last() {
                Some(last) if page.len() == PAGE as usize => after = last.customer,
                _ => return Ok(()),
            }
        }
    }

    /// Asks for a page of customers as they were before a time.
    pub(super) fn asked(&self, after: Id, one_in: u32, before: Timestamp) -> Asked<'_> {
        let since = before.plus(-LOOK_BACK);
        let currency = &self.settings.currency;
        Asked { after, limit: PAGE, one_in, touched_since: None, since, before, currency }
    }

    /// Looks at a page of customers, notes what was found, and plans the next page.
    pub(crate) async fn portray(
        &self,
        (name, planned): (&str, Timestamp),
        (of, after): (LookedAt, Id),
        now: Timestamp,
        work: &mut Work,
    ) -> Result<(), WorkflowError> {
        if after == ALL {
            return self.find_strange(work).await;
        }
        let segments = self.segments().await?.map(|(_, segments)| segments);
        let model = self.churn_model().await?;
        let touched_since = (of == LookedAt::Touched).then(|| planned.plus(-TOUCHED));
        let asked = Asked { touched_since, ..self.asked(after, 1, now.plus(1)) };
        let page = self.store.histories(asked).await?;
        let layout = layout();
        for history in &page {
            let figures = Figures::of(history, now);
            work.insights.push(Insight {
                customer: history.customer,
                layout: layout.clone(),
                figures: figures.kept(),
                churn: model.as_ref().and_then(|(_, model)| churn_of(model, &figures)),
            });
            let found = segments.as_ref().filter(|_| is_known(history));
            let found = found.map(|segments| segment(segments.cuts.score(&figures.rfm())));
            self.note_segment(history, found, work);
        }
        self.tell_of_soured(&page, now, work).await?;
        let next = page.last().filter(|_| page.len() == PAGE as usize).map(|last| last.customer);
        // When all were looked at, the last step holds them against each other.
        let next = next.or((of == LookedAt::All).then_some(ALL));
        work.jobs.extend(next.map(|next| sweep(name, planned, next, now)));
        Ok(())
    }

    /// Finds the customers who are least like others.
    async fn find_strange(&self, work: &mut Work) -> Result<(), WorkflowError> {
        let known = self.store.all_figures(&layout(), COMPARED).await?;
        let figures = |kept: &Vec<Option<f64>>| kept.iter().map(|v| v.unwrap_or(f64::NAN)).collect();
        let rows: Vec<Vec<f64>> = known.iter().map(|(_, kept)| figures(kept)).collect();
        let found = match strangest(&rows, STRANGE, REASONS) {
            Ok(found) => found,
            Err(e) => {
                tracing::warn!(error = %e, "customers cannot be held against each other");
                return Ok(());
            }
        };
        let named = |(column, value, usual): (usize, f64, f64)| (NAMES[column].to_owned(), value, usual);
        let strange = found.into_iter().map(|one| Strange {
            customer: known[one.row].0,
            score: one.score,
            reasons: one.reasons.into_iter().map(named).collect(),
        });
        work.strange = Some(strange.collect());
        Ok(())
    }

    /// Asks the rules about customers who sound unhappier than they used to, once for each turn.
    async fn tell_of_soured(
        &self,
        page: &[History],
        now: Timestamp,
        work: &mut Work,
    ) -> Result<(), WorkflowError> {
        if !self.active_rules().reacts_to(Trigger::Soured) {
            return Ok(());
        }
        let found = page.iter().filter_map(|history| Some((history.customer, soured(history, now)?)));
        let found: Vec<(Id, Soured)> = found.collect();
        let Some(first) = found.iter().map(|(_, soured)| soured.since).min() else { return Ok(()) };
        let told = self.store.happened_since("soured", found.iter().map(|(id, _)| *id), first).await?;
        for (customer, soured) in found.into_iter().filter(|(customer, _)| !told.contains(customer)) {
            let customer = RecordRef::new(Kind::Customer, customer);
            let Some(record) = self.store.record(customer).await?.filter(|record| !record.deleted) else {
                continue;
            };
            let what = What::Soured(soured);
            let happened = Happened { record: &record, what, cause: None, depth: 0, may_ask: false };
            self.happened(happened, true, now, work).await?;
        }
        Ok(())
    }

    /// Writes a customer's segment where it is another than before. One that cannot be told stays.
    fn note_segment(&self, history: &History, found: Option<CustomerSegment>, work: &mut Work) {
        let Some(found) = found.filter(|found| history.segment != Some(*found)) else { return };
        let customer = RecordRef::new(Kind::Customer, history.customer);
        let before = history.segment.map(CustomerSegment::name);
        let change = Change::update(customer).set("segment", before, found.name());
        let act = self.store.act_by(Actor::Service("insight".to_owned()));
        work.acts.push((act, vec![change]));
    }
}

/// Tells whether anything ever came from a customer: of whom only the house wrote to nothing is said.
fn is_known(history: &History) -> bool {
    history.first_contact.is_some() || !history.orders.is_empty() || history.mails.iter().any(|m| !m.is_ours)
}
