//! Reading `[[service_level]]`.

use rapport_model::people::{Lifecycle, Priority};

use super::file::{Reader, options};
use super::read::{Table, text};
use crate::hours::BusinessSpan;
use crate::service::{Pause, ServiceLevel, WhenTicket};

/// When a level warns if it does not say.
const WARN: f64 = 0.75;

impl Reader<'_> {
    pub(super) fn service_level(&mut self, mut table: Table<'_>) -> Option<ServiceLevel> {
        let name = self.name(&mut table);
        let when = match table.get("when") {
            Some(value) => Table::of("`when`", value, &mut self.problems).map(|t| self.when_ticket(t)),
            None => None,
        };
        let first_response = self.business_span(&mut table, "first_response");
        let resolution = self.business_span(&mut table, "resolution");
        let place = table.place.clone();
        let warn = table.number("warn", 0.0..=1.0, &mut self.problems).unwrap_or(WARN);
        let pause = match table.get("pause").is_some() {
            true => table.choices("pause", options!(Pause), &mut self.problems),
            false => Pause::ALL.to_vec(),
        };
        let promises = table.get("first_response").or(table.get("resolution")).is_some();
        table.finish(&mut self.problems);
        if !promises {
            self.problems.add(place, "a service level needs `first_response` or `resolution`");
        }
        Some(ServiceLevel {
            name: name?,
            when: when.unwrap_or_default(),
            first_response,
            resolution,
            warn,
            pause,
        })
    }

    fn when_ticket(&mut self, mut table: Table<'_>) -> WhenTicket {
        let problems = &mut self.problems;
        let when = WhenTicket {
            priorities: table.choices("priority", options!(Priority), problems),
            lifecycles: table.choices("lifecycle", options!(Lifecycle), problems),
            tags: table.texts("tag", problems),
            mailboxes: table.texts("mailbox", problems),
            teams: table.texts("team", problems),
        };
        table.finish(problems);
        when
    }

    fn business_span(&mut self, table: &mut Table<'_>, key: &'static str) -> Option<BusinessSpan> {
        let value = table.get(key)?;
        let span = BusinessSpan::read(text(value, key, &mut self.problems)?);
        if span.is_none() {
            let hint = "a length of business time such as \"30m\", \"4h\", \"2d\" or \"1w\"";
            self.problems.add(value.span(), format!("`{key}` must be {hint}"));
        }
        span
    }
}
