//! What a layout of the digest sees: sections of ready words, without any figure left to judge.

mod figures;
mod search;
mod sections;

use chrono::NaiveTime;
use rapport_model::Money;
use rapport_model::reading::Language;
use rapport_model::time::DAY;
use serde::Serialize;

use crate::digest::{Digest, Topic, Whose};
use crate::format::{columns, one_line};
use crate::{Percent, Prompts, format};
use search::Searches;

/// How many intents a digest shows.
const INTENTS_MAX: usize = 6;

/// A digest, ready to be laid out.
#[derive(Debug, Serialize)]
pub(crate) struct View {
    pub subject: String,
    pub language: &'static str,
    pub house: String,
    pub title: String,
    pub period: String,
    /// The one line of a digest that has nothing to say; then the rest is empty.
    pub quiet: Option<String>,
    pub headline: String,
    pub attention: String,
    pub figures: Vec<Figure>,
    pub chart: Chart,
    pub sections: Vec<Section>,
    pub drills: Vec<Drill>,
    /// The title of the commands that prove the figures.
    pub searches: String,
    pub searches_columns: usize,
    pub footer: String,
    #[serde(skip)]
    pub proofs: Vec<(String, u32)>,
}

/// A figure with its label, what stands small beside it, and the command that gives it.
#[derive(Debug, Serialize)]
pub(crate) struct Figure {
    pub label: String,
    pub value: String,
    pub notes: Vec<String>,
    pub search: String,
}

/// The days of a digest, as a picture and as bars.
#[derive(Debug, Serialize)]
pub(crate) struct Chart {
    pub title: String,
    pub title_columns: usize,
    /// The picture; empty without one.
    pub src: String,
    /// What it shows, in words.
    pub alt: String,
    /// What its colours mean: in, unhappy, out.
    pub legend: [String; 3],
    pub bars: Vec<Bar>,
}

/// Something that can be looked at by a button.
#[derive(Debug, Serialize)]
pub(crate) struct Drill {
    pub label: String,
    pub command: String,
}

/// A section; of its lists only one is filled.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Section {
    pub title: String,
    /// As many columns as the title takes.
    pub title_columns: usize,
    /// Whether it wants attention.
    pub loud: bool,
    pub sentences: Vec<String>,
    pub people: Vec<Person>,
    pub bars: Vec<Bar>,
    pub rows: Vec<Row>,
    /// How many more there are, in words.
    pub more: Option<String>,
    /// The command that gives all of it.
    pub search: String,
}

/// A customer, task or the like, and what is said of them.
#[derive(Debug, Serialize)]
pub(crate) struct Person {
    pub number: String,
    pub name: String,
    pub aside: String,
    pub quote: String,
    pub reason: String,
}

/// A bar of a chart.
#[derive(Debug, Serialize)]
pub(crate) struct Bar {
    pub label: String,
    pub value: String,
    /// How it was before, in words.
    pub change: String,
    /// Its length in per cent of the longest, 0..=100.
    pub share: u32,
    pub note: String,
    pub search: String,
}

/// A label and its value.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub label: String,
    pub value: String,
    pub note: String,
    pub search: String,
}

/// Puts a digest into words.
pub(crate) fn view(prompts: &Prompts, language: Language, digest: &Digest) -> View {
    Words { prompts, language, digest, searches: Searches::of(digest) }.view()
}

struct Words<'a> {
    prompts: &'a Prompts,
    language: Language,
    digest: &'a Digest,
    searches: Searches<'a>,
}

impl Words<'_> {
    fn view(&self) -> View {
        let (p, l, d) = (self.prompts, self.language, self.digest);
        let title = match (self.n_days(), d.whose) {
            (1, Whose::Seen) => p.digest_daily(l),
            (1, Whose::Own { .. }) => p.digest_daily_own(l),
            (7, Whose::Seen) => p.digest_weekly(l),
            (7, Whose::Own { .. }) => p.digest_weekly_own(l),
            (_, Whose::Seen) => p.digest_other(l),
            (_, Whose::Own { .. }) => p.digest_other_own(l),
        };
        let period = self.period();
        let sections = [
            self.breaches(),
            self.requests(),
            self.unusual(),
            self.unhappy(),
            self.waiting(),
            self.silent(),
            self.due(),
            self.moves(),
            self.pipeline(),
            self.intents(),
            self.work(),
            self.praise(),
            self.campaigns(),
            self.team(),
        ];
        let searches = p.section_searches(l);
        View {
            subject: p.digest_subject(l, &d.house, &title, &period),
            language: l.code(),
            house: one_line(&d.house),
            quiet: d.is_quiet().then(|| p.digest_quiet(l, &d.house, &period)),
            title,
            period,
            headline: self.headline(),
            attention: self.attention(),
            figures: self.figures(),
            chart: self.chart(),
            sections: sections.into_iter().filter(|s| !s.is_empty()).collect(),
            drills: self.drills(),
            searches_columns: columns(&searches),
            searches,
            footer: p.digest_footer(l, &d.recipient, &d.house),
            proofs: self.proofs(),
        }
    }

    /// Returns how many days the period has. A day may have 23 or 25 hours, and a week an hour more or less;
    /// a period that begins with a day has also the one that it ends in.
    fn n_days(&self) -> i64 {
        let d = self.digest;
        let (from, last) = (d.from.local(d.zone), d.to.plus(-1).local(d.zone));
        match from.time() == NaiveTime::MIN {
            true => (last.date_naive() - from.date_naive()).num_days() + 1,
            false => (d.to.since(d.from) + DAY / 2) / DAY,
        }
    }

    /// Says the period: by its days where it begins with one, though the last may not be over.
    fn period(&self) -> String {
        let d = self.digest;
        let begins = d.from.local(d.zone).time() == NaiveTime::MIN;
        let midnight = d.to.plus(-1).local(d.zone).date_naive().succ_opt();
        let end = midnight.and_then(|day| day.and_time(NaiveTime::MIN).and_local_timezone(d.zone).earliest());
        let to = end.filter(|_| begins).map_or(d.to, Into::into);
        format::period(self.language, d.from, to, d.zone)
    }

    fn intents_shown(&self) -> &[Topic] {
        let all = &self.digest.intents;
        &all[..all.len().min(INTENTS_MAX)]
    }

    fn headline(&self) -> String {
        let (p, l) = (self.prompts, self.language);
        let now = self.digest.now.mails_in;
        let mails = p.headline_mails(l, i64::from(now));
        let before = self.digest.before.map(|before| before.mails_in).filter(|n| *n > 0);
        let Some(before) = before else {
            let stop = if l == Language::En { "." } else { "。" };
            return mails + stop;
        };
        let change = f64::from(now) / f64::from(before) - 1.0;
        let compared = match change {
            c if c.abs() < 0.005 => p.headline_same(l),
            c if c > 0.0 => p.headline_more(l, Percent(c)),
            c => p.headline_fewer(l, Percent(-c)),
        };
        p.headline_compared(l, &mails, &compared)
    }

    fn attention(&self) -> String {
        let (p, l, d) = (self.prompts, self.language, self.digest);
        let parts = [
            (!d.breaches.is_empty()).then(|| p.headline_breaches(l, d.breaches.len())),
            (!d.unusual.is_empty()).then(|| p.headline_anomalies(l, d.unusual.len())),
            (!d.unhappy.is_empty()).then(|| p.headline_unhappy(l, d.unhappy.len())),
            (!d.waiting.is_empty()).then(|| p.headline_waiting(l, d.waiting.len())),
            (d.open.overdue > 0).then(|| p.headline_overdue(l, i64::from(d.open.overdue))),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        if parts.is_empty() { p.headline_calm(l) } else { p.headline_attention(l, &parts) }
    }
}

impl Section {
    fn titled(title: String) -> Self {
        Self { title_columns: columns(&title), title, ..Self::default() }
    }

    fn is_empty(&self) -> bool {
        self.sentences.is_empty() && self.people.is_empty() && self.bars.is_empty() && self.rows.is_empty()
    }
}

/// Returns the length of a bar in per cent of the longest; what is not nothing is seen.
fn share(n: u32, most: u32) -> u32 {
    if n == 0 || most == 0 { 0 } else { (n * 100 / most).clamp(2, 100) }
}

/// Adds amounts up by their currency, and says them.
fn sums(amounts: &[&Money]) -> String {
    let mut sums: Vec<Money> = Vec::new();
    for amount in amounts {
        match sums.iter_mut().find(|sum| sum.currency == amount.currency) {
            Some(sum) => sum.minor = sum.minor.saturating_add(amount.minor),
            None => sums.push((*amount).clone()),
        }
    }
    sums.iter().map(ToString::to_string).collect::<Vec<_>>().join(" + ")
}
