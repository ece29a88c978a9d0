//! What is said of rules that look at more than messages.

use rapport_model::Kind;

use crate::declare::texts;
use crate::slot::When;

texts! {
    TEXTS:

    /// Names the job that reacts to a change of a record.
    fn job_react(kind: Kind);
    /// Names the job that looks at customers for a schedule.
    fn job_sweep(name: &str, at: When);
    /// Would: set a field.
    fn would_set(field: &str, to: &str);
    /// Would: move the open deal to a stage.
    fn would_move(stage: &str);
    /// Would: give a tag.
    fn would_tag(tag: &str);
    /// Would: take a tag away.
    fn would_untag(tag: &str);
    /// Would: end a sequence.
    fn would_stop(sequence: &str);
    /// Why: a record was made.
    fn reason_made(kind: Kind);
    /// Why: a field of a record was changed.
    fn reason_moved(kind: Kind, field: &str, before: &[String], after: &[String]);
    /// Why: a customer has been silent for unusually long, in days; `usual` is 0 where they wrote once.
    fn reason_quiet(days: i64, usual: i64);
}
