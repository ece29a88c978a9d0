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
    /// The digest's name: of what one looks after, for a day.
    fn digest_daily_own();
    /// The same for seven days.
    fn digest_weekly_own();
    /// The same for any other period.
    fn digest_other_own();
    /// A button: what it shows, and how many of them.
    fn digest_drill(what: &str, n: i64);
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
    /// How many promised times were missed.
    fn headline_breaches(n: usize);
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
    /// Figure: mails that are unhappy.
    fn figure_unhappy();
    /// Figure: open tickets.
    fn figure_open();
    /// Figure: open tasks.
    fn figure_tasks();
    /// Figure: open deals.
    fn figure_deals();
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
    /// Beside unhappy mails: their share of all.
    fn note_share(share: Percent);
    /// Beside unhappy mails: the mood, and how it was before.
    fn note_mood(mood: &str, compared: &str);
    /// The mood: better than before.
    fn note_better();
    /// The mood: worse than before.
    fn note_worse();
    /// Beside open tasks: how many are overdue.
    fn note_overdue(n: i64);
    /// Beside open tickets: what was opened and closed.
    fn note_tickets(opened: i64, closed: i64);

    // The days, as a picture.

    /// Section: the days.
    fn section_days();
    /// Section: the days of one's own customers.
    fn section_days_own();
    /// What the picture shows, for who does not see it: all days in words.
    fn chart_alt(days: &str);
    /// A day of it.
    fn chart_day(day: Day, mails_in: i64, unhappy: i64, mails_out: i64);
    /// Stands between two days.
    fn chart_stop();
    /// Beside a day's bar of mails in: how many were unhappy, and how many went out.
    fn chart_beside(unhappy: i64, mails_out: i64);
    /// A colour: mails in.
    fn legend_in();
    /// A colour: unhappy ones among them.
    fn legend_unhappy();
    /// A colour: mails out.
    fn legend_out();

    // The sections.

    /// Section: promised times that were missed.
    fn section_breaches();
    /// Section: customers of whom nothing was heard.
    fn section_silent();
    /// Section: what is to be done next.
    fn section_due();
    /// Section: how deals moved.
    fn section_moves();
    /// Section: the commands that give the figures.
    fn section_searches();
    /// What was promised, and by how much it was missed.
    fn breach_late(promised: &str, late_by: Span);
    /// How long nothing was heard.
    fn silent_for(span: Span);
    /// How long usually lies between a customer's mails.
    fn silent_usual(span: Span);
    /// Who looks after a customer.
    fn silent_owner(name: &str);
    /// Deals that were made.
    fn moves_new();
    /// Deals that went to a later stage.
    fn moves_forward();
    /// Deals that went to an earlier stage.
    fn moves_back();
    /// Deals that were won.
    fn moves_won();
    /// Deals that were lost.
    fn moves_lost();

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
    /// Section: mails to many.
    fn section_campaigns();
    /// How many mails of a campaign have left so far, and how many answered.
    fn digest_campaign(sent: i64, replied: i64);
    /// Section: the team.
    fn section_team();
    /// A day and what was unusual then.
    fn anomaly_on(day: Day, sentence: &str);
    /// The words that spoke for a mood.
    fn because_words(words: &[String]);
    /// How long somebody has waited.
    fn waiting_for(span: Span);
    /// Work: tickets opened.
    fn work_opened();
    /// Work: tickets closed.
    fn work_closed();
    /// Work: the ticket that has waited longest.
    fn work_oldest();
    /// Work: follow-ups sent.
    fn work_follow_ups();
    /// A stage of the pipeline: how many deals.
    fn pipeline_deals(n: i64);
    /// What a colleague has to do.
    fn team_load(tickets: i64, tasks: i64, overdue: i64, deals: i64);
    /// What a colleague did.
    fn team_answered(n: i64);
    /// How soon a colleague answered.
    fn team_answer(span: Span);
    /// How many more a list holds than are shown.
    fn and_more(n: usize);
}
