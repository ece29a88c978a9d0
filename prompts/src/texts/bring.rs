//! A table that a colleague drops into the chat: what it is, what would be written, and what came of it.

use crate::declare::texts;

texts! {
    TEXTS:

    /// Says that no table waits, and how one comes.
    fn bring_none();
    /// Says that only who sees all customers may bring a table in.
    fn bring_whole_house();
    /// Says that a file is no table.
    fn bring_unreadable(name: &str);
    /// Says that a table has no rows.
    fn bring_empty(name: &str);
    /// Says that a table is too large.
    fn bring_too_large(name: &str);
    /// Asks what the rows of a table are.
    fn bring_ask(name: &str, n: usize);
    /// What rows are.
    fn bring_customers();
    /// What rows are.
    fn bring_companies();
    /// What rows are.
    fn bring_deals();
    /// What rows are.
    fn bring_products();
    /// What rows are.
    fn bring_orders();
    /// What rows are.
    fn bring_notes();
    /// Heads what would be written.
    fn bring_preview(name: &str, n: usize, sort: &str);
    /// Label: how many are new.
    fn bring_new();
    /// Label: how many are changed.
    fn bring_changed();
    /// Label: how many are so already.
    fn bring_same();
    /// Label: how many are there twice.
    fn bring_twice();
    /// Label: how many cannot be taken.
    fn bring_refused();
    /// Heads how the columns are read.
    fn bring_columns();
    /// Says that a column is left out.
    fn bring_left_out();
    /// Says something of a row.
    fn bring_line(line: i64, what: &str);
    /// Button: look what would be written.
    fn button_bring();
    /// Button: write it.
    fn button_bring_sure(n: usize);
    /// Says that it is written.
    fn bring_done(name: &str, new: usize, changed: usize);
    /// Says that nothing follows from it, and how it is taken back.
    fn bring_follows();
    /// Says that there was nothing to write.
    fn bring_nothing(name: &str);
    /// Says that what was refused is in a file.
    fn bring_refusals(n: usize);
    /// Says where that file is.
    fn bring_refusals_at(path: &str);
    /// Heads the column of that file for the rows.
    fn bring_head_line();
    /// Heads the column of that file for the reasons.
    fn bring_head_why();
    /// Says that it was taken back.
    fn bring_undone(n: usize);
    /// Says that it was not taken back.
    fn bring_not_undone();

    // Why a row cannot be taken.

    /// It cannot be read.
    fn bring_why_unreadable();
    /// It has more cells than the header.
    fn bring_why_cells(found: usize, columns: usize);
    /// Nothing says who it is.
    fn bring_why_nameless();
    /// A field is empty.
    fn bring_why_missing(field: &str);
    /// A value is none.
    fn bring_why_value(field: &str, found: &str);
    /// The address is ours.
    fn bring_why_ours();
    /// There is no such colleague, stage or customer.
    fn bring_why_unknown(field: &str, found: &str);
    /// Several have the name.
    fn bring_why_several_named(name: &str);
    /// Its addresses belong to several.
    fn bring_why_several_known(n: usize);
    /// The address of another row, and another name.
    fn bring_why_other_name(line: i64);
    /// It contradicts another row.
    fn bring_why_contradicts(line: i64);
}
