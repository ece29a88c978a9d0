//! Answers to what a colleague asks for: done, refused, not found, which one.

use rapport_model::id::ShortNumber;
use rapport_model::people::{Priority, Role, TicketStatus};

use crate::declare::texts;
use crate::label::StageName;
use crate::slot::{Block, Numbered, Span, When, Zoned};

texts! {
    TEXTS:

    /// Greets a colleague who opens the console.
    fn welcome(house: &str, name: &str);
    /// Takes leave of a colleague who closes the console.
    fn goodbye();

    // Finding the record that is meant.

    /// Says that a search found nothing.
    fn not_found(query: &str);
    /// Says that no record has that number.
    fn no_such_record(number: ShortNumber);
    /// Asks which of several records is meant; the choices follow.
    fn which_one(query: &str, n: usize);
    /// One choice of several: its place in the list, the record, what tells it from the others.
    fn choice(place: usize, name: &str, aside: &str);
    /// Asks for the record that a command is about, with an example number.
    fn which_record(command: &str, example: ShortNumber);
    /// Offers the name or word that comes nearest.
    fn did_you_mean(guess: &str);

    // A command that cannot be followed.

    /// Says that a command was not understood, with the two likeliest.
    fn unknown_command(input: &str, first: &str, second: &str);
    /// Says that no user is called so, and who exists.
    fn unknown_user(name: &str, users: &[&str]);
    /// Says that the pipeline has no such stage, and which it has.
    fn unknown_stage(name: &str, stages: &[&str]);
    /// Says that a time was not understood.
    fn unknown_time(words: &str);
    /// A day was named that no calendar has.
    fn no_such_day(day: &str);
    /// Says that a time is past.
    fn time_is_past(at: Zoned);
    /// Says how a command is written, because something is missing.
    fn missing_words(usage: &str);
    /// Says that a role may not do that, and who may.
    fn refused(what: &str, role: Role);
    /// Says that something failed: what, and what to do. Nothing was changed.
    fn failed(what: &str, advice: &str);
    /// Says that somebody changed the record since the button was shown.
    fn stale(record: Numbered, who: &str, ago: Span);

    // What leaves the house or cannot be undone.

    /// Asks to confirm what is about to happen.
    fn confirm(what: &str);
    /// Says that a confirmation was declined.
    fn cancelled();
    /// Says that a confirmation came too late.
    fn expired();

    // Undo.

    /// Tells how the last write is taken back.
    fn undo_hint();
    /// Says that a write was taken back; the changes follow.
    fn undo_done(what: &str);
    /// Says that there is nothing to take back.
    fn undo_nothing();
    /// Refuses: something later rests on it.
    fn undo_depends(what: &str, later: &str);
    /// Refuses: it has left the house.
    fn undo_left(what: &str, to: &str);
    /// Refuses: the data was erased.
    fn undo_erased(what: &str);
    /// Refuses: it was taken back before.
    fn undo_twice(what: &str);

    // Writes.

    /// Says that everything already is as asked.
    fn unchanged(record: Numbered);
    /// One field before and after.
    fn field_changed(field: &str, before: &str, after: &str);
    /// One field that had no value before.
    fn field_set(field: &str, after: &str);
    /// One field that has no value any more.
    fn field_cleared(field: &str, before: &str);
    /// Says that a note was stored.
    fn note_stored(customer: &str, body: Block<'_>);
    /// Says that a task was made, and for which time exactly.
    fn task_created(
        number: ShortNumber, title: &'a str, due: Zoned, owner: &'a str, customer: Option<&'a str>,
    ) -> TaskCreated;
    /// Says that a task is done.
    fn task_done(number: ShortNumber, title: &str);
    /// Says that a task was put off.
    fn task_moved(number: ShortNumber, title: &str, due: Zoned);
    /// Says that a ticket was opened.
    fn ticket_opened(
        number: ShortNumber, title: &'a str, customer: &'a str, priority: Priority, why: Option<&'a str>,
    ) -> TicketOpened;
    /// Says that a ticket was closed, and after how long.
    fn ticket_closed(number: ShortNumber, title: &str, open_for: Span);
    /// Says that a ticket was opened again.
    fn ticket_reopened(number: ShortNumber, title: &str);
    /// Says that a ticket already is in that state.
    fn ticket_already(number: ShortNumber, status: TicketStatus);
    /// Says that a ticket's priority was changed.
    fn ticket_priority(number: ShortNumber, before: Priority, after: Priority);
    /// Says that a record was given to a colleague.
    fn assigned(record: Numbered, to: &str, before: Option<&str>);
    /// Says that a deal moved to another stage.
    fn stage_moved(
        number: ShortNumber, title: &'a str, before: StageName<'a>, after: StageName<'a>,
    ) -> StageMoved;

    // Files taken in from the command line.

    /// Sums up what was taken in.
    fn ingested(n_new: usize, n_known: usize, n_set_aside: usize);
    /// Says where the mail that could not be read is kept.
    fn set_aside(n: usize);

    // Buttons; at most 20 letters, so that they fit on a telephone.

    /// Button: take the last write back.
    fn button_undo();
    /// Drafts an answer.
    fn button_reply();
    /// Sends a draft.
    fn button_send();
    /// Sends a draft although the conversation has moved on.
    fn button_send_anyway();
    /// Writes a draft anew.
    fn button_edit();
    /// Gives everybody in the conversation a copy of the draft.
    fn button_answer_all();
    /// Gives nobody a copy of the draft.
    fn button_answer_one();
    /// Forgets a draft.
    fn button_discard();
    /// Looks after a customer.
    fn button_claim();
    /// Heads a customer's mail in a chat: who wrote, and about what.
    fn mail_card(name: &str, subject: &str);
    /// Says who looks after a customer.
    fn mail_owner(name: &str);
    /// Says who answered a customer, and when; nobody's name where it is not known.
    fn mail_answered(who: &str, at: When);
    /// A button: what can be asked.
    fn button_help();
    /// A button: look for it.
    fn button_search();
    /// A button: do it although something has changed.
    fn button_all_the_same();
    /// Says that a button is too old, or none of ours.
    fn button_gone();
    /// Says that a button is for somebody else.
    fn button_of_other();
    /// Says that others have changed a record since the button was shown; what they did follows.
    fn button_stale(record: ShortNumber, name: &str);
    /// Says, once, that nothing is to be had for somebody whom nobody knows.
    fn chat_stranger();
    /// Greets a colleague whose account was just bound.
    fn chat_bound(name: &str, role: Role);
    /// Says what can be done in a chat.
    fn chat_hint();
    /// Says that a code is wrong, used or too old.
    fn chat_code_wrong();
    /// What the command does that binds an account by a code, in one line.
    fn chat_link_purpose();
    /// What the code of that command is, in one line.
    fn chat_link_code();
    /// Says that a voice message or the like cannot be read.
    fn chat_unreadable();
    /// Asks what to do with words that were passed on.
    fn chat_forwarded();
    /// Heads a mail in a team's chat, which says nothing of who wrote it; the number is its ticket's or
    /// customer's.
    fn team_card(mailbox: &str, number: &str);
    /// Says in a group that the answer came in private.
    fn chat_answered_privately();
    /// Says that what was asked for was done before the service was started again.
    fn chat_done_before();
    /// Says that something was not done because the service failed.
    fn chat_failed();
    /// A button: one comes to the meeting.
    fn button_accept();
    /// A button: one perhaps comes.
    fn button_maybe();
    /// A button: one does not come.
    fn button_decline();
    /// Puts two conversations together.
    fn button_join();
    /// Makes a customer of the author's company of somebody; the first name.
    fn button_colleague(name: &str);
    /// Makes a customer of no company of somebody; the first name.
    fn button_customer(name: &str);
    /// Holds a message back that is about to leave.
    fn button_hold();
    /// Button: tell why the service did that.
    fn button_why();
    /// Button: show the record.
    fn button_show();
    /// Button: the task is done.
    fn button_done();
    /// Button: an hour later.
    fn button_later();
    /// Button: tomorrow morning.
    fn button_tomorrow();
    /// Button: write a note.
    fn button_note();
    /// Button: make a task.
    fn button_task();
    /// Button: close the ticket.
    fn button_close();
    /// Button: open the ticket again.
    fn button_reopen();
    /// Button: take the ticket.
    fn button_take();
    /// Button: the next page.
    fn button_more();
    /// Button: go ahead.
    fn button_yes();
    /// Button: do not.
    fn button_no();
}
