//! From a TOML file to checked rules.

use chrono_tz::Tz;
use rapport_model::action::{Audience, Severity};
use rapport_model::event::{Goal, Reached};
use rapport_model::message::{ChannelKind, Direction};
use rapport_model::people::{Lifecycle, Priority};
use rapport_model::reading::{Intent, Mood};
use rapport_model::time::DAY;
use toml::de::{DeTable, DeValue};

use super::read::{Problems, Table, Value, choice, text, unknown};
use super::{
    DigestTo, Does, Due, Figure, MAX_AGE, PlannedDigest, PlannedRun, Rule, RuleDeed, RuleProblem, Rules,
    Sequence, SequenceStep, TextUse, TicketState, Trigger, When, WhenMessage, WhenState, span,
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

const AUDIENCES: &[(&str, Audience)] = &[("owner", Audience::Owner), ("managers", Audience::Managers)];
const SEVERITIES: &[(&str, Severity)] =
    &[("info", Severity::Info), ("warning", Severity::Warning), ("alert", Severity::Alert)];

/// Deeds that are a word alone.
const WORDS: &[(&str, RuleDeed)] = &[
    ("ticket_answered", RuleDeed::TicketAnswered),
    ("ticket_reopened", RuleDeed::TicketReopened),
    ("follow_promises", RuleDeed::FollowPromises),
    ("promises_kept", RuleDeed::PromisesKept),
    ("open_deal", RuleDeed::OpenDeal),
    ("take_ownership", RuleDeed::TakeOwnership),
    ("assign", RuleDeed::Assign),
    ("opt_out", RuleDeed::OptOut),
];

/// Deeds that are a table with this key.
const VERBS: &[&str] =
    &["open_ticket", "lifecycle", "start", "write", "note", "task", "notify", "ask", "webhook"];

/// Most steps of a sequence and most planned runs that are made up: beyond that a file is wrong.
const STEPS_MAX: usize = 20;
const MISSED_MAX: f64 = 1000.0;

/// A sequence of more business days is no follow-up any more.
const BUSINESS_DAYS_MAX: i64 = 250;

const SPAN_HINT: &str = "a time such as \"90m\", \"2h\", \"3d\" or \"1w\", at most 366 days";

/// Reads and checks a whole file.
pub(super) fn parse(source: &str, file: &str) -> Result<Rules, Vec<RuleProblem>> {
    let mut reader = Reader {
        problems: Problems::new(file, source),
        texts: Vec::new(),
        readers: Vec::new(),
        hooks: Vec::new(),
        starts: Vec::new(),
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
    hooks: Vec<TextUse>,
    /// The sequences that rules name, with their places.
    starts: Vec<(String, std::ops::Range<usize>)>,
}

impl Reader<'_> {
    fn file(&mut self, mut root: Table<'_>, file: &str) -> Rules {
        let max_age = self.span(&mut root, "max_age").unwrap_or(MAX_AGE);
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
        table.finish(&mut self.problems);
        Some(Rule { name: name?, on, when, deeds })
    }

    fn when(&mut self, mut table: Table<'_>, on: Trigger) -> When {
        let problems = &mut self.problems;
        let mut when = When::default();
        match on {
            Trigger::ServiceLevel => {
                when.reached = table.choices("level", options!(Reached), problems);
                when.goals = table.choices("goal", options!(Goal), problems);
            }
            Trigger::TicketClosed => {}
            Trigger::Message => when.message = Self::when_message(&mut table, problems),
            Trigger::Step => {
                if let Some(value) = table.get("sequence") {
                    let name = text(value, "sequence", problems).map(str::to_owned);
                    self.starts.extend(name.clone().map(|n| (n, value.span())));
                    when.sequence = name;
                }
                let step = table.number("step", 1.0..=STEPS_MAX as f64, problems);
                when.step = step.map(|n| n as usize - 1);
            }
            Trigger::Anomaly => {
                when.figures = table.choices("figure", options!(Figure), problems);
                when.min_score = table.number("min_score", 0.0..=1000.0, problems).unwrap_or(0.0);
            }
        }
        if on != Trigger::Anomaly {
            when.state = Self::when_state(&mut table, problems);
        }
        table.finish(problems);
        when
    }

    fn when_message(table: &mut Table<'_>, problems: &mut Problems<'_>) -> WhenMessage {
        let usual = WhenMessage::default();
        // Mail within the house starts nothing, so it cannot be asked for.
        let directions = [("in", Direction::In), ("out", Direction::Out)];
        WhenMessage {
            direction: table.choice("direction", &directions, problems).unwrap_or(usual.direction),
            intents: table.choices("intent", options!(Intent), problems),
            min_p: table.number("min_p", 0.0..=1.0, problems).map_or(usual.min_p, |p| p as f32),
            moods: table.choices("mood", options!(Mood), problems),
            urgent: table.flag("urgent", problems),
            promise: table.flag("promise", problems),
            channels: table.choices("channel", options!(ChannelKind), problems),
            languages: table.texts("language", problems),
        }
    }

    fn when_state(table: &mut Table<'_>, problems: &mut Problems<'_>) -> WhenState {
        WhenState {
            lifecycles: table.choices("lifecycle", options!(Lifecycle), problems),
            tags: table.texts("tag", problems),
            has_owner: table.flag("has_owner", problems),
            open_deal: table.flag("open_deal", problems),
            first_message: table.flag("first_message", problems),
            customer_wrote: table.flag("customer_wrote", problems),
            answered: table.flag("answered", problems),
            tickets: table.choices("ticket", options!(TicketState), problems),
        }
    }

    /// Reads a deed: a word, or a table whose first key says what to do.
    fn deed(&mut self, value: &Value<'_>, on: Trigger, when: &When) -> Option<RuleDeed> {
        let deed = match value.get_ref() {
            DeValue::Table(entries) => self.deed_table(Table::new("a deed", value.span(), entries))?,
            _ => {
                let options: Vec<(&str, usize)> = WORDS.iter().enumerate().map(|(i, w)| (w.0, i)).collect();
                let word = choice(value, "deed", &options, &mut self.problems)?;
                WORDS[word].1.clone()
            }
        };
        let out = when.message.direction == Direction::Out;
        let refusal = match &deed {
            RuleDeed::Notify { .. } | RuleDeed::Webhook(_) => None,
            _ if on == Trigger::Anomaly => Some("a rule on an anomaly can only notify"),
            RuleDeed::AskRating if on == Trigger::TicketClosed => None,
            RuleDeed::AskRating => {
                Some("a rating is asked for when a ticket was settled: on = \"ticket_closed\"")
            }
            RuleDeed::TicketAnswered | RuleDeed::TakeOwnership | RuleDeed::Start(_)
                if on != Trigger::Message || !out =>
            {
                Some("this answers a message from the house: add direction = \"out\" to `when`")
            }
            RuleDeed::FollowPromises | RuleDeed::PromisesKept if on != Trigger::Message => {
                Some("only a message promises something, or keeps it")
            }
            RuleDeed::TicketReopened | RuleDeed::OptOut | RuleDeed::Assign
                if on != Trigger::Message || out =>
            {
                Some("this answers a message from a customer: direction = \"in\"")
            }
            RuleDeed::Write(_) if on != Trigger::Message || out => {
                Some("only a message from a customer is answered; to follow up, start a sequence")
            }
            _ => None,
        };
        if let Some(refusal) = refusal {
            self.problems.add(value.span(), refusal);
        }
        Some(deed)
    }

    fn deed_table(&mut self, mut table: Table<'_>) -> Option<RuleDeed> {
        let verb = table.only_one_of(VERBS, &mut self.problems)?;
        let value = table.get(verb)?;
        let deed =
            match verb {
                "open_ticket" => choice(value, "priority", options!(Priority), &mut self.problems)
                    .map(RuleDeed::OpenTicket),
                "lifecycle" => choice(value, "lifecycle", options!(Lifecycle), &mut self.problems)
                    .map(RuleDeed::Lifecycle),
                "start" => {
                    let name = text(value, "start", &mut self.problems).map(str::to_owned);
                    self.starts.extend(name.clone().map(|n| (n, value.span())));
                    name.map(RuleDeed::Start)
                }
                "write" => self.use_text(value, "write").map(RuleDeed::Write),
                "note" => self.use_text(value, "note").map(RuleDeed::Note),
                "ask" => {
                    choice(value, "ask", &[("rating", ())], &mut self.problems).map(|()| RuleDeed::AskRating)
                }
                "webhook" => {
                    let name = text(value, "webhook", &mut self.problems)?.to_owned();
                    self.hooks.push(TextUse { text: name.clone(), line: self.problems.line(&value.span()) });
                    Some(RuleDeed::Webhook(name))
                }
                "task" => {
                    let text = self.use_text(value, "task");
                    let due = self.due(&mut table);
                    text.zip(due).map(|(text, due)| RuleDeed::Task { text, due })
                }
                _ => {
                    let to = choice(value, "audience", AUDIENCES, &mut self.problems);
                    let text = table.need("text", &mut self.problems).and_then(|v| self.use_text(v, "text"));
                    let severity = table.choice("severity", SEVERITIES, &mut self.problems);
                    let severity = severity.unwrap_or(Severity::Info);
                    to.zip(text).map(|(to, text)| RuleDeed::Notify { to, text, severity })
                }
            };
        table.finish(&mut self.problems);
        deed
    }

    fn due(&mut self, table: &mut Table<'_>) -> Option<Due> {
        let value = table.need("due", &mut self.problems)?;
        let due = text(value, "due", &mut self.problems).map(Due::read)?;
        if due.is_none() {
            self.problems.add(value.span(), format!("`due` must be \"tomorrow 09:00\" or {SPAN_HINT}"));
        }
        due
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
        let does = match table.choice("does", &[("digest", true), ("anomaly", false)], &mut self.problems) {
            Some(true) => Some(Does::Digest(self.digest(&mut table))),
            Some(false) => Some(Does::Anomaly),
            None => {
                // What they mean depends on it.
                let _ = (table.get("period"), table.get("for"));
                None
            }
        };
        table.finish(&mut self.problems);
        Some(PlannedRun { name: name?, schedule: cron?, zone, missed, does: does? })
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

    fn span(&mut self, table: &mut Table<'_>, key: &'static str) -> Option<i64> {
        let value = table.get(key)?;
        let span = text(value, key, &mut self.problems).map(span::span)?;
        if span.is_none() {
            self.problems.add(value.span(), format!("`{key}` must be {SPAN_HINT}"));
        }
        span
    }

    /// Reads the name of a text, and remembers its place for [`Rules::check_texts`].
    fn use_text(&mut self, value: &Value<'_>, key: &str) -> Option<String> {
        let name = text(value, key, &mut self.problems)?.to_owned();
        self.texts.push(TextUse { text: name.clone(), line: self.problems.line(&value.span()) });
        Some(name)
    }
}

fn unknown_zone(name: &str) -> String {
    let names: Vec<&str> = chrono_tz::TZ_VARIANTS.iter().map(|tz| tz.name()).collect();
    match super::read::closest(name, &names) {
        Some(similar) => format!("unknown zone `{name}`, did you mean `{similar}`?"),
        None => format!("unknown zone `{name}`; write a name such as Europe/Berlin"),
    }
}
