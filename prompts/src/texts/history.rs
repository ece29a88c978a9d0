//! What was done to a record and how it was before, two records made one, and many acts taken back.

use rapport_model::id::ShortNumber;
use rapport_model::record::Kind;

use crate::declare::texts;
use crate::slot::{Numbered, When, Zoned};

texts! {
    TEXTS:

    // What was done to a record.

    /// Heads what was done to a record.
    fn history_heading(number: ShortNumber, name: &str);
    /// What one act did: when, who, what.
    fn history_line(at: When, who: &str, what: &str);
    /// Behind what took something else back.
    fn history_undo();
    /// The record was made, with these values.
    fn history_made(values: &str);
    /// The record was taken away.
    fn history_removed();
    /// The record came back.
    fn history_restored();
    /// The record's words were destroyed.
    fn history_erased();
    /// Something changed, and what it was has been destroyed since.
    fn history_unreadable();
    /// A field that had a value and has another.
    fn difference(field: &str, before: &str, after: &str);
    /// A field that had no value.
    fn difference_set(field: &str, after: &str);
    /// A field that has no value any more.
    fn difference_cleared(field: &str, before: &str);
    /// Who did it: somebody who is no colleague any more.
    fn by_former();
    /// Something that was done, in a timeline.
    fn timeline_did(at: When, what: &str, who: &str);

    // Who looked at a customer.

    /// Heads who looked at a customer.
    fn seen_heading();
    /// Somebody looked: when last, who, at what, which way.
    fn seen_line(at: When, who: &str, what: &str, way: &str);
    /// What was looked at, and how often within the hour.
    fn seen_what(what: &str, n: usize);
    /// A list of so many was looked at.
    fn seen_list(n: usize);
    /// Who looked: a program, by a token of a colleague.
    fn seen_token(who: &str, token: usize);
    /// Who looked: whoever runs the service.
    fn seen_operator();
    /// Nobody looked.
    fn seen_none();

    // A record as it was.

    /// Under the title of a record that is shown as it was.
    fn as_of(at: Zoned);
    /// Says that a record was not there yet.
    fn as_of_not_yet(record: Numbered, at: When, since: When);
    /// Says that a time has not come yet.
    fn as_of_future(at: When);
    /// Says how much was done to a record since.
    fn as_of_since(n: usize);

    // Merging and splitting.

    /// Done: a record became part of another.
    fn done_merged(merged: &str, kept: &str);
    /// Done: it is a record of its own again.
    fn done_split(merged: &str, kept: &str);
    /// Says who looks after a customer from now on: the asker.
    fn claimed(customer: &str);
    /// Says that somebody else looks after a customer.
    fn claimed_before(customer: &str, owner: &str);
    /// Says who became a customer.
    fn met(customer: &str);
    /// Says that somebody is a customer already, or not there.
    fn meet_known();
    /// Says which conversation another one became part of.
    fn joined(subject: &str);
    /// Refuses to join: they are one.
    fn join_same();
    /// Refuses to join: one of them is gone.
    fn join_gone();
    /// Refuses to join: they are of two customers.
    fn join_customers();
    /// Refuses to join: too many messages.
    fn join_too_long();
    /// Heads the conversation that a mail may be part of.
    fn perhaps_part();
    /// Heads the people whom a mail brings in.
    fn new_people();
    /// Says that a record became part of another.
    fn merge_done(merged: &str, kept: &str);
    /// A card's label for what went along.
    fn merge_brought();
    /// So many records of a kind.
    fn n_of_kind(n: usize, kind: Kind);
    /// Tells what becomes of the number, and how the record is taken off again.
    fn merge_hint(number: ShortNumber, command: &str);
    /// Under the title of a record whose part was asked for.
    fn merged_here(merged: &str);
    /// Refuses: it is one record.
    fn merge_same(record: Numbered);
    /// Refuses: they are of two kinds.
    fn merge_kinds(one: Numbered, other: Numbered);
    /// Refuses: it is part of another record already.
    fn merge_before(record: Numbered, kept: &str);
    /// Refuses: it was erased.
    fn merge_erased(record: Numbered);
    /// Says that a record is one of its own again.
    fn split_done(merged: &str, kept: &str);
    /// A card's label for what went back.
    fn split_back();
    /// Says what did not go back.
    fn split_stays();
    /// Refuses: it is part of nothing.
    fn split_none(record: Numbered);
    /// Asks which of its parts is meant.
    fn split_parts();

    // Taking back.

    /// Says how many acts can be taken back at once.
    fn undo_range(n_max: usize);
    /// Heads what was taken back.
    fn undo_times(n: usize);
    /// Says that there is nothing further to take back.
    fn undo_no_more();
    /// Refuses to take a merge back, and tells what can be done.
    fn undo_merge(what: &str, command: &str);

    // Buttons.

    /// Button: take the last thing back that was done to the record.
    fn button_undo_last();
    /// Button: what was done to the record.
    fn button_history();
    /// Button: the record as it is.
    fn button_now();
    /// Button: take a merged record off.
    fn button_split();
    /// Button: merge them again.
    fn button_merge_again();
}
