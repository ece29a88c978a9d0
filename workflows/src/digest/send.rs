//! Digests that are planned: who gets them, by whose clocks, and how they leave.

use chrono_tz::Tz;
use rapport_model::Timestamp;
use rapport_model::event::Event;
use rapport_model::job::Outbound;
use rapport_model::message::ChannelKind;
use rapport_model::people::{Role, User};
use rapport_storage::work::Work;

use super::{Ground, Of, Period};
use crate::preferences::Notice;
use crate::rules::{DigestTo, Does, PlannedRun};
use crate::{WorkflowError, Workflows};

/// Stands between the name of a schedule and the zone by whose clocks a run of it is planned; no name has it.
const BY_CLOCKS: char = '@';

/// Returns the name of a schedule without the clocks of a run of it.
pub(crate) fn schedule_of(run: &str) -> &str {
    run.split(BY_CLOCKS).next().unwrap_or(run)
}

impl Workflows {
    /// Returns by which clocks a schedule runs, each with the name of such runs: by the house's, or by its
    /// own; a digest without a zone besides by those of each of its readers.
    pub(crate) fn clocks_of(&self, schedule: &PlannedRun) -> Vec<(String, Tz)> {
        let (name, house) = (schedule.name.clone(), self.settings.zone);
        let mut clocks = vec![(name.clone(), schedule.zone.unwrap_or(house))];
        if let (Does::Digest(digest), None) = (&schedule.does, schedule.zone) {
            let mut zones: Vec<Tz> = self.readers(&digest.to).map(|user| self.zone_of(Some(user))).collect();
            zones.sort_by_key(|zone| zone.name());
            zones.dedup();
            let others = zones.into_iter().filter(|zone| *zone != house);
            clocks.extend(others.map(|zone| (format!("{name}{BY_CLOCKS}{}", zone.name()), zone)));
        }
        clocks
    }

    fn readers<'a>(&'a self, to: &'a DigestTo) -> impl Iterator<Item = &'a User> {
        self.users.iter().filter(move |user| match to {
            DigestTo::Managers => matches!(user.role, Role::Manager | Role::Owner),
            DigestTo::Reps => user.role == Role::Rep,
            DigestTo::Users(handles) => handles.contains(&user.handle),
        })
    }

    /// Writes a planned run's digests: to each reader by whose clocks it is, in a chat and, if they have an
    /// address, by mail.
    ///
    /// # Errors
    /// The store or the index cannot be read.
    pub(crate) async fn send_digests(
        &self,
        run: &str,
        schedule: &PlannedRun,
        event: &Event,
        planned: Timestamp,
        work: &mut Work,
    ) -> Result<(), WorkflowError> {
        let Does::Digest(planned_digest) = &schedule.does else { return Ok(()) };
        let Some((_, clocks)) = self.clocks_of(schedule).into_iter().find(|(name, _)| name == run) else {
            // Nobody has these clocks any more.
            return Ok(());
        };
        let (preferences, wanted) =
            (self.preferences(), Notice { text: "digest", about: &[], urgent: false });
        for reader in self.readers(&planned_digest.to) {
            let zone = self.zone_of(Some(reader));
            if schedule.zone.is_none() && zone != clocks {
                continue;
            }
            let Some(send_at) = preferences.leaves(&wanted, reader, event.at, self.settings.zone) else {
                continue;
            };
            let period = Period::planned(planned_digest.period, &schedule.schedule, planned, clocks, zone);
            let of = if reader.role == Role::Rep { Of::Own } else { Of::Seen };
            let mut digest = self.digest(period, Some(reader), of).await?;
            let language = self.language_of(Some(reader));
            // Told apart by the time that was planned: whichever process does it, and however often.
            let key = format!("digest/{}/{}/{planned}", schedule.name, reader.id);
            let notice = |key| Outbound {
                cause: Some(event.id),
                ..Outbound::notice(self.store.new_id(), reader.id, "digest", send_at, key)
            };
            self.picture(&mut digest, Ground::White);
            let said = self.prompts().digest(language, &digest);
            work.outbox.push(Outbound {
                subject: said.subject,
                body: said.card,
                html: Some(said.beside).filter(|beside| !beside.is_empty()),
                ..notice(key.clone())
            });
            if reader.address.is_some() {
                self.picture(&mut digest, Ground::Clear);
                let said = self.prompts().digest(language, &digest);
                work.outbox.push(Outbound {
                    channel: ChannelKind::Email,
                    subject: said.subject,
                    body: said.text,
                    html: Some(said.html),
                    ..notice(format!("{key}/mail"))
                });
            }
        }
        Ok(())
    }
}
