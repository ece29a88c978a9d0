//! What the commands say beside cards: hints, questions for words, and the parts of a "why".

use rapport_model::id::ShortNumber;
use rapport_model::message::Automation;
use rapport_model::people::{Lifecycle, Role};
use rapport_model::reading::Mood;
use rapport_model::record::Kind;

use crate::declare::texts;
use crate::label::StageName;
use crate::slot::{Block, Day, Numbered, Percent, Span, When, Zoned};

texts! {
    TEXTS:

    /// Greets a colleague at the console: who they are, and the time by their clocks.
    fn console_greeting(name: &str, role: Role, now: Zoned);
    /// Says what waits for a colleague.
    fn console_waiting(tickets: usize, tasks: usize, notices: usize);
    /// Says how the console is left and where help is.
    fn console_hint();

    // What was typed.

    /// Says that nothing was typed.
    fn nothing_typed();
    /// Says that the input is too long.
    fn too_long(kilobytes_max: usize);
    /// Says as what a mistyped command was understood.
    fn understood_as(command: &str);
    /// Says that a filter has no such value, and which it has.
    fn unknown_value(value: &str, values: &[&str]);
    /// Says that there is no further page.
    fn no_more();
    /// Says that there is no command of that name; the overview follows.
    fn no_such_command(name: &str);
    /// Says which other words there are for a command.
    fn help_aliases(words: &[&str]);
    /// Says as what a message counts from now on.
    fn corrected(after: &str, before: &str);
    /// Says that a message already counts as that.
    fn correction_same(said: &str);
    /// Says when the engine learns from a correction.
    fn correction_learned();
    /// Refuses a word that names neither intent nor mood.
    fn unknown_label(word: &str, known: &[&str]);
    /// Asks for the words of a note.
    fn ask_note(about: &str);
    /// The house's server found that a mail comes from where it says.
    fn sender_pass();
    /// It found that it does not.
    fn sender_fail();
    /// It found nothing that tells.
    fn sender_none();
    /// Nobody of that address wrote before.
    fn sender_first();
    /// The address's domain looks like one of ours, and is not.
    fn sender_lookalike(domain: &str);
    /// Asks for the words of an answer.
    fn ask_reply(customer: &str);
    /// Heads a form for an answer; short.
    fn form_reply(customer: &str);
    /// Says what to write in it; at most 45 characters, as of the other forms.
    fn form_reply_words();
    /// Heads a form for a note; short.
    fn form_note(about: &str);
    /// Says what to write in it.
    fn form_note_words();
    /// Heads a form for a new ticket; short.
    fn form_ticket(customer: &str);
    /// Says what to write in it.
    fn form_ticket_words();
    /// Heads a form for a call, a meeting or the like; short.
    fn form_log(about: &str);
    /// Says what to write in it.
    fn form_log_words();
    /// Heads a draft: to whom it would go.
    fn draft_to(customer: &str);
    /// Says what becomes of a draft.
    fn draft_hint();
    /// Says who takes part in the conversation and gets no copy of the draft.
    fn draft_alone(names: &str);
    /// Says which colleagues write an answer in the same conversation.
    fn others_writing(names: &str);
    /// Says that there is no conversation to answer in.
    fn reply_nothing(customer: &str);
    /// Says that there is no draft.
    fn draft_none();
    /// Says that there is no invitation to answer.
    fn rsvp_nothing(customer: &str);
    /// Says that the meeting was called off.
    fn rsvp_off(summary: &str);
    /// Says that the meeting is over.
    fn rsvp_over(summary: &str);
    /// Says that an invitation names nobody who wants the answer.
    fn rsvp_nobody(summary: &str);
    /// The subject of an answer to an invitation: one comes.
    fn rsvp_subject_yes(summary: &str);
    /// The subject of an answer to an invitation: one perhaps comes.
    fn rsvp_subject_maybe(summary: &str);
    /// The subject of an answer to an invitation: one does not come.
    fn rsvp_subject_no(summary: &str);
    /// The usual words to a customer: one comes to the meeting.
    fn rsvp_yes(summary: &str);
    /// The usual words to a customer: one perhaps comes.
    fn rsvp_maybe(summary: &str);
    /// The usual words to a customer: one does not come.
    fn rsvp_no(summary: &str);
    /// Refuses a file of the machine: the asker is not there.
    fn attach_elsewhere();
    /// Refuses one file more.
    fn attach_too_many(n: usize);
    /// Refuses a file that is too large; so many megabytes may all have.
    fn attach_too_big(n: usize);
    /// Says why a file cannot be read.
    fn attach_unreadable(path: &str, why: &str);
    /// Heads the files of a mail or customer.
    fn files_heading(n: usize, of: &str);
    /// Says that nothing was sent along.
    fn files_none(of: &str);
    /// Names a file that the chat does not take.
    fn file_too_large(name: &str, size: &str);
    /// Says where a file was written.
    fn file_saved(name: &str, path: &str);
    /// Says that files wait for an answer that they go with.
    fn tray_waits(names: &[&str]);
    /// Button: have the files.
    fn button_files(n: usize);
    /// Button: the files that wait go nowhere.
    fn button_put_away();
    /// Says that the conversation moved on since the draft was written; the new message follows.
    fn draft_moved();
    /// Says that an answer leaves at that time.
    fn reply_leaves(customer: &str, at: Zoned);
    /// Says that a message was held back.
    fn reply_held();
    /// Says that a message left already.
    fn reply_left();
    /// The subject of an answer.
    fn reply_subject(subject: &str);
    /// The end of an answer: who writes, for which house.
    fn reply_signature(name: &str, house: &str);
    /// Heads what is quoted: who wrote it, and when.
    fn reply_quotes(name: &str, at: Zoned);
    /// Asks what is wrong, to open a ticket.
    fn ask_ticket(customer: &str);

    // Records.

    /// Says that a record is of another kind than is wanted.
    fn wrong_kind(record: Numbered, wanted: Kind);
    /// Says that a record was taken away, so that it cannot be changed.
    fn record_gone(record: Numbered);
    /// Under the title of a record that was taken away.
    fn taken_away();
    /// Stands for an owner where there is none.
    fn nobody();
    /// A card's label for what would best be done next.
    fn next_step();
    /// Next: answer the customer, who has waited for so long.
    fn next_answer(waits: Span);
    /// Next: answer the customer because of a ticket.
    fn next_answer_ticket(ticket: ShortNumber, waits: Span);
    /// Next: nothing.
    fn next_nothing();
    /// Heads the open tasks of a card.
    fn card_open_tasks();
    /// Heads the notes of a card.
    fn card_notes();
    /// Heads the people of a company.
    fn card_people();
    /// Heads the ratings on a card.
    fn card_ratings();
    /// One rating in a list, from 1 to 5 stars.
    fn rating_line(at: When, n: u32, comment: Option<&str>);
    /// One note in a list.
    fn note_line(at: When, who: &str, body: &str);
    /// Heads what a customer last wrote.
    fn last_message(subject: &str, at: When);
    /// A card's label for who wrote a message.
    fn party_from();
    /// A card's label for whom a message was written to.
    fn party_to();
    /// A card's label for who got a copy.
    fn party_cc();
    /// Names a file that was too big to be kept, with its size such as `60 MB`.
    fn file_left(name: &str, size: &str);
    /// A card's label for who is invited to a meeting.
    fn card_meeting_people();
    /// The title of a task: a meeting that was proposed, and when.
    fn task_meeting_proposed(summary: &str, time: &str);
    /// The title of a task: a meeting that was called off.
    fn task_meeting_off(summary: &str);
    /// A message tells of a meeting.
    fn meeting_publish(summary: &str);
    /// A message invites to a meeting.
    fn meeting_request(summary: &str);
    /// A message answers an invitation.
    fn meeting_reply(summary: &str);
    /// A message adds to a series of meetings.
    fn meeting_add(summary: &str);
    /// A message calls a meeting off.
    fn meeting_cancel(summary: &str);
    /// A message asks how a meeting stands.
    fn meeting_refresh(summary: &str);
    /// A message proposes another time for a meeting.
    fn meeting_counter(summary: &str);
    /// A message turns down a proposal of another time.
    fn meeting_declinecounter(summary: &str);
    /// When a meeting is; whether it comes again, and whether nobody knows in which zone.
    fn meeting_time(time: &str, repeats: bool, floating: bool);
    /// Where a meeting is.
    fn meeting_place(place: &str);
    /// Somebody invites to a meeting.
    fn attendance_organizer();
    /// Somebody has not answered an invitation.
    fn attendance_needs_action();
    /// Somebody comes to a meeting.
    fn attendance_accepted();
    /// Somebody does not come to a meeting.
    fn attendance_declined();
    /// Somebody perhaps comes to a meeting.
    fn attendance_tentative();
    /// Somebody sends another to a meeting.
    fn attendance_delegated();
    /// Says that a message wants an answer soon.
    fn urgent();
    /// Says that a task is late.
    fn overdue();

    // Search.

    /// One message in the results of a search.
    fn find_mail(subject: &str, whose: &str, at: &str);
    /// Says that a word was taken for another.
    fn find_corrected(typed: &str, found: &str);
    /// Says that nothing has all of the words.
    fn find_relaxed();

    // Timelines.

    /// Says how much happened before what is shown.
    fn timeline_earlier(n: usize);
    /// A message that a machine sent.
    fn timeline_machine(at: When, who: &str, subject: &str, automation: Automation);
    /// A mail that is about to leave.
    fn timeline_planned(at: When, who: &str, subject: &str);
    /// A mail that could not be sent.
    fn timeline_failed(at: When, who: &str, subject: &str);

    // Writes.

    /// Says that a task is due tomorrow because no time was given.
    fn task_no_time();
    /// Button: everybody's tasks.
    fn tasks_of_team();
    /// Button: the deals of all.
    fn deals_of_team();
    /// Names what an act did that read a message anew, or said what it is.
    fn done_read_anew();
    /// Says that a deal was opened.
    fn deal_opened(record: Numbered, customer: &str, stage: StageName<'_>);
    /// Says where a customer stands from now on.
    fn lifecycle_set(customer: &str, before: Option<Lifecycle>, after: Lifecycle);
    /// Tells how a reason is added.
    fn stage_reason_hint(command: &str);
    /// Says that there is nothing on a record to take back.
    fn undo_nothing_on(record: Numbered);
    /// Says that a mail that belonged to what was taken back has left and stays so.
    fn mail_stays_sent(to: &str);

    // Deeds, for "why" and "undo".

    /// Done: something without a number was made.
    fn done_made(kind: Kind, words: &str);
    /// Done: something without a number was removed.
    fn done_unmade(kind: Kind, words: &str);
    /// Done: a record was removed.
    fn done_removed(record: Numbered);
    /// What was done, by whom and when.
    fn done_by(done: &str, who: &str, at: When);
    /// What was done, as a sentence.
    fn sentence(done: &str);
    /// Behind what was taken back later.
    fn taken_back();
    /// Tells how what was done is taken back.
    fn counter(command: &str);

    // Why a message is where it is and reads as it does.

    /// It answers a message that is known.
    fn thread_answers(subject: &str, day: Day);
    /// It names a message of its conversation that is not here.
    fn thread_named();
    /// It began its conversation.
    fn thread_first();
    /// A machine wrote it, by which sign, and what follows from that.
    fn automation_because(automation: Automation, reason: &str);
    /// It was too old to be acted on.
    fn was_history();
    /// It was not read yet.
    fn not_read_yet();
    /// As what it reads, how sure that is, and the words that spoke for it.
    fn reads_line(reads_as: &str, sure: Percent, words: &[String]);
    /// How it sounds, and the words that spoke for it.
    fn mood_line(mood: Mood, words: &[String]);
    /// That it cannot wait, and the words that spoke for it.
    fn urgent_line(words: &[String]);
    /// Heads what was done because of it.
    fn what_followed();

    // Notices at the console.

    /// Heads a notice.
    fn notice_heading(subject: &str);
    /// The words of a notice.
    fn notice_body(body: Block<'_>);

    // Buttons.

    /// Button: show the message that it began with.
    fn button_message();
    /// Button: search for more than the words as typed.
    fn button_wider();
    /// Button: show the timeline.
    fn button_timeline();
    /// Button: open a ticket.
    fn button_ticket();
}
