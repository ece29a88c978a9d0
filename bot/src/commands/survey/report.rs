//! `report`: figures of a period in a table, beside another, or for each colleague.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use rapport_model::people::Lifecycle;
use rapport_model::{Id, Timestamp};
use rapport_nlp::rep;
use rapport_prompts::format::{columns, number, pad, pad_left, percent, period, span};
use rapport_storage::counts::Counts;
use rapport_workflows::service::{Efficiency, Lengths, Satisfaction, Score};

use super::super::card::{Block, Card};
use super::super::desk::{Desk, Done};
use super::super::safe::quoted;
use super::super::table::Name;
use super::outlook::outlook;
use super::period::{Stretch, before, stretch, whole_days};
use super::standing::standing;

/// A sort of figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Mails,
    FirstAnswer,
    Tickets,
    WinRate,
    Service,
    Ratings,
}

/// What is shown where nothing is asked for.
const ALL: [Sort; 4] = [Sort::Mails, Sort::FirstAnswer, Sort::Tickets, Sort::WinRate];

/// The words for sorts of figures.
const WORDS: &[(&str, Sort)] = &[
    ("service levels", Sort::Service),
    ("service level", Sort::Service),
    ("efficiency", Sort::Service),
    ("service", Sort::Service),
    ("sla", Sort::Service),
    ("服务级别", Sort::Service),
    ("服务效率", Sort::Service),
    ("效率", Sort::Service),
    ("satisfaction", Sort::Ratings),
    ("ratings", Sort::Ratings),
    ("rating", Sort::Ratings),
    ("满意度", Sort::Ratings),
    ("评价", Sort::Ratings),
    ("win rate", Sort::WinRate),
    ("win-rate", Sort::WinRate),
    ("winrate", Sort::WinRate),
    ("conversion rate", Sort::WinRate),
    ("conversion", Sort::WinRate),
    ("deals", Sort::WinRate),
    ("赢单率", Sort::WinRate),
    ("成交率", Sort::WinRate),
    ("转化率", Sort::WinRate),
    ("商机", Sort::WinRate),
    ("first answer", Sort::FirstAnswer),
    ("first response", Sort::FirstAnswer),
    ("response times", Sort::FirstAnswer),
    ("response time", Sort::FirstAnswer),
    ("answer times", Sort::FirstAnswer),
    ("answer time", Sort::FirstAnswer),
    ("首次答复", Sort::FirstAnswer),
    ("平均响应时间", Sort::FirstAnswer),
    ("响应时间", Sort::FirstAnswer),
    ("mails", Sort::Mails),
    ("mail", Sort::Mails),
    ("邮件", Sort::Mails),
    ("来信", Sort::Mails),
    ("tickets", Sort::Tickets),
    ("ticket", Sort::Tickets),
    ("工单", Sort::Tickets),
];

/// What was asked for.
#[derive(Debug, PartialEq)]
struct Asked {
    sorts: Vec<Sort>,
    /// The period's canonical name.
    period: String,
    /// The other period's; empty for the one before.
    beside: Option<String>,
    by_rep: bool,
}

/// Finds a period, and the bytes that it takes: a quarter of any year (`2025-q3`), days
/// (`2026-03-09..2026-03-15`), else the first one that is said in words. Pure.
fn period_in(lower: &str, context: &rep::Context<'_>) -> Option<(String, Range<usize>)> {
    let is_quarter = |word: &&str| {
        word.split_once("-q").is_some_and(|(year, quarter)| {
            year.len() == 4
                && year.bytes().all(|b| b.is_ascii_digit())
                && matches!(quarter, "1" | "2" | "3" | "4")
        })
    };
    let are_days = |word: &&str| {
        let is_day = |day: &str| day.len() == 10 && day.parse::<chrono::NaiveDate>().is_ok();
        word.split_once("..").is_some_and(|(first, last)| is_day(first) && is_day(last))
    };
    if let Some(word) = lower.split_whitespace().find(|word| is_quarter(word) || are_days(word)) {
        let at = lower.find(word)?;
        return Some((word.to_uppercase(), at..at + word.len()));
    }
    rep::periods(lower, context).into_iter().next()
}

/// Reads what was asked for; the words that mean nothing here if there are any. Pure.
fn asked(words: &str, context: &rep::Context<'_>) -> Result<Asked, String> {
    let lower = words.to_lowercase().replace('_', " ");
    let by =
        [" by rep", " per rep", " by colleague", " per colleague", " by owner", "按同事", "按人", "按负责人"];
    let mut text = format!(" {lower}");
    let mut by_rep = false;
    for word in by {
        if let Some((first, rest)) = text.split_once(word) {
            (by_rep, text) = (true, format!("{first} {rest}"));
        }
    }
    let versus =
        [" vs. ", " vs ", " versus ", " compared to ", " compared with ", " against ", "对比", "相比", "比"];
    let split = versus.iter().find_map(|word| text.split_once(word));
    let (mut this, other) = match split {
        Some((this, other)) => (this.to_owned(), Some(other.to_owned())),
        None => (text.clone(), None),
    };
    let beside = match other {
        None => None,
        Some(other) => {
            let found = period_in(&other, context);
            let bare =
                matches!(other.trim(), "" | "last" | "before" | "previous" | "上期" | "之前" | "上一期");
            match found {
                Some((name, _)) => Some(name),
                None if bare => Some(String::new()),
                None => return Err(other.trim().to_owned()),
            }
        }
    };
    let mut named = "this_month".to_owned();
    if let Some((name, at)) = period_in(&this, context) {
        named = name;
        this.replace_range(at, " ");
    }
    let mut sorts = Vec::new();
    for (word, sort) in WORDS {
        if let Some((first, rest)) = this.split_once(word) {
            this = format!("{first} {rest}");
            if !sorts.contains(sort) {
                sorts.push(*sort);
            }
        }
    }
    let slight =
        ["report", "of", "on", "the", "for", "in", "and", "our", "all", "报表", "的", "和", "、", ",", "，"];
    let rest: Vec<&str> = this.split_whitespace().filter(|word| !slight.contains(word)).collect();
    match rest.is_empty() {
        true => Ok(Asked {
            sorts: if sorts.is_empty() { ALL.to_vec() } else { sorts },
            period: named,
            beside,
            by_rep,
        }),
        false => Err(rest.join(" ")),
    }
}

/// A line of a table: its label, and a value in each column.
type Line = (String, Vec<String>);

/// Sets lines under headings, values at the right; pure.
pub(super) fn table(headings: &[String], lines: &[Line]) -> String {
    let first = lines.iter().map(|(label, _)| columns(label)).max().unwrap_or(0);
    let widths: Vec<usize> = headings
        .iter()
        .enumerate()
        .map(|(i, heading)| {
            let values = lines.iter().filter_map(|(_, values)| values.get(i)).map(|value| columns(value));
            values.chain([columns(heading)]).max().unwrap_or(0)
        })
        .collect();
    let line = |label: &str, values: &[String]| {
        let mut line = pad(label, first);
        for (value, width) in values.iter().zip(&widths) {
            line.push_str("  ");
            line.push_str(&pad_left(value, *width));
        }
        line.trim_end().to_owned()
    };
    let head = line("", headings);
    std::iter::once(head)
        .chain(lines.iter().map(|(label, values)| line(label, values)))
        .collect::<Vec<_>>()
        .join("\n")
}

impl Desk<'_> {
    pub(in super::super) async fn report(&self, words: &str) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        if let Some(standing) = standing(words) {
            return self.report_standing(standing).await;
        }
        if let Some(asked) = outlook(words) {
            return self.report_outlook(asked).await;
        }
        let asked = match asked(words, &self.rep_context()) {
            Ok(asked) => asked,
            Err(unknown) => {
                let usage = prompts.usage(language, Name::Report.spec().word);
                return Ok(vec![Card::new(prompts.report_unknown(language, &quoted(&unknown), usage))]);
            }
        };
        let to_come = || Card::new(prompts.report_no_period(language, &quoted(words)));
        let Some(this) = stretch(&asked.period, self.now, self.zone) else { return Ok(vec![to_come()]) };
        let other = match asked.beside.as_deref() {
            None => None,
            Some("") => Some(before(&asked.period, this, self.now, self.zone)),
            Some(name) => Some(stretch(name, self.now, self.zone)),
        };
        let other = match other {
            Some(None) => return Ok(vec![to_come()]),
            other => other.flatten(),
        };
        let mut stretches = vec![this];
        stretches.extend(other);
        let mut counted = Vec::new();
        for (from, to) in &stretches {
            counted.push(self.count(&asked.sorts, *from, *to).await?);
        }
        let mut card = Card::new(prompts.report_heading(language, &self.days_of(this)));
        card = match asked.by_rep {
            true => card.block(Block::Fixed(self.by_colleague(&asked.sorts, &counted))),
            false => {
                let headings: Vec<String> = stretches.iter().map(|stretch| self.days_of(*stretch)).collect();
                let all: Vec<Figures> = counted.iter().map(|counts| Figures::of(counts, None)).collect();
                let mut lines: Vec<Line> =
                    asked.sorts.iter().flat_map(|sort| self.figures_of(*sort, &all)).collect();
                if asked.sorts.contains(&Sort::Ratings) {
                    lines.extend(self.segments(&counted));
                }
                card.block(Block::Fixed(table(&headings, &lines)))
            }
        };
        if let (true, Some(other)) = (asked.by_rep, other) {
            card.footer = prompts.report_in_brackets(language, &self.days_of(other));
        }
        Ok(vec![card])
    }

    /// Counts what the sorts of figures need.
    async fn count(&self, sorts: &[Sort], from: Timestamp, to: Timestamp) -> Done<Counted> {
        let (workflows, store) = (&self.app.workflows, self.store());
        let mut counted = Counted { counts: store.counts(from, to).await?, ..Counted::default() };
        if sorts.contains(&Sort::Service) {
            counted.service = workflows.efficiency(store, from, to).await?;
        }
        if sorts.contains(&Sort::Ratings) {
            counted.ratings = workflows.satisfaction(store, from, to).await?;
        }
        Ok(counted)
    }

    /// Sets a line for each segment of customers who rated, one value for each stretch.
    fn segments(&self, counted: &[Counted]) -> Vec<Line> {
        let (prompts, language) = (self.prompts(), self.language);
        let all = || counted.iter().map(|counted| &counted.ratings);
        let lifecycles: BTreeSet<Lifecycle> = all().flat_map(|r| r.lifecycles.keys().copied()).collect();
        let tags: BTreeSet<&String> = all().flat_map(|r| r.tags.keys()).collect();
        let mut lines = Vec::new();
        for lifecycle in lifecycles {
            let label = prompts.report_ratings_of(language, prompts.label(language, lifecycle));
            let scores = all().map(|r| self.score(r.lifecycles.get(&lifecycle)));
            lines.push((label, scores.collect()));
        }
        for tag in tags.into_iter().take(TAGS_SHOWN) {
            let label = prompts.report_ratings_tag(language, &quoted(tag));
            lines.push((label, all().map(|r| self.score(r.tags.get(tag))).collect()));
        }
        lines
    }

    fn score(&self, score: Option<&Score>) -> String {
        match score {
            Some(score) if score.n > 0 => {
                self.prompts().report_rating_value(self.language, &format!("{:.1}", score.shrunk), score.n)
            }
            _ => NOTHING.to_owned(),
        }
    }

    fn days_of(&self, stretch: Stretch) -> String {
        let (from, to) = whole_days(stretch, self.zone);
        period(self.language, from, to, self.zone)
    }

    /// Sets a line for each colleague who did something; what is of another period stands in brackets.
    fn by_colleague(&self, sorts: &[Sort], counted: &[Counted]) -> String {
        let mut lines = Vec::new();
        let mut headings = Vec::new();
        for user in self.app.workflows.users() {
            let figures: Vec<Figures> =
                counted.iter().map(|counts| Figures::of(counts, Some(user.id))).collect();
            if figures.iter().all(|figures| *figures == Figures::default()) {
                continue;
            }
            let set: Vec<Line> = sorts.iter().flat_map(|sort| self.figures_of(*sort, &figures)).collect();
            headings = set.iter().map(|(label, _)| label.clone()).collect();
            let values = set.into_iter().map(|(_, values)| {
                let (this, other) =
                    values.split_first().map_or(("", &[][..]), |(this, other)| (this.as_str(), other));
                self.beside(this, other.first().map_or("", String::as_str))
            });
            lines.push((quoted(user.display_name()), values.collect()));
        }
        if lines.is_empty() {
            return self.prompts().report_nobody(self.language);
        }
        table(&headings, &lines)
    }

    /// Says the figures of a sort, one value for each stretch.
    fn figures_of(&self, sort: Sort, all: &[Figures]) -> Vec<Line> {
        let (prompts, language) = (self.prompts(), self.language);
        let line =
            |label: String, value: &dyn Fn(&Figures) -> String| (label, all.iter().map(value).collect());
        let plain = |n: i64| number(n);
        let share = |share: Option<f64>| share.map_or_else(|| NOTHING.to_owned(), percent);
        let length = |of: Lengths, micros: i64| match of.n {
            0 => NOTHING.to_owned(),
            _ => span(language, micros),
        };
        match sort {
            Sort::Mails => {
                let mut lines = Vec::new();
                // Nobody of ours wrote what came in.
                if all.iter().any(|figures| figures.mails_in > 0) {
                    lines.push(line(prompts.report_mails_in(language), &|f| plain(f.mails_in)));
                }
                lines.push(line(prompts.report_mails_out(language), &|f| plain(f.mails_out)));
                lines
            }
            Sort::FirstAnswer => vec![line(prompts.report_first_answer(language), &|f| {
                f.first_answer.map_or_else(|| NOTHING.to_owned(), |wait| span(language, wait))
            })],
            Sort::Tickets => vec![
                line(prompts.report_opened(language), &|f| plain(f.opened)),
                line(prompts.report_closed(language), &|f| plain(f.closed)),
            ],
            Sort::WinRate => vec![
                line(prompts.report_won(language), &|f| plain(f.won)),
                line(prompts.report_lost(language), &|f| plain(f.lost)),
                line(prompts.report_win_rate(language), &|f| {
                    let n = f.won + f.lost;
                    if n == 0 { NOTHING.to_owned() } else { percent(f.won as f64 / n as f64) }
                }),
            ],
            Sort::Service => vec![
                line(prompts.report_kept(language), &|f| share(f.service.kept_share())),
                line(prompts.report_response(language), &|f| {
                    length(f.service.response, f.service.response.p50)
                }),
                line(prompts.report_response_late(language), &|f| {
                    length(f.service.response, f.service.response.p90)
                }),
                line(prompts.report_resolution(language), &|f| {
                    length(f.service.resolution, f.service.resolution.p50)
                }),
                line(prompts.report_resolution_late(language), &|f| {
                    length(f.service.resolution, f.service.resolution.p90)
                }),
                line(prompts.report_reopened(language), &|f| share(f.service.reopened_share())),
            ],
            Sort::Ratings => {
                vec![line(prompts.report_rating(language), &|f| self.score(f.rating.as_ref()))]
            }
        }
    }
}

/// What stands where there is no figure.
const NOTHING: &str = "–";
/// More tags than these have no line of their own.
const TAGS_SHOWN: usize = 12;

/// What a stretch of time brought.
#[derive(Debug, Default)]
struct Counted {
    counts: Counts,
    service: (Efficiency, BTreeMap<Id, Efficiency>),
    ratings: Satisfaction,
}

/// The figures of all, or of one colleague.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Figures {
    mails_in: i64,
    mails_out: i64,
    /// The median, in µs.
    first_answer: Option<i64>,
    opened: i64,
    closed: i64,
    won: i64,
    lost: i64,
    service: Efficiency,
    rating: Option<Score>,
}

impl Figures {
    fn of(counted: &Counted, colleague: Option<Id>) -> Self {
        let Counted { counts, service: (all, theirs), ratings } = counted;
        let is_counted = |whose: &Option<Id>| colleague.is_none() || *whose == colleague;
        let sum = |by: &BTreeMap<Option<Id>, i64>| {
            by.iter().filter(|(whose, _)| is_counted(whose)).map(|(_, n)| n).sum()
        };
        let mut waits: Vec<i64> =
            counts.answers.iter().filter(|(by, _)| is_counted(by)).map(|(_, wait)| *wait).collect();
        waits.sort_unstable();
        Self {
            mails_in: if colleague.is_none() { counts.mails_in } else { 0 },
            mails_out: sum(&counts.mails_out),
            first_answer: waits.get(waits.len() / 2).copied(),
            opened: sum(&counts.opened),
            closed: sum(&counts.closed),
            won: sum(&counts.won),
            lost: sum(&counts.lost),
            service: colleague.map_or(*all, |id| theirs.get(&id).copied().unwrap_or_default()),
            rating: colleague.map_or(ratings.house, |id| ratings.owners.get(&id).copied()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Tz;

    fn check(words: &str, expected: Result<Asked, &str>) {
        let now = Timestamp::parse("2026-03-11T12:00:00Z").unwrap();
        let context = rep::Context { now, zone: Tz::Europe__Berlin, region: "DE", currency: "EUR" };
        assert_eq!(asked(words, &context), expected.map_err(str::to_owned), "{words}");
    }

    #[test]
    fn figures_and_periods_are_asked_for_in_words() {
        let of = |sorts: &[Sort], period: &str, beside: Option<&str>, by_rep| Asked {
            sorts: sorts.to_vec(),
            period: period.to_owned(),
            beside: beside.map(str::to_owned),
            by_rep,
        };
        check("", Ok(of(&ALL, "this_month", None, false)));
        check("win rate this month vs last by rep", Ok(of(&[Sort::WinRate], "this_month", Some(""), true)));
        check(
            "tickets last week vs this week",
            Ok(of(&[Sort::Tickets], "last_week", Some("this_week"), false)),
        );
        check("mails and tickets 30d", Ok(of(&[Sort::Mails, Sort::Tickets], "30d", None, false)));
        check("response times by rep", Ok(of(&[Sort::FirstAnswer], "this_month", None, true)));
        check("上个月的赢单率 对比 上期", Ok(of(&[Sort::WinRate], "last_month", Some(""), false)));
        check("工单 本周 按同事", Ok(of(&[Sort::Tickets], "this_week", None, true)));
        check("win rate this_month", Ok(of(&[Sort::WinRate], "this_month", None, false)));
        check("satisfaction this week by rep", Ok(of(&[Sort::Ratings], "this_week", None, true)));
        check("服务效率 本周", Ok(of(&[Sort::Service], "this_week", None, false)));
        check("mails 2025-Q3", Ok(of(&[Sort::Mails], "2025-Q3", None, false)));
        check(
            "win rate 2026-03-02..2026-03-08",
            Ok(of(&[Sort::WinRate], "2026-03-02..2026-03-08", None, false)),
        );
        check("bananas this week", Err("bananas"));
        check("mails this week vs bananas", Err("bananas"));
    }

    #[test]
    fn a_table_stands_in_columns_with_wide_letters_too() {
        let line = |label: &str, values: &[&str]| {
            (label.to_owned(), values.iter().map(ToString::to_string).collect())
        };
        let lines = [line("邮件", &["5", "12"]), line("Tickets", &["1,234", "–"])];
        let set = table(&["now".to_owned(), "before".to_owned()], &lines);
        assert_eq!(set, "           now  before\n邮件         5      12\nTickets  1,234       –");
    }
}
