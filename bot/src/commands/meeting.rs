//! The meeting that a message is about, on its card.

use rapport_model::message::{Attendance, Calendar, CalendarMethod};
use rapport_prompts::format;

use super::card::Card;
use super::desk::Desk;
use super::safe::{plain, quoted};

/// People who are named; of more than these nobody reads on.
const PEOPLE_MAX: usize = 20;

impl Desk<'_> {
    /// Adds to a message's card what its sender wants with a meeting, when and where it is, and who
    /// comes.
    pub(super) fn with_meeting(&self, card: Card, meeting: &Calendar) -> Card {
        let (prompts, language) = (self.prompts(), self.language);
        let lines = [Some(self.what_of(meeting)), self.when_of(meeting), self.where_of(meeting)];
        let lines: Vec<String> = lines.into_iter().flatten().filter(|line| !line.is_empty()).collect();
        card.field(prompts.field(language, "calendar"), lines.join("\n"))
            .field(prompts.card_meeting_people(language), self.who_of(meeting))
    }

    fn what_of(&self, meeting: &Calendar) -> String {
        let (prompts, language, summary) = (self.prompts(), self.language, quoted(&meeting.summary));
        match meeting.method {
            CalendarMethod::Publish => prompts.meeting_publish(language, &summary),
            CalendarMethod::Request => prompts.meeting_request(language, &summary),
            CalendarMethod::Reply => prompts.meeting_reply(language, &summary),
            CalendarMethod::Add => prompts.meeting_add(language, &summary),
            CalendarMethod::Cancel => prompts.meeting_cancel(language, &summary),
            CalendarMethod::Refresh => prompts.meeting_refresh(language, &summary),
            CalendarMethod::Counter => prompts.meeting_counter(language, &summary),
            CalendarMethod::DeclineCounter => prompts.meeting_declinecounter(language, &summary),
        }
    }

    pub(super) fn when_of(&self, meeting: &Calendar) -> Option<String> {
        let time = format::meeting_of(self.language, meeting, self.zone)?;
        let is_floating = meeting.floating && !meeting.all_day;
        Some(self.prompts().meeting_time(self.language, &time, meeting.recurs, is_floating))
    }

    fn where_of(&self, meeting: &Calendar) -> Option<String> {
        let place = quoted(&meeting.location);
        (!place.is_empty()).then(|| self.prompts().meeting_place(self.language, &place))
    }

    fn who_of(&self, meeting: &Calendar) -> String {
        let (prompts, language) = (self.prompts(), self.language);
        let organizer = meeting
            .organizer
            .iter()
            .map(|address| self.beside(&plain(address), &prompts.attendance_organizer(language)));
        let invited = meeting.attendees.iter().filter(|a| Some(&a.address) != meeting.organizer.as_ref());
        let invited = invited.map(|attendee| {
            let comes = match attendee.status {
                Attendance::NeedsAction => prompts.attendance_needs_action(language),
                Attendance::Accepted => prompts.attendance_accepted(language),
                Attendance::Declined => prompts.attendance_declined(language),
                Attendance::Tentative => prompts.attendance_tentative(language),
                Attendance::Delegated => prompts.attendance_delegated(language),
            };
            self.beside(&plain(&attendee.address), &comes)
        });
        let mut people: Vec<String> = organizer.chain(invited).collect();
        if people.len() > PEOPLE_MAX {
            people.truncate(PEOPLE_MAX);
            people.push("…".to_owned());
        }
        people.join("\n")
    }
}
