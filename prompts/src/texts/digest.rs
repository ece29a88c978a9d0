//! The words of the digest; its layout is in `locales/layout/`.

use crate::declare::texts;
use crate::slot::{Day, Percent, Span};

texts! {
    TEXTS:

    /// The digest's name: for a day.
    fn digest_daily();
    /// The digest's name: for seven days.
    fn digest_weekly();
    /// The digest's name: for any other period.
    fn digest_other();
    /// The subject of the mail.
    fn digest_subject(house: &str, title: &str, period: &str);
    /// All there is to say when there is nothing to say.
    fn digest_quiet(house: &str, period: &str);
    /// Closes the mail: for whom and from whom.
    fn digest_footer(recipient: &str, house: &str);

    // The headline: how much, compared, and what wants attention.

    /// How many mails came in.
    fn headline_mails(n: i64);
    /// Compared: as many as before.
    fn headline_same();
    /// Compared: more than before.
    fn headline_more(share: Percent);
    /// Compared: fewer than before.
    fn headline_fewer(share: Percent);
    /// Joins the two.
    fn headline_compared(mails: &str, compared: &str);
    /// Nothing wants attention.
    fn headline_calm();
    /// How many figures were unusual.
    fn headline_anomalies(n: usize);
    /// How many customers are unhappy.
    fn headline_unhappy(n: usize);
    /// How many customers wait for an answer.
    fn headline_waiting(n: usize);
    /// How many tasks are overdue.
    fn headline_overdue(n: i64);
    /// What wants attention, from the parts above.
    fn headline_attention(parts: &[&str]);

    // The figures.

    /// Figure: mails that came in.
    fn figure_in();
    /// Figure: mails that went out.
    fn figure_out();
    /// Figure: new customers.
    fn figure_new();
    /// Figure: median time to the first answer.
    fn figure_answer();
    /// Figure: mood.
    fn figure_mood();
    /// Figure: open tickets.
    fn figure_open();
    /// A figure that is not known.
    fn figure_none();
    /// Beside a figure: as before.
    fn note_same();
    /// Beside a figure: more than before.
    fn note_more(n: i64);
    /// Beside a figure: fewer than before.
    fn note_fewer(n: i64);
    /// Beside mails in: how many were automatic.
    fn note_automated(n: i64);
    /// Beside the answer time: what it was before.
    fn note_before(span: Span);
    /// Beside mood: the share of unhappy mails.
    fn note_negative(share: Percent);
    /// Beside mood: better than before.
    fn note_better();
    /// Beside mood: worse than before.
    fn note_worse();
    /// Beside open tickets: what was opened and closed.
    fn note_tickets(opened: i64, closed: i64);

    // The sections.

    /// Section: unusual figures.
    fn section_anomalies();
    /// Section: unhappy customers.
    fn section_unhappy();
    /// Section: customers who wait for an answer.
    fn section_waiting();
    /// Section: what people wrote about.
    fn section_intents();
    /// Section: work.
    fn section_work();
    /// Section: pipeline.
    fn section_pipeline();
    /// Section: praise.
    fn section_praise();
    /// Section: the team.
    fn section_team();
    /// An unusual number of mails.
    fn anomaly_volume(day: Day, today: u32, usual: i64);
    /// An unusual number of unhappy mails.
    fn anomaly_negative(day: Day, today: u32, usual: i64);
    /// An unusual figure that has no sentence of its own.
    fn anomaly_other(day: Day, figure: &str, today: u32, usual: i64);
    /// The words that spoke for a mood.
    fn because_words(words: &[String]);
    /// How long somebody has waited.
    fn waiting_for(span: Span);
    /// Work: tickets opened and closed.
    fn work_tickets();
    /// Opened and closed.
    fn work_tickets_value(opened: i64, closed: i64);
    /// Work: the ticket that has waited longest.
    fn work_oldest();
    /// Work: tasks due.
    fn work_due();
    /// Due, and overdue.
    fn work_due_value(due: i64, overdue: i64);
    /// Work: follow-ups sent.
    fn work_follow_ups();
    /// A stage of the pipeline: how many deals.
    fn pipeline_deals(n: i64);
    /// What a colleague has to do and did.
    fn team_load(tickets: i64, tasks: i64, answered: i64);
    /// How many more a list holds than are shown.
    fn and_more(n: usize);
}
