//! The figures of a store in the text format of Prometheus (0.0.4).

use std::fmt::{Display, Write as _};

use rapport_model::time::SECOND;
use rapport_storage::health::{Health, READINGS_MAX};
use rapport_storage::{StorageError, Store};

use crate::Config;
use crate::backup::State;
use crate::channel::imap;

/// Upper ends of the buckets of attempts; a job is given up after five.
const ATTEMPTS: [i64; 6] = [0, 1, 2, 3, 4, 5];

/// Loads the figures of a store and writes them.
///
/// # Errors
/// The store cannot be read.
pub async fn figures(store: &Store, config: &Config) -> Result<String, StorageError> {
    let now = store.clock().now();
    let lags = imap::mailboxes(store, config).await?.into_iter();
    let lags: Vec<(String, f64)> = lags.filter_map(|(name, state)| Some((name, state.lag(now)?))).collect();
    let text = render(&store.health().await?, &lags);
    Ok(with_backups(text, &State::of(store).await?))
}

/// Adds how backups stand. Before the first there is nothing to say.
fn with_backups(out: String, state: &State) -> String {
    let mut text = Text { out, name: "" };
    if let Some(made) = state.made {
        let help = "When the last whole backup was made, in seconds since 1970.";
        text.start("rapport_backup_last_success_seconds", "gauge", help);
        text.line("", &[], made.micros() / SECOND);
        text.start("rapport_backup_bytes", "gauge", "How large it is.");
        text.line("", &[], state.bytes);
    }
    if let Some(verified) = state.verified {
        let help = "When a backup was last looked through, in seconds since 1970.";
        text.start("rapport_backup_last_verify_seconds", "gauge", help);
        text.line("", &[], verified.micros() / SECOND);
    }
    let failing = "Whether the last backup failed, or the last look through one found something wrong.";
    text.start("rapport_backup_failing", "gauge", failing);
    text.line("", &[], u8::from(state.trouble.is_some() || !state.faults.is_empty()));
    text.out
}

/// Writes the figures as gauges, a counter and a histogram. Nothing in them is personal.
/// `mailboxes` are the seconds since each mailbox was last read to its end.
fn render(health: &Health, mailboxes: &[(String, f64)]) -> String {
    let mut text = Text::default();
    text.start("rapport_schema_version", "gauge", "Version of the store's schema.");
    text.line("", &[("engine", health.engine)], health.schema_version);

    text.start("rapport_jobs", "gauge", "Jobs by queue and state.");
    for queue in &health.jobs {
        let states =
            [("due", queue.due), ("later", queue.later), ("claimed", queue.claimed), ("dead", queue.dead)];
        for (state, n) in states {
            text.line("", &[("queue", &queue.queue), ("state", state)], n);
        }
    }
    let oldest = "Seconds since the oldest job that is not done was due.";
    text.start("rapport_jobs_oldest_due_age_seconds", "gauge", oldest);
    for queue in &health.jobs {
        text.line("", &[("queue", &queue.queue)], queue.oldest_due_age_seconds);
    }
    let expired = "Jobs claimed for longer than a claim holds: their worker is gone.";
    text.start("rapport_jobs_lease_expired", "gauge", expired);
    for queue in &health.jobs {
        text.line("", &[("queue", &queue.queue)], queue.lease_expired);
    }
    let expiries = "Claims that were taken from a worker that was gone, since the store was made.";
    text.start("rapport_jobs_lease_expiries_total", "counter", expiries);
    for queue in &health.jobs {
        text.line("", &[("queue", &queue.queue)], queue.lease_expiries);
    }
    text.start("rapport_job_attempts", "histogram", "How often the jobs that are there were tried.");
    let up_to = |most: i64| health.job_attempts.iter().filter(move |a| a.attempts <= most);
    for most in ATTEMPTS {
        let n: i64 = up_to(most).map(|a| a.jobs).sum();
        text.line("_bucket", &[("le", &most.to_string())], n);
    }
    let n: i64 = up_to(i64::MAX).map(|a| a.jobs).sum();
    text.line("_bucket", &[("le", "+Inf")], n);
    text.line("_sum", &[], up_to(i64::MAX).map(|a| a.attempts * a.jobs).sum::<i64>());
    text.line("_count", &[], n);

    text.start("rapport_outbox", "gauge", "Messages that have not left, by channel and state.");
    for channel in &health.outbox {
        let states = [
            ("pending", channel.pending),
            ("sending", channel.sending),
            ("unknown", channel.unknown),
            ("failed", channel.failed),
        ];
        for (state, n) in states {
            text.line("", &[("channel", &channel.channel), ("state", state)], n);
        }
    }
    let oldest = "Seconds since the oldest pending message should have left.";
    text.start("rapport_outbox_oldest_pending_age_seconds", "gauge", oldest);
    for channel in &health.outbox {
        text.line("", &[("channel", &channel.channel)], channel.oldest_pending_age_seconds);
    }
    text.start("rapport_quarantined_mails", "gauge", "Mails that could not be read and are kept aside.");
    text.line("", &[], health.quarantined);
    let lag = "Seconds since a mailbox was last read to its end.";
    text.start("rapport_mailbox_lag_seconds", "gauge", lag);
    for (mailbox, seconds) in mailboxes {
        text.line("", &[("mailbox", mailbox)], seconds);
    }
    text.start("rapport_index_lag_entries", "gauge", "Entries that the search index has not taken over.");
    text.line("", &[], health.index_lag);
    let readings = format!("Of the newest {READINGS_MAX} messages: how many each engine read.");
    text.start("rapport_readings", "gauge", &readings);
    for readings in &health.readings {
        text.line("", &[("engine", &readings.engine)], readings.messages);
    }
    text.out
}

#[derive(Default)]
struct Text {
    out: String,
    name: &'static str,
}

impl Text {
    fn start(&mut self, name: &'static str, ty: &str, help: &str) {
        self.name = name;
        let _ = writeln!(self.out, "# HELP {name} {help}\n# TYPE {name} {ty}");
    }

    fn line(&mut self, suffix: &str, labels: &[(&str, &str)], value: impl Display) {
        let _ = write!(self.out, "{}{suffix}", self.name);
        for (i, (label, text)) in labels.iter().enumerate() {
            // Names of queues and channels are the program's own: nothing in them needs escaping.
            let _ = write!(self.out, "{}{label}=\"{text}\"", if i == 0 { '{' } else { ',' });
        }
        let _ = writeln!(self.out, "{} {value}", if labels.is_empty() { "" } else { "}" });
    }
}

#[cfg(test)]
mod tests {
    use rapport_model::Timestamp;
    use rapport_storage::health::{Attempts, OutboxHealth, QueueHealth, Readings};

    use super::*;

    #[test]
    fn the_figures_are_written_as_prometheus_reads_them() {
        let queue = QueueHealth {
            queue: "timed".into(),
            due: 1,
            later: 20,
            claimed: 2,
            lease_expired: 1,
            lease_expiries: 6,
            dead: 3,
            oldest_due_age_seconds: 90.5,
        };
        let channel = OutboxHealth {
            channel: "email".into(),
            pending: 4,
            unknown: 1,
            oldest_pending_age_seconds: 7.0,
            ..OutboxHealth::default()
        };
        let health = Health {
            engine: "sqlite",
            engine_version: "3.50.2".into(),
            schema_version: 1,
            schema_version_known: 1,
            quarantined: 2,
            jobs: vec![queue],
            job_attempts: vec![
                Attempts { attempts: 0, jobs: 21 },
                Attempts { attempts: 2, jobs: 4 },
                Attempts { attempts: 9, jobs: 1 },
            ],
            outbox: vec![channel],
            index_lag: 12,
            readings: vec![Readings { engine: "linear-1".into(), messages: 8 }],
        };
        let text = render(&health, &[("support".into(), 61.5)]);
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(
            lines,
            [
                "rapport_schema_version{engine=\"sqlite\"} 1",
                "rapport_jobs{queue=\"timed\",state=\"due\"} 1",
                "rapport_jobs{queue=\"timed\",state=\"later\"} 20",
                "rapport_jobs{queue=\"timed\",state=\"claimed\"} 2",
                "rapport_jobs{queue=\"timed\",state=\"dead\"} 3",
                "rapport_jobs_oldest_due_age_seconds{queue=\"timed\"} 90.5",
                "rapport_jobs_lease_expired{queue=\"timed\"} 1",
                "rapport_jobs_lease_expiries_total{queue=\"timed\"} 6",
                "rapport_job_attempts_bucket{le=\"0\"} 21",
                "rapport_job_attempts_bucket{le=\"1\"} 21",
                "rapport_job_attempts_bucket{le=\"2\"} 25",
                "rapport_job_attempts_bucket{le=\"3\"} 25",
                "rapport_job_attempts_bucket{le=\"4\"} 25",
                "rapport_job_attempts_bucket{le=\"5\"} 25",
                "rapport_job_attempts_bucket{le=\"+Inf\"} 26",
                "rapport_job_attempts_sum 17",
                "rapport_job_attempts_count 26",
                "rapport_outbox{channel=\"email\",state=\"pending\"} 4",
                "rapport_outbox{channel=\"email\",state=\"sending\"} 0",
                "rapport_outbox{channel=\"email\",state=\"unknown\"} 1",
                "rapport_outbox{channel=\"email\",state=\"failed\"} 0",
                "rapport_outbox_oldest_pending_age_seconds{channel=\"email\"} 7",
                "rapport_quarantined_mails 2",
                "rapport_mailbox_lag_seconds{mailbox=\"support\"} 61.5",
                "rapport_index_lag_entries 12",
                "rapport_readings{engine=\"linear-1\"} 8",
            ]
        );
        let state = State { made: Some(Timestamp::from_secs(7)), bytes: 9, ..State::default() };
        let text = with_backups(text, &state);
        let last: Vec<&str> = text.lines().filter(|line| line.starts_with("rapport_backup")).collect();
        let expected =
            ["rapport_backup_last_success_seconds 7", "rapport_backup_bytes 9", "rapport_backup_failing 0"];
        assert_eq!(last, expected);
        for line in text.lines().filter(|line| line.starts_with("# TYPE")) {
            assert_eq!(line.split(' ').count(), 4, "{line}");
        }
    }
}
