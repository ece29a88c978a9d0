//! Reading what must be true for a rule.

use rapport_model::Kind;
use rapport_model::event::{Figure, Goal, Reached};
use rapport_model::message::{ChannelKind, Direction};
use rapport_model::people::Lifecycle;
use rapport_model::reading::{EntityKind, Intent, Mood};

use super::file::{Reader, STEPS_MAX, options, span_of};
use super::read::{Problems, Table, text};
use super::{TicketState, Trigger, When, WhenChanged, WhenMessage, WhenState, telling};

impl Reader<'_> {
    pub(super) fn when(&mut self, mut table: Table<'_>, on: Trigger) -> When {
        let problems = &mut self.problems;
        let mut when = When::default();
        match on {
            Trigger::ServiceLevel => {
                when.reached = table.choices("level", options!(Reached), problems);
                when.goals = table.choices("goal", options!(Goal), problems);
            }
            Trigger::TicketClosed | Trigger::Silence | Trigger::Soured => {}
            Trigger::Schedule => {
                when.schedules = table.texts("schedule", problems);
                let place = table.get("schedule").map(|value| value.span()).unwrap_or_default();
                self.named.extend(when.schedules.iter().map(|name| (name.clone(), place.clone())));
            }
            Trigger::Rating => when.scores = Self::scores(&mut table, problems),
            Trigger::Customer | Trigger::Deal | Trigger::Ticket | Trigger::Task => {
                when.changed = Self::when_changed(&mut table, on.kind(), problems);
            }
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
                when.message.intents = table.choices("intent", options!(Intent), problems);
                when.min_score = table.number("min_score", 0.0..=1000.0, problems).unwrap_or(0.0);
            }
        }
        if on != Trigger::Anomaly {
            when.state = Self::when_state(&mut table, problems);
        }
        table.finish(problems);
        when
    }

    fn when_changed(table: &mut Table<'_>, kind: Option<Kind>, problems: &mut Problems<'_>) -> WhenChanged {
        let options: Vec<(&str, &'static str)> =
            kind.map_or(&[][..], telling).iter().map(|field| (*field, *field)).collect();
        WhenChanged {
            created: table.flag("created", problems),
            fields: table.choices("changed", &options, problems),
            from: table.texts("from", problems),
            to: table.texts("to", problems),
        }
    }

    /// Reads numbers of stars: one or a list.
    fn scores(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Vec<i64> {
        let max = table.number("max_score", 1.0..=5.0, problems);
        let min = table.number("min_score", 1.0..=5.0, problems);
        match (min, max) {
            (None, None) => Vec::new(),
            (min, max) => (min.unwrap_or(1.0) as i64..=max.unwrap_or(5.0) as i64).collect(),
        }
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
            asks_rights: table.flag("asks_rights", problems),
            channels: table.choices("channel", options!(ChannelKind), problems),
            languages: table.texts("language", problems),
            mentions: table.choices("mentions", options!(EntityKind), problems),
            products: table.texts("product", problems),
        }
    }

    pub(super) fn when_state(table: &mut Table<'_>, problems: &mut Problems<'_>) -> WhenState {
        WhenState {
            lifecycles: table.choices("lifecycle", options!(Lifecycle), problems),
            tags: table.texts("tag", problems),
            has_owner: table.flag("has_owner", problems),
            open_deal: table.flag("open_deal", problems),
            first_message: table.flag("first_message", problems),
            customer_wrote: table.flag("customer_wrote", problems),
            answered: table.flag("answered", problems),
            tickets: table.choices("ticket", options!(TicketState), problems),
            owners: table.texts("owner", problems),
            teams: table.texts("team", problems),
            stages: table.texts("stage", problems),
            segments: table.texts("segment", problems),
            customer_languages: table.texts("customer_language", problems),
            has_company: table.flag("has_company", problems),
            open_hours: table.choice("hours", &[("open", true), ("closed", false)], problems),
            silent_for: span_of(table, "silent_for", problems),
            mood_below: table.number("mood_below", -1.0..=1.0, problems),
        }
    }
}
