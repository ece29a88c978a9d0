//! What whoever runs the service sees of its work: jobs, and messages that have not left.

use crate::declare::texts;
use crate::slot::{Span, When};

texts! {
    TEXTS:

    // What a job does.

    /// A job that reads a message.
    fn job_understand(subject: &str, at: When);
    /// A job that takes a step of a sequence, counted from 1.
    fn job_step(place: usize, sequence: &str, subject: &str);
    /// Names the job that tells of a task made at a time that it is due.
    fn job_remind(made: When);
    /// What a job does: tell how long there is to answer a privacy request of that time.
    fn job_request(made: When);
    /// A job: find recipients of a campaign.
    fn job_enlist();
    /// A job: write to recipients of a campaign.
    fn job_mail();
    /// A job that makes a backup.
    fn job_backup(at: When);
    /// A job that runs a schedule.
    fn job_schedule(name: &str, at: When);

    // How it stands, with a job or with a message.

    /// It waits for a time.
    fn state_later(at: When);
    /// It is due, and for how long it has been.
    fn state_due(ago: Span);
    /// A worker has it.
    fn state_claimed();
    /// It was given up after so many attempts.
    fn state_given_up(n: usize);
    /// It is being sent.
    fn state_sending();
    /// It may have left before a crash.
    fn state_unknown();
    /// It could not be sent.
    fn state_failed();
    /// It left.
    fn state_sent();
    /// It was cancelled.
    fn state_cancelled();
    /// What went wrong last, and how often it was tried.
    fn last_error(why: &str, n: usize);

    // Lists, and what can be done with what is in them.

    /// Says that no job waits.
    fn jobs_none();
    /// Tells what can be done with a job that was given up.
    fn jobs_hint();
    /// Says that a job will be tried again.
    fn job_retried(what: &str);
    /// Says that a job was dropped.
    fn job_dropped(what: &str);
    /// Refuses: a worker has the job.
    fn job_busy(what: &str);
    /// A message, by its subject and whom it is for.
    fn outgoing(subject: &str, to: &str, channel: &str);
    /// Says that nothing waits to leave.
    fn outbox_none();
    /// Tells what can be done with a message whose fate is unknown.
    fn outbox_hint();
    /// Says that a message will leave.
    fn outgoing_resent(what: &str);
    /// Says that a message will leave, and may arrive twice.
    fn outgoing_resent_unknown(what: &str);
    /// Says that a message will not leave.
    fn outgoing_dropped(what: &str);
    /// Refuses: a message that left, is leaving or was cancelled cannot be changed.
    fn outgoing_settled(what: &str, state: &str);
    /// Says that there is nothing of that number; `command` lists what there is.
    fn not_listed(which: &str, command: &str);
}
