//! `rsvp`: a customer's invitation is answered, in words and as calendar programs read it.

use rapport_model::job::Outbound;
use rapport_model::message::{Attendance, Calendar, CalendarMethod, Direction};
use rapport_model::{Address, Kind, Mailbox, Record, RecordRef};
use rapport_storage::drafts::File;
use rapport_storage::messages::Loaded;

use super::card::Card;
use super::command::{Command, Of};
use super::desk::{Desk, Done};
use super::message::message_meant;
use super::safe::{plain, quoted};
use super::session::{Draft, Session};
use crate::channel::email::calendar::answer;

/// Messages of a customer among which what became of a meeting is looked for.
const MESSAGES_MAX: u32 = 100;

impl Desk<'_> {
    /// Drafts the answer to an invitation.
    pub(super) async fn rsvp(
        &self,
        session: &mut Session,
        command: &Command,
        of: &Of,
        attendance: Attendance,
        text: &str,
    ) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let (customer, _) = self.conversation(session, command, of).await?;
        let messages = self.store().messages_of(customer.record.id, MESSAGES_MAX).await?;
        let Some((invitation, meeting)) = newest_state(&messages, message_meant(session, of)) else {
            let name = self.titled(&customer).await?;
            return Ok(vec![Card::new(prompts.rsvp_nothing(language, &name))]);
        };
        let summary = quoted(&meeting.summary);
        if meeting.method == CalendarMethod::Cancel {
            return Ok(vec![Card::new(prompts.rsvp_off(language, &summary))]);
        }
        if !meeting.recurs && meeting.start.is_some_and(|start| start <= self.now) {
            return Ok(vec![Card::new(prompts.rsvp_over(language, &summary))]);
        }
        let (mut message, words) =
            self.answer_in_words(&customer, invitation, &summary, attendance, text).await?;
        let envelope = self.app.address(&message).await?;
        let (to, own) = match &envelope {
            Ok(envelope) => (envelope.to.as_str(), self.app.channels.mail.address_of(envelope)),
            Err(_) => ("", ""),
        };
        let invited = self.invited(meeting).unwrap_or(own);
        let ics = answer::answer(meeting, invited, &self.user.name, attendance, self.now);
        let Some(ics) = ics.filter(|_| !invited.is_empty()) else {
            return Ok(vec![Card::new(prompts.rsvp_nobody(language, &summary))]);
        };
        // Whoever invites counts the answers, even where somebody else sent the invitation.
        let organizer = meeting.organizer.as_deref().filter(|organizer| *organizer != to);
        if let Some(Ok(address)) = organizer.map(Address::email) {
            message.cc.push(Mailbox { name: String::new(), address });
        }
        let about = RecordRef::new(Kind::Message, invitation.id);
        let calendar = File { name: "reply.ics".into(), mime: answer::MIME.into(), bytes: ics.into_bytes() };
        let draft = Draft {
            others: message.cc.clone(),
            message,
            about,
            again: Command::Rsvp { of: Of::Exact(about), attendance, text: String::new() },
            words,
            files: Vec::new(),
            calendar: Some(calendar),
            by_machine: None,
        };
        self.take_up(session, draft).await
    }

    /// Writes the answer as a mail; returns it, and the words in it.
    async fn answer_in_words(
        &self,
        customer: &Record,
        invitation: &Loaded,
        summary: &str,
        attendance: Attendance,
        text: &str,
    ) -> Done<(Outbound, String)> {
        let prompts = self.prompts();
        let language = self.app.workflows.language_with(customer);
        let (subject, usual) = match attendance {
            Attendance::Declined => {
                (prompts.rsvp_subject_no(language, summary), prompts.rsvp_no(language, summary))
            }
            Attendance::Accepted => {
                (prompts.rsvp_subject_yes(language, summary), prompts.rsvp_yes(language, summary))
            }
            _ => (prompts.rsvp_subject_maybe(language, summary), prompts.rsvp_maybe(language, summary)),
        };
        let words = if text.is_empty() { usual } else { plain(text) };
        let newest = self.store().messages_in(invitation.thread, 1).await?;
        let message = Outbound {
            answers: newest.first().map(|m| m.id),
            subject,
            body: self.signed(customer, &words),
            ..self.outgoing("rsvp", customer, Some(invitation.thread))
        };
        Ok((message, words))
    }

    /// Returns the address under which the colleague is invited, or else the house.
    fn invited<'m>(&self, meeting: &'m Calendar) -> Option<&'m str> {
        let house = &self.app.workflows.settings().house;
        let own = self.user.address.as_ref().map(Address::as_str);
        let all = || meeting.attendees.iter().map(|attendee| attendee.address.as_str());
        let of_house = |address: &&str| Address::email(address).is_ok_and(|address| house.owns(&address));
        all().find(|address| Some(*address) == own).or_else(|| all().find(of_house))
    }
}

/// Returns the newest mail about the meeting that one message is about, or about the last that a
/// customer invited to; `messages` are the customer's, newest first.
fn newest_state(messages: &[Loaded], meant: Option<rapport_model::Id>) -> Option<(&Loaded, &Calendar)> {
    use CalendarMethod::{Cancel, Request};
    let came_in = messages.iter().filter(|message| message.direction == Direction::In);
    let all: Vec<(&Loaded, &Calendar)> = came_in
        .filter_map(|message| Some((message, message.calendar.as_ref()?)))
        .filter(|(_, meeting)| matches!(meeting.method, Request | Cancel))
        .collect();
    let is_meant = |message: &Loaded, meeting: &Calendar| match meant {
        Some(id) => message.id == id,
        None => meeting.method == Request,
    };
    let (_, meant) = all.iter().find(|(message, meeting)| is_meant(message, meeting))?;
    let same = all.iter().filter(|(_, m)| (&m.uid, m.occurrence) == (&meant.uid, meant.occurrence));
    // Of two of the same state the one that came later.
    same.rev().max_by_key(|(_, meeting)| meeting.sequence).copied()
}
