//! What is said of how things stand: the essence of a customer, what is best done next, figures.

use rapport_model::money::Money;
use rapport_model::people::Priority;

use crate::declare::texts;
use crate::slot::{Percent, Span, When};

texts! {
    TEXTS:

    /// Names a message by its subject and when it came.
    fn summary_mail(subject: &str, at: When);
    /// Says that there are no messages to tell the essence of.
    fn summary_nothing(of: &str);
    /// A summary's label for who wants what.
    fn summary_wants();
    /// Who wants what, in their own words.
    fn summary_wanted(name: &str, reads_as: &str, words: &str);
    /// A summary's label for what was promised.
    fn summary_promise();
    /// Who promised what, by when.
    fn summary_promised(who: &str, words: &str, due: &str);
    /// A summary's label for who waits for whom.
    fn summary_waits();
    /// A customer waits for the house.
    fn summary_they_wait(name: &str, span: Span);
    /// The house waits for a customer.
    fn summary_we_wait(name: &str, span: Span);
    /// Next: a customer wants an answer.
    fn next_do_answer(customer: &str);
    /// Next: a ticket that waits for the house.
    fn next_do_ticket(ticket: &str);
    /// Next: a deal about which nobody wrote.
    fn next_do_deal(deal: &str);
    /// Why that is next: for so long a customer has waited.
    fn next_why_waits(span: Span);
    /// Why that is next: how they feel.
    fn next_why_mood(mood: &str);
    /// Why that is next: a ticket is open.
    fn next_why_ticket(span: Span, priority: Priority);
    /// Why that is next: a task is late.
    fn next_why_late(due: When, span: Span);
    /// Why that is next: a task is due soon.
    fn next_why_due(due: When);
    /// Why that is next: nobody wrote about a deal.
    fn next_why_deal(span: Span, stage: &str);
    /// What may be offered: what goes with what the customer has.
    fn next_offer(products: &[String]);
    /// Says how much else waits.
    fn next_more(n: usize);
    /// Says that all that waits was offered.
    fn next_no_more(n: usize);
    /// Says that nothing waits for the asker, and how many tickets nobody looks after.
    fn next_all_done(n: usize);
    /// Button: what is to be done after that.
    fn button_next();
    /// Button: begin again.
    fn button_again();
    /// Button: tickets that nobody looks after.
    fn button_unassigned();
    /// Heads a report.
    fn report_heading(period: &str);
    /// Says that a word names neither figure nor period.
    fn report_unknown(words: &str, usage: &str);
    /// Says that a period has no figures, because it is to come or too long.
    fn report_no_period(words: &str);
    /// Says that no colleague has figures in the period.
    fn report_nobody();
    /// Says of which period what stands in brackets is.
    fn report_in_brackets(period: &str);
    /// A report's line: mails that came in.
    fn report_mails_in();
    /// A report's line: mails that went out.
    fn report_mails_out();
    /// A report's line: the median time to the first answer.
    fn report_first_answer();
    /// A report's line: tickets that were opened.
    fn report_opened();
    /// A report's line: tickets that were closed.
    fn report_closed();
    /// A report's line: deals that were won.
    fn report_won();
    /// A report's line: deals that were lost.
    fn report_lost();
    /// A report's line: the share of deals that were won.
    fn report_win_rate();
    /// Heads the customers of each segment.
    fn segments_heading();
    /// How many customers are of a segment, and which share of all that is.
    fn segments_value(n: usize, share: &str);
    /// From how many customers, and when, it was learnt where segments begin.
    fn segments_learnt(at: When, n: usize);
    /// There are too few customers for segments.
    fn segments_too_few(needed: usize);
    /// A card's label: how likely a customer is to fall silent.
    fn churn_label();
    /// Why a customer may fall silent: a figure, beside what is usual.
    fn churn_reason(what: &str, value: &str, usual: &str);
    /// Heads who may fall silent.
    fn churn_heading();
    /// How good the model is: how many fell silent among the tenth it warned of most, beside all.
    fn churn_learnt(at: When, lift: &str, share: &str);
    /// There is too little history to tell who may fall silent.
    fn churn_too_little(needed: usize, each: usize);
    /// Nobody is likely to fall silent.
    fn churn_nobody();
    /// Heading: what mails of a period are about.
    fn topics_heading(period: &str);
    /// There are too few mails to tell; so many are needed.
    fn topics_too_few(needed: usize);
    /// How it was found.
    fn topics_footer();
    /// Heading: what goes together.
    fn needs_heading();
    /// It is told to those who see all customers.
    fn needs_not_seen();
    /// It is not known yet: so many customers are needed.
    fn needs_too_few(needed: usize);
    /// Nothing goes together beyond chance.
    fn needs_nothing();
    /// Who is one thing is another, too.
    fn needs_rule(when: &'a str, then: &'a str, share: Percent, n: usize, lift: &'a str) -> NeedsRule;
    /// With what low ratings come.
    fn needs_cause(of: &'a str, share: Percent, low: Percent, high: Percent, n: usize, usual: Percent) -> NeedsCause;
    /// When and from how many it was learnt.
    fn needs_learnt(at: When, n: usize);
    /// Something about customers: they wrote about it.
    fn needs_wants(intent: &str);
    /// They bought it.
    fn needs_bought(product: &str);
    /// A deal was won.
    fn needs_won();
    /// A deal was lost.
    fn needs_lost();
    /// They rated low.
    fn needs_rated_low();
    /// They rated high.
    fn needs_rated_high();
    /// Heading: what is to be expected.
    fn forecast_heading();
    /// Column: mails.
    fn forecast_mails();
    /// Column: between how many.
    fn forecast_range();
    /// Too little is known of days.
    fn forecast_too_little();
    /// What open deals will come to.
    fn forecast_deals();
    /// The sum, between what it lies, and of how many deals.
    fn forecast_deals_value(expected: &Money, low: &Money, high: &Money, n: usize);
    /// How it was found.
    fn forecast_footer();
    /// A deal's chance to be won.
    fn leads_label();
    /// Heading: which deals are likely won.
    fn leads_heading();
    /// It is not known yet: so many deals that ended are needed, so many of each sort.
    fn leads_too_little(needed: usize, each: usize);
    /// No deal is open.
    fn leads_none();
    /// When it was learnt, and how good it is.
    fn leads_learnt(at: When, lift: &str, share: &str);
    /// Heading: customers who are unlike others.
    fn unusual_heading();
    /// Nobody is, or it is not known yet: so many customers are needed.
    fn unusual_nobody(needed: usize);
    /// How it was found.
    fn unusual_footer();
    /// Customers are in segments soon, from the next nightly look on.
    fn segments_soon();
}
