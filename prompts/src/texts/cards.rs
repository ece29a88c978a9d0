//! Cards, lists and timelines.

use rapport_model::id::ShortNumber;
use rapport_model::people::{Priority, TicketStatus};
use rapport_model::reading::{Intent, Mood};

use crate::declare::texts;
use crate::slot::{Block, Numbered, Span, When};

texts! {
    TEXTS:

    /// Heads a card.
    fn card_title(number: ShortNumber, name: &str, aside: Option<&str>);
    /// One line of a card: a label and its value.
    fn card_line(label: &str, value: &str);
    /// A card's label for what a customer last wrote.
    fn card_last_words();
    /// A card's label for the tickets that are open.
    fn card_open_tickets();
    /// A card's label for the next task.
    fn card_next_task();
    /// A card's label for the open deal.
    fn card_open_deal();
    /// A card's label for how often people wrote.
    fn card_mails();
    /// How often a customer wrote and was written to.
    fn mails_in_out(n_in: i64, n_out: i64);
    /// How long ago something was.
    fn ago(span: Span);
    /// A mood from −1 to 1 in words: bad.
    fn mood_bad();
    /// A mood in words: rather bad.
    fn mood_rather_bad();
    /// A mood in words: neither good nor bad.
    fn mood_mixed();
    /// A mood in words: rather good.
    fn mood_rather_good();
    /// A mood in words: good.
    fn mood_good();
    /// A mood in words, with its label.
    fn mood_is(mood: &str);

    // Lists.

    /// Heads the results of a search.
    fn find_heading(query: &str, n: usize);
    /// One result of a search.
    fn find_line(
        number: ShortNumber, name: &'a str, company: Option<&'a str>, snippet: Option<&'a str>,
    ) -> FindLine;
    /// Says how many more there are and how to see them.
    fn more(n: usize);
    /// Heads a list of tasks.
    fn tasks_heading(n: usize, n_overdue: usize);
    /// One task.
    fn task_line(
        number: ShortNumber, title: &'a str, due: Option<When>, overdue: bool, customer: Option<&'a str>,
    ) -> TaskLine;
    /// Says that no task is open.
    fn tasks_empty();
    /// Heads a list of tickets.
    fn tickets_heading(n: usize);
    /// One ticket.
    fn ticket_line(
        number: ShortNumber, title: &'a str, customer: &'a str, priority: Priority, status: TicketStatus,
        open_for: Span, owner: Option<&'a str>,
    ) -> TicketLine;
    /// Says that no ticket is open.
    fn tickets_empty();

    // Timelines.

    /// Heads a timeline.
    fn timeline_heading(number: ShortNumber, name: &str);
    /// Says that nothing has happened yet.
    fn timeline_empty(name: &str, since: bool);
    /// A message that came in.
    fn timeline_in(
        at: When, who: &'a str, subject: &'a str, intent: Intent, mood: Mood,
    ) -> TimelineMail;
    /// A message that went out.
    fn timeline_out(at: When, who: &str, subject: &str, automatic: bool);
    /// A note.
    fn timeline_note(at: When, who: &str, body: Block<'_>);
    /// What a customer thinks of us, from 1 to 5 stars, of a ticket perhaps.
    fn timeline_rated(
        at: When, who: &'a str, n: u32, about: Option<ShortNumber>, comment: Option<&'a str>, changed: bool,
    ) -> TimelineRating;
    /// A record that came into being.
    fn timeline_created(at: When, record: Numbered, title: &str, who: &str);
    /// A field that changed.
    fn timeline_changed(
        at: When, record: Numbered, field: &'a str, before: Option<&'a str>, after: Option<&'a str>,
        who: &'a str,
    ) -> TimelineChange;
    /// A record that was taken away.
    fn timeline_removed(at: When, record: Numbered, who: &str);
    /// A change that was taken back.
    fn timeline_undone(at: When, what: &str, who: &str);
    /// Who did it: a rule of that name.
    fn by_rule(rule: &str);
    /// Who did it: the customer, on a page of ours.
    fn by_customer();
    /// Who did it: the service itself.
    fn by_service();
}
