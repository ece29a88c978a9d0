//! Why the service did something: one sentence of what was done, by whom and for which reason.

use rapport_model::reading::Mood;

use crate::declare::texts;
use crate::slot::{Day, Numbered, Percent, Span, When};

texts! {
    TEXTS:

    // What is unusual about a figure, put together: no full stop.

    /// When: today, held against days.
    fn anomaly_today();
    /// When: since a time.
    fn anomaly_since(time: &str);
    /// When: day by day since one.
    fn anomaly_daily(day: Day);
    /// How many times the usual it is, for which hour of the week, and between what that lies.
    fn anomaly_times(times: &str, moment: &str, range: &str);
    /// Between what the usual lies, for which hour of the week.
    fn anomaly_usual(moment: &str, range: &str);
    /// Mails: how many, when, and than what.
    fn anomaly_volume(n: i64, span: &str, than: &str);
    /// Too few mails.
    fn anomaly_quiet(n: i64, span: &str, slow: bool, than: &str);
    /// Unhappy mails.
    fn anomaly_negative(n: i64, span: &str, than: &str);
    /// Mails that want one thing.
    fn anomaly_intent(n: i64, intent: &str, span: &str, than: &str);
    /// Answers that take longer.
    fn anomaly_answers(time: &str, span: &str, than: &str);

    // Why something was done.

    /// What a rule did, and its reason: the whole answer.
    fn why_rule(done: &str, rule: &str, reason: &str);
    /// What a colleague did: the whole answer.
    fn why_user(done: &str, who: &str, at: When);
    /// What the service did while it took in a message: the whole answer.
    fn why_service(done: &str, reason: &str);
    /// Says that nothing is known of a reason.
    fn why_unknown(record: Numbered);
    /// A colleague said what a message should have been read as.
    fn was_corrected();
    /// How to say that a message was read wrongly.
    fn correct_hint();

    /// Done: a record was opened or made.
    fn done_created(record: Numbered);
    /// Done: a field was changed.
    fn done_changed(record: Numbered, field: &str, before: Option<&str>, after: Option<&str>);
    /// Done: colleagues were told.
    fn done_notified(who: &str);
    /// Done: a customer was written to.
    fn done_written(who: &str);
    /// Done: a follow-up was planned.
    fn done_planned(at: When);

    /// Reason: what a mail reads as (see [`crate::Prompts::reads_as`]), how sure that is, and the
    /// words that spoke for it.
    fn reason_reading(day: Day, reads_as: &'a str, sure: Percent, words: &'a [String]) -> ReasonReading;
    /// Reason: how a mail feels, and the words that spoke for it.
    fn reason_mood(day: Day, mood: Mood, words: &[String]);
    /// Reason: a mail wants an answer within hours.
    fn reason_urgent(day: Day, words: &[String]);
    /// Reason: the customer has not answered for so long.
    fn reason_silence(span: Span);
    /// Reason: the customer wrote again.
    fn reason_wrote_again(day: Day);
    /// Reason: the house answered.
    fn reason_answered(day: Day);
    /// Reason: it was the customer's first mail.
    fn reason_first_mail(day: Day);
    /// Reason: a schedule came due.
    fn reason_schedule(name: &str, at: When);
}
