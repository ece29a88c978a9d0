//! By when tickets are due, on their cards and in lists.

use std::collections::HashMap;

use rapport_model::event::Reached;
use rapport_model::{Id, Record};
use rapport_prompts::Span;
use rapport_workflows::service::NextDue;

use super::desk::{Desk, Done};

impl Desk<'_> {
    /// Returns what is due next for those of these tickets for which something is promised.
    pub(crate) async fn next_due(&self, tickets: &[Record]) -> Done<HashMap<Id, NextDue>> {
        if self.app.workflows.rules().levels.is_empty() {
            return Ok(HashMap::new());
        }
        let open = tickets.iter().filter(|ticket| ticket.text("status") != "closed" && !ticket.deleted);
        let open: Vec<Id> = open.map(|ticket| ticket.record.id).collect();
        let courses = self.store().courses(&open).await?;
        Ok(self.app.workflows.next_due(&courses, self.now))
    }

    /// Says by when a ticket is due; empty where nothing is promised.
    pub(super) async fn deadline(&self, ticket: &Record) -> Done<String> {
        let (prompts, language) = (self.prompts(), self.language);
        let due = self.next_due(std::slice::from_ref(ticket)).await?.remove(&ticket.record.id);
        let Some(NextDue { standing, reached, left }) = due else { return Ok(String::new()) };
        let goal = standing.goal;
        Ok(match (standing.due, reached) {
            (Some(due), Some(Reached::Breached)) => {
                prompts.deadline_over(language, goal, self.at(due), Span(self.now.since(due)))
            }
            (Some(due), _) => prompts.deadline_due(language, goal, self.at(due), Span(due.since(self.now))),
            (None, _) if left > 0 => prompts.deadline_paused(language, goal, Span(left)),
            (None, _) => prompts.deadline_spent(language, goal),
        })
    }

    /// Adds to a ticket's line what is nearly due, or overdue.
    pub(super) fn with_deadline(&self, line: String, due: Option<&NextDue>) -> String {
        let Some((due, at)) = due.and_then(|due| Some((due, due.standing.due?))) else { return line };
        let over = match due.reached {
            None => return line,
            Some(reached) => reached == Reached::Breached,
        };
        let span = Span(self.now.since(at).abs());
        self.prompts().ticket_line_due(self.language, &line, due.standing.goal, over, span)
    }
}
