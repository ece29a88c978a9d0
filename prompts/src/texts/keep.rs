//! What the commands say that keep the records.

use rapport_model::id::ShortNumber;
use rapport_model::record::Kind;

use crate::declare::texts;
use crate::label::StageName;
use crate::slot::{Block, Day, Numbered, Span, When, Zoned};

texts! {
    TEXTS:

    // New ones.

    /// Says who was made.
    fn new_made(record: Numbered, name: &str);
    /// Says that somebody like that is known; a line for each follows.
    fn new_known(n: usize);
    /// Refuses an address of the house.
    fn new_is_ours(address: &str);
    /// Says which addresses and numbers stay with whom they belong to.
    fn new_taken(values: &str);
    /// Beside a company that was made with its first customer.
    fn new_company();

    // Editing.

    /// Says what can be edited about a record.
    fn edit_which(record: &str, fields: &[&str]);
    /// Refuses a word that names no field, and says which there are.
    fn edit_unknown(field: &str, kind: Kind, fields: &[&str]);
    /// Refuses a value, and gives one that would do.
    fn edit_wrong(field: &str, value: &str, example: &str);
    /// Refuses an address or number that is another's.
    fn edit_taken(value: &str, holder: &str);
    /// Heads what was changed.
    fn edit_done(record: &str);

    // Tags.

    /// Heads the tags after a change.
    fn tagged(record: &str);
    /// Says that there are no tags.
    fn tags_none();
    /// Refuses more or longer tags.
    fn tags_too_many(n_max: usize, chars_max: usize);

    // Handing over.

    /// Asks who gets a record.
    fn ask_assign(record: &str);
    /// Says that the new owner is told.
    fn assign_told(name: &str);
    /// Refuses somebody who only reads.
    fn assign_viewer(name: &str);
    /// Says that there is nobody who could get it.
    fn assign_nobody();

    // Deals.

    /// Heads a list of deals.
    fn deals_heading(n: usize);
    /// Says that there are none.
    fn deals_empty(stage: &str);
    /// One deal.
    fn deal_line(
        number: ShortNumber, title: &'a str, customer: Option<&'a str>, stage: StageName<'a>,
        amount: Option<&'a str>, close: Option<Day>, owner: Option<&'a str>,
    ) -> DealLine;
    /// Heads what the open deals of somebody come to.
    fn pipeline_heading(whose: &str, n: usize);
    /// Whose deals: everybody's.
    fn pipeline_team();
    /// What the deals of a stage come to, and what of that is likely.
    fn pipeline_line(stage: StageName<'_>, n: usize, total: Option<&str>, weighted: Option<&str>);
    /// A card's label for what all deals come to.
    fn pipeline_total();
    /// A card's label for what of that is likely.
    fn pipeline_weighted();
    /// Heads the deals that nobody touched for long.
    fn pipeline_still(n: usize);
    /// One of them.
    fn deal_still(deal: &str, since: Span);

    // Calls and meetings.

    /// Asks what was said.
    fn ask_log(about: &str);
    /// Says what was noted.
    fn logged(about: &str, what: &str, body: Block<'_>);
    /// What was done, how long it took, and how it ended where nobody was reached.
    fn interaction(what: &str, minutes: Option<i64>, outcome: Option<&str>);
    /// A call or meeting in a timeline.
    fn timeline_logged(at: When, who: &str, what: &str, body: Block<'_>);
    /// Says that something is to be done about it.
    fn log_follow_up();

    // Templates.

    /// Heads the templates of the house.
    fn templates_heading(n: usize);
    /// Says that there are none, and where they belong.
    fn templates_empty();
    /// Says that there is no template of that name, and which there are.
    fn template_unknown(name: &str, known: &[&str]);
    /// Refuses a template with an unknown placeholder.
    fn template_placeholder(file: &str, placeholder: &str, known: &[&str]);
    /// Refuses a template that cannot be read as one.
    fn template_wrong(file: &str, line: usize, why: &str);
    /// Says that a template's file cannot be read.
    fn template_unreadable(file: &str, why: &str);

    // Putting off.

    /// Asks until when.
    fn ask_snooze(ticket: &str);
    /// Says until when a ticket is out of sight.
    fn snoozed(ticket: &str, until: Zoned);
    /// Says that a ticket is in sight again.
    fn snooze_over(ticket: &str);
    /// Says how many tickets are out of sight.
    fn tickets_asleep(n: usize);

    // Links.

    /// Says which company a customer is of from now on.
    fn linked(customer: &str, company: &str, before: Option<&str>);

    // Buttons.

    /// Button: put it off to Monday.
    fn button_monday();
    /// Button: the deals one by one.
    fn button_deals();
    /// Button: make a company of that name.
    fn button_new_company();

    /// Button: whoever has the least to do.
    fn button_auto();
    /// Button: make one of two.
    fn button_merge();
}
