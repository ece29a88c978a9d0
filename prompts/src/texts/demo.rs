//! What the tour tells while it runs.

use crate::declare::texts;
use crate::slot::When;

texts! {
    TEXTS:

    /// Opens the tour, in three lines.
    fn demo_intro(house: &str, n_mails: usize);
    /// Heads a stage of the tour: which of how many, and its title.
    fn demo_stage(place: usize, of: usize, title: &str);
    /// Title: mail comes in.
    fn demo_title_received();
    /// Title: it is understood.
    fn demo_title_understood();
    /// Title: records are kept.
    fn demo_title_recorded();
    /// Title: rules react.
    fn demo_title_reacted();
    /// Title: search.
    fn demo_title_indexed();
    /// Title: follow-ups.
    fn demo_title_follow_up();
    /// Title: an alert.
    fn demo_title_alert();
    /// Title: the digest.
    fn demo_title_digest();
    /// A stage: what came in.
    fn demo_received(n_mails: usize, n_automated: usize, n_duplicates: usize);
    /// A stage: what was understood.
    fn demo_understood(n_mails: usize, n_languages: usize, per_second: i64);
    /// A stage: what was recorded.
    fn demo_recorded(n_customers: usize, n_companies: usize, n_changes: usize);
    /// A stage: what the rules did.
    fn demo_reacted(n_tickets: usize, n_tasks: usize, n_notices: usize);
    /// A stage: what can be searched.
    fn demo_indexed(n_entries: usize, query: &str, n_hits: usize);
    /// A stage: time moves on.
    fn demo_time_moves(now: When);
    /// A stage: a follow-up went out.
    fn demo_follow_up_sent(who: &str, subject: &str, at: When);
    /// A stage: somebody answered, so that the follow-ups stop.
    fn demo_follow_up_stopped(who: &str);
    /// A stage: an alert.
    fn demo_alert(today: u32, usual: i64);
    /// A stage: the digest follows.
    fn demo_digest(to: &str);
    /// A mail was here before.
    fn demo_duplicate(subject: &str);
    /// A mail cannot be read and is kept aside.
    fn demo_quarantined(reason: &str, detail: &str);
    /// Words that were searched for besides.
    fn find_added(words: &str);
    /// Invites the reader to write a mail of their own.
    fn demo_write_a_mail();
    /// Closes the tour with what to try next.
    fn demo_closing(example: &str);
}
