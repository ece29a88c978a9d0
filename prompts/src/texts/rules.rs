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
    /// Names the job that tells of alerts together.
    fn job_gather(what: &str);
    /// Button: an alert was of use.
    fn button_useful();
    /// Button: an alert was of no use.
    fn button_useless();
    /// Says that a verdict was noted; how many alerts of the rule were of use, and of how many judged.
    fn alert_judged(useful: bool, rule: &str, n_useful: i64, n: i64);
    /// Says that a verdict was taken back.
    fn alert_unjudged(rule: &str);
    /// Says that there is no alert to judge.
    fn alert_unknown();
    /// Says that most alerts of a rule were of no use.
    fn alert_mostly_useless(rule: &str);
    /// An aside: how many alerts of a rule were of use, and of how many judged.
    fn workflow_useful(n_useful: i64, n: i64);
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
    /// Reason: the customer sounds unhappier than before; how they did, and do.
    fn reason_soured(mails: u32, was: &str, is: &str);
}
