//! From a TOML file to checked rules.

use chrono_tz::Tz;
use rapport_model::time::DAY;
use toml::de::{DeTable, DeValue};

use super::read::{Problems, Table, Value, choice, text, unknown};
use super::{
    DigestTo, Does, Limit, LookedAt, MAX_AGE, PlannedDigest, PlannedRun, Rule, RuleProblem, Rules, Sequence,
    SequenceStep, TextUse, Trigger, When, span,
};
use crate::digest::Length;
use crate::hours::BusinessSpan;
use crate::schedule::{CronSchedule, MissedRuns};

/// The names of an enum's values, with the values.
macro_rules! options {
    ($type:ty) => {
        &<$type>::ALL.iter().map(|v| (v.name(), *v)).collect::<Vec<_>>()
    };
}
pub(super) use options;

/// Most steps of a sequence and most planned runs that are made up: beyond that a file is wrong.
pub(super) const STEPS_MAX: usize = 20;
/// What a rule may do so often in a day is not limited.
const A_DAY_MAX: f64 = 1_000_000.0;
const MISSED_MAX: f64 = 1000.0;

/// A sequence of more business days is no follow-up any more.
const BUSINESS_DAYS_MAX: i64 = 250;

pub(super) const SPAN_HINT: &str = "a time such as \"90m\", \"2h\", \"3d\" or \"1w\", at most 366 days";

/// What a schedule can do.
#[derive(Clone, Copy)]
enum Planned {
    Digest,
    Anomaly,
    Silence,
    Customers,
    Insight,
    Backup,
    Retention,
}

const DOES: &[(&str, Planned)] = &[
    ("digest", Planned::Digest),
    ("anomaly", Planned::Anomaly),
    ("silence", Planned::Silence),
    ("customers", Planned::Customers),
    ("insight", Planned::Insight),
    ("backup", Planned::Backup),
    ("retention", Planned::Retention),
];

/// Reads and checks a whole file.
pub(super) fn parse(source: &str, file: &str) -> Result<Rules, Vec<RuleProblem>> {
    let mut reader = Reader {
        problems: Problems::new(file, source),
        texts: Vec::new(),
        readers: Vec::new(),
        stages: Vec::new(),
        hooks: Vec::new(),
        starts: Vec::new(),
        named: Vec::new(),
    };
    let (root, errors) = DeTable::parse_recoverable(source);
    for error in &errors {
        let what = error.message().lines().next().unwrap_or("this is no TOML").to_owned();
        reader.problems.add(error.span().unwrap_or_default(), what);
    }
    // What follows a slip of syntax is read wrongly, and its problems would be none.
    if !errors.is_empty() {
        return Err(reader.problems.into_sorted());
    }
    let rules = reader.file(Table::new("the file", 0..0, root.get_ref()), file);
    if reader.problems.is_empty() { Ok(rules) } else { Err(reader.problems.into_sorted()) }
}

/// Reads tables, and keeps what can only be checked at the end.
pub(super) struct Reader<'a> {
    pub(super) problems: Problems<'a>,
    texts: Vec<TextUse>,
    readers: Vec<TextUse>,
    pub(super) stages: Vec<TextUse>,
    pub(super) hooks: Vec<TextUse>,
    /// The sequences that rules name, with their places.
    pub(super) starts: Vec<(String, std::ops::Range<usize>)>,
    /// The schedules that rules name, with their places.
    pub(super) named: Vec<(String, std::ops::Range<usize>)>,
}

impl Reader<'_> {
    fn file(&mut self, mut root: Table<'_>, file: &str) -> Rules {
        let max_age = span_of(&mut root, "max_age", &mut self.problems).unwrap_or(MAX_AGE);
        let rules = root.list("rule", "a rule", &mut self.problems);
        let sequences = root.list("sequence", "a sequence", &mut self.problems);
        let schedules = root.list("schedule", "a schedule", &mut self.problems);
        let levels = root.list("service_level", "a service level", &mut self.problems);
        root.finish(&mut self.problems);

        let rules = self.each("rule", rules, Self::rule, |r| &r.name);
        let sequences = self.each("sequence", sequences, Self::sequence, |s| &s.name);
        let schedules = self.each("schedule", schedules, Self::schedule, |s| &s.name);
        let levels = self.each("service level", levels, Self::service_level, |l| &l.name);
        let names: Vec<&str> = sequences.iter().map(|s| s.name.as_str()).collect();
        let planned: Vec<&str> = schedules.iter().map(|s| s.name.as_str()).collect();
        for (name, place) in self.named.drain(..).filter(|(name, _)| !planned.contains(&name.as_str())) {
            self.problems.add(place, unknown("schedule", &name, &planned));
        }
        for (name, place) in self.starts.drain(..).filter(|(name, _)| !names.contains(&name.as_str())) {
            self.problems.add(place, unknown("sequence", &name, &names));
        }
        Rules {
            max_age,
            rules,
            sequences,
            schedules,
            levels,
            file: file.to_owned(),
            source: String::new(),
            texts: std::mem::take(&mut self.texts),
            readers: std::mem::take(&mut self.readers),
            stages: std::mem::take(&mut self.stages),
            hooks: std::mem::take(&mut self.hooks),
        }
    }

    /// Reads tables of one sort, and reports a name that comes twice.
    fn each<T>(
        &mut self,
        sort: &str,
        tables: Vec<Table<'_>>,
        read: impl Fn(&mut Self, Table<'_>) -> Option<T>,
        name: impl Fn(&T) -> &String,
    ) -> Vec<T> {
        let mut seen: Vec<(T, usize)> = Vec::new();
        for table in tables {
            let place = table.place.clone();
            let Some(item) = read(self, table) else { continue };
            if let Some((_, line)) = seen.iter().find(|(other, _)| name(other) == name(&item)) {
                let message = format!("the {sort} in line {line} is named `{}` too", name(&item));
                self.problems.add(place.clone(), message);
            }
            seen.push((item, self.problems.line(&place)));
        }
        seen.into_iter().map(|(item, _)| item).collect()
    }

    fn rule(&mut self, mut table: Table<'_>) -> Option<Rule> {
        let name = self.name(&mut table);
        let on = match table.get("on") {
            // Without knowing what the rule looks at, its conditions cannot be judged.
            Some(value) => choice(value, "event", options!(Trigger), &mut self.problems)?,
            None => Trigger::Message,
        };
        let when = match table.get("when") {
            Some(value) => Table::of("`when`", value, &mut self.problems).map(|t| self.when(t, on))?,
            None => When::default(),
        };
        let mut deeds = Vec::new();
        match table.need("do", &mut self.problems).map(|v| (v.get_ref(), v.span())) {
            Some((DeValue::Array(items), _)) if !items.is_empty() => {
                deeds.extend(items.iter().filter_map(|item| self.deed(item, on, &when)));
            }
            Some((_, place)) => self.problems.add(place, "`do` must be a list in brackets: [ … ]"),
            None => {}
        }
        let limit = match table.get("limit") {
            Some(value) => Table::of("`limit`", value, &mut self.problems).map(|t| self.limit(t))?,
            None => Limit::default(),
        };
        table.finish(&mut self.problems);
        Some(Rule { name: name?, on, when, deeds, limit })
    }

    fn limit(&mut self, mut table: Table<'_>) -> Limit {
        let per_customer = span_of(&mut table, "per_customer", &mut self.problems);
        let per_day = table.number("per_day", 1.0..=A_DAY_MAX, &mut self.problems).map(|n| n as i64);
        table.finish(&mut self.problems);
        Limit { per_customer, per_day }
    }

    fn sequence(&mut self, mut table: Table<'_>) -> Option<Sequence> {
        let name = self.name(&mut table);
        let when = table.get("when").and_then(|v| Table::of("`when`", v, &mut self.problems)).map(|mut t| {
            let state = Self::when_state(&mut t, &mut self.problems);
            t.finish(&mut self.problems);
            state
        });
        let mut steps: Vec<SequenceStep> = Vec::new();
        for mut step in table.list("steps", "a step", &mut self.problems) {
            let after = self.wait(&mut step);
            let text = step.need("write", &mut self.problems).and_then(|v| self.use_text(v, "write"));
            let place = step.place.clone();
            step.finish(&mut self.problems);
            let Some(((after, business), text)) = after.zip(text) else { continue };
            if steps.last().is_some_and(|last| last.after >= after) {
                self.problems
                    .add(place, "a step must come later than the one before; `after` counts from the start");
            }
            steps.push(SequenceStep { after, business, text });
        }
        if steps.is_empty() || steps.len() > STEPS_MAX {
            self.problems.add(table.place.clone(), format!("a sequence needs 1 to {STEPS_MAX} `steps`"));
        }
        table.finish(&mut self.problems);
        Some(Sequence { name: name?, when: when.unwrap_or_default(), steps })
    }

    /// Reads how long a step waits: `"3d"`, or `"3 business days"`.
    fn wait(&mut self, step: &mut Table<'_>) -> Option<(i64, Option<BusinessSpan>)> {
        let value = step.need("after", &mut self.problems)?;
        let words = text(value, "after", &mut self.problems)?;
        let business = words.strip_suffix("business days").or(words.strip_suffix("business day"));
        let read = match business {
            // Five of seven days are worked on: that is near enough to tell which step is later.
            Some(n) => n
                .trim()
                .parse()
                .ok()
                .filter(|n| (1..=BUSINESS_DAYS_MAX).contains(n))
                .map(|n: i64| (n * 7 * DAY / 5, Some(BusinessSpan::Days(n)))),
            None => span::span(words).map(|micros| (micros, None)),
        };
        if read.is_none() {
            self.problems.add(value.span(), format!("`after` must be \"3 business days\" or {SPAN_HINT}"));
        }
        read
    }

    fn schedule(&mut self, mut table: Table<'_>) -> Option<PlannedRun> {
        let name = self.name(&mut table);
        let cron = table.need("cron", &mut self.problems).and_then(|value| {
            let parsed = CronSchedule::parse(text(value, "cron", &mut self.problems)?);
            parsed.map_err(|e| self.problems.add(value.span(), e.to_string())).ok()
        });
        let zone = table.get("zone").and_then(|value| {
            let name = text(value, "zone", &mut self.problems)?;
            let zone = name.parse::<Tz>();
            zone.map_err(|_| self.problems.add(value.span(), unknown_zone(name))).ok()
        });
        let missed = self.missed(&mut table);
        table.need("does", &mut self.problems);
        let does = table.choice("does", DOES, &mut self.problems).map(|does| match does {
            Planned::Digest => Does::Digest(self.digest(&mut table)),
            Planned::Anomaly => Does::Anomaly,
            Planned::Silence => Does::Silence,
            Planned::Customers => Does::Customers,
            Planned::Insight => Does::Insight(self.of(&mut table)),
            Planned::Backup => Does::Backup,
            Planned::Retention => Does::Retention,
        });
        if does.is_none() {
            // What they mean depends on it.
            let _ = (table.get("period"), table.get("for"), table.get("of"));
        }
        table.finish(&mut self.problems);
        Some(PlannedRun { name: name?, schedule: cron?, zone, missed, does: does? })
    }

    /// Reads at whom is looked.
    fn of(&mut self, table: &mut Table<'_>) -> LookedAt {
        let of = [("all", LookedAt::All), ("touched", LookedAt::Touched)];
        table.choice("of", &of, &mut self.problems).unwrap_or(LookedAt::All)
    }

    /// Reads of what a digest tells, and whom.
    fn digest(&mut self, table: &mut Table<'_>) -> PlannedDigest {
        let periods = [("day", Length::Day), ("week", Length::Week)];
        let period = table.choice("period", &periods, &mut self.problems).unwrap_or(Length::Day);
        let to = match table.get("for") {
            None => DigestTo::Managers,
            Some(value) => match value.get_ref() {
                DeValue::Array(names) if !names.is_empty() => {
                    let mut handles = Vec::new();
                    for name in names.iter() {
                        let Some(handle) = text(name, "for", &mut self.problems) else { continue };
                        let line = self.problems.line(&name.span());
                        self.readers.push(TextUse { text: handle.to_owned(), line });
                        handles.push(handle.to_owned());
                    }
                    DigestTo::Users(handles)
                }
                _ => {
                    let all = [("managers", true), ("reps", false)];
                    match choice(value, "for", &all, &mut self.problems) {
                        Some(false) => DigestTo::Reps,
                        _ => DigestTo::Managers,
                    }
                }
            },
        };
        PlannedDigest { period, to }
    }

    /// Reads `"skip"`, `"once"` or `{ all = 24 }`.
    fn missed(&mut self, table: &mut Table<'_>) -> MissedRuns {
        let Some(value) = table.get("missed") else { return MissedRuns::default() };
        if let DeValue::Table(entries) = value.get_ref() {
            let mut all = Table::new("`missed`", value.span(), entries);
            let max = all.number("all", 1.0..=MISSED_MAX, &mut self.problems);
            all.finish(&mut self.problems);
            return max.map_or(MissedRuns::default(), |n| MissedRuns::All(n as usize));
        }
        let options = [("skip", MissedRuns::Skip), ("once", MissedRuns::Once)];
        choice(value, "missed", &options, &mut self.problems).unwrap_or_default()
    }

    /// Reads the name, which stands in logs and in the history.
    pub(super) fn name(&mut self, table: &mut Table<'_>) -> Option<String> {
        let value = table.need("name", &mut self.problems)?;
        let name = text(value, "name", &mut self.problems)?;
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        if !name.chars().all(fits) || name.chars().count() > 64 {
            let hint = "a name has at most 64 letters, digits, `_`, `-` and `.`";
            self.problems.add(value.span(), hint);
        }
        Some(name.to_owned())
    }

    /// Reads the name of a text, and remembers its place for [`Rules::check_texts`].
    pub(super) fn use_text(&mut self, value: &Value<'_>, key: &str) -> Option<String> {
        let name = text(value, key, &mut self.problems)?.to_owned();
        self.texts.push(TextUse { text: name.clone(), line: self.problems.line(&value.span()) });
        Some(name)
    }
}

/// Reads a span under `key`, in microseconds.
pub(super) fn span_of(table: &mut Table<'_>, key: &'static str, problems: &mut Problems<'_>) -> Option<i64> {
    let value = table.get(key)?;
    let span = text(value, key, problems).map(span::span)?;
    if span.is_none() {
        problems.add(value.span(), format!("`{key}` must be {SPAN_HINT}"));
    }
    span
}

fn unknown_zone(name: &str) -> String {
    let names: Vec<&str> = chrono_tz::TZ_VARIANTS.iter().map(|tz| tz.name()).collect();
    match super::read::closest(name, &names) {
        Some(similar) => format!("unknown zone `{name}`, did you mean `{similar}`?"),
        None => format!("unknown zone `{name}`; write a name such as Europe/Berlin"),
    }
}
