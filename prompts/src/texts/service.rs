//! What is said of deadlines, and of how well they were kept.

use rapport_model::event::Goal;

use crate::declare::texts;
use crate::slot::{Span, When};

texts! {
    TEXTS:

    /// Names the job that looks at a ticket's deadlines.
    fn job_clock();
    /// A deed: ask for a rating.
    fn would_ask_rating();
    /// Why: a target is close, or its time is over.
    fn reason_due(goal: Goal, due: When, over: bool);
    /// Why: a ticket was closed.
    fn reason_closed();
    /// Heads the service levels.
    fn workflows_levels();
    /// Says what a service level promises, in lengths as the rules write them.
    fn level_goals(response: Option<&str>, resolution: Option<&str>);
    /// A card's label for what is due next.
    fn card_deadline();
    /// When a target is due.
    fn deadline_due(goal: Goal, due: When, left: Span);
    /// Since when the time of a target is over.
    fn deadline_over(goal: Goal, due: When, over: Span);
    /// How much time a target has when its clock runs again.
    fn deadline_paused(goal: Goal, left: Span);
    /// A target whose clock stands has no time left.
    fn deadline_spent(goal: Goal);
    /// A ticket's line in a list, with what is due.
    fn ticket_line_due(line: &str, goal: Goal, over: bool, span: Span);
    /// Lines of a mail that say how a customer rates: on a page, where there is one, or by an answer.
    fn mail_rating(link: Option<&str>);
    /// A report's line: the share of targets that were met in time.
    fn report_kept();
    /// A report's line: within how much business time half of the tickets were answered.
    fn report_response();
    /// A report's line: within how much nine tenths were.
    fn report_response_late();
    /// A report's line: within how much business time half of the tickets were settled.
    fn report_resolution();
    /// A report's line: within how much nine tenths were.
    fn report_resolution_late();
    /// A report's line: the share of settled tickets that had been opened again.
    fn report_reopened();
    /// A report's line: what customers think.
    fn report_rating();
    /// A mean rating with one decimal, and of how many.
    fn report_rating_value(stars: &str, n: usize);
    /// A report's line: what customers who stand there think.
    fn report_ratings_of(what: &str);
    /// A report's line: what customers with a tag think.
    fn report_ratings_tag(what: &str);
}
