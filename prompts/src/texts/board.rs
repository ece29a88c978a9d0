//! The pages that colleagues see in their browsers, and by what they come there.

use rapport_model::people::Role;

use crate::declare::texts;
use crate::label::StageName;
use crate::slot::{Span, When};

texts! {
    TEXTS:

    // By what one comes there.

    /// Says that there are no pages for colleagues.
    fn visit_nowhere();
    /// Heads a link to the pages.
    fn visit_title();
    /// Says how often and how long a link is good.
    fn visit_once();
    /// The subject of a mail with a link.
    fn visit_subject(house: &str);
    /// A message with a link that was asked for at the pages.
    fn visit_mail(name: &str, link: &str);
    /// Heads the page where a link is asked for.
    fn board_login_title();
    /// Says how one comes in.
    fn board_login_lead();
    /// Asks who one is.
    fn board_login_who();
    /// Button: send a link.
    fn board_login_button();
    /// Says, whoever was asked for, that a link may come.
    fn board_login_sent();
    /// Says that one is out.
    fn board_logged_out();
    /// Heads the page that a link leads to.
    fn board_open_title();
    /// Says whose link it is.
    fn board_open_lead(name: &str);
    /// Button: come in.
    fn board_open_button();
    /// Heads the page for a link that cannot be opened.
    fn board_spent_title();
    /// Says what to do.
    fn board_spent_lead();
    /// Heads the page for what is not there.
    fn board_wrong_title();
    /// Says why there may be nothing.
    fn board_wrong_lead();
    /// Heads the page for what one may not.
    fn board_refused_title();
    /// Says who may.
    fn board_refused_lead(role: Role);
    /// Heads the page for what another place sent.
    fn board_foreign_title();
    /// Says what to do.
    fn board_foreign_lead();
    /// Heads the page for our own faults.
    fn board_failed_title();
    /// Says what to do.
    fn board_failed_lead();

    // What all pages have.

    /// Leads past the places to the page itself.
    fn board_skip();
    /// Names the list of places.
    fn board_places();
    /// Button: go out.
    fn board_logout();
    /// Names a place.
    fn board_overview();
    /// Names a place.
    fn board_pipeline();
    /// Names a place.
    fn board_inbox();
    /// Names a place.
    fn board_service();
    /// Names a place.
    fn board_digests();
    /// Names a place.
    fn board_operation();
    /// Names a place.
    fn board_audit();
    /// Leads to what was before.
    fn board_earlier();
    /// Leads back to the newest.
    fn board_newest();
    /// A column of customers.
    fn board_customer();
    /// A column of colleagues who look after something.
    fn board_owner();
    /// A column of times.
    fn board_since();
    /// A column of states.
    fn board_state();
    /// A column of what something is.
    fn board_what();
    /// Stands where nobody looks after something.
    fn board_nobody();

    // Today.

    /// Greets before noon.
    fn board_morning(name: &str);
    /// Greets in the afternoon.
    fn board_day(name: &str);
    /// Greets in the evening.
    fn board_evening(name: &str);
    /// Says how much there is to look at.
    fn board_overview_lead(n: usize, at: When);
    /// Says for how long the first one waits.
    fn board_longest(span: Span);
    /// Heads what needs somebody today.
    fn board_needs();
    /// Says that nothing does.
    fn board_needs_none();
    /// Says how many more there are than are listed.
    fn board_needs_note(n: usize);
    /// Marks a service level that was missed.
    fn board_is_late();
    /// Marks one that soon is.
    fn board_is_soon();
    /// Marks a task that is overdue.
    fn board_is_overdue();
    /// Marks a customer.
    fn board_is_unhappy();
    /// Marks a customer.
    fn board_is_waiting();
    /// Heads the figures of the last seven days.
    fn board_week();
    /// Heads the bars of mood.
    fn board_mood();
    /// Says what a bar is.
    fn board_mood_note();
    /// Says what a bar shows.
    fn board_mood_said(week: &str, n: i64, bad: i64);
    /// What a bar is of.
    fn board_mood_all();
    /// What its lower part is of.
    fn board_mood_part();
    /// Heads the bars of volume.
    fn board_volume();

    // The pipeline.

    /// Says how many deals are open.
    fn board_pipeline_lead(n: usize);
    /// Heads the stages.
    fn board_stages();
    /// A column of stages.
    fn board_stage();
    /// A column of numbers of deals.
    fn board_n_deals();
    /// A column of sums.
    fn board_sum();
    /// A column of sums by how likely they are.
    fn board_expected();
    /// Names the row of what all come to.
    fn board_total();
    /// Heads a list of deals.
    fn board_deals();
    /// Heads the deals of a stage.
    fn board_deals_of(stage: StageName<'_>);
    /// A column of deals.
    fn board_deal();
    /// A column of days when deals may be won.
    fn board_close();
    /// Says that there is no deal.
    fn board_no_deals();
    /// Says how many deals are not shown.
    fn board_more_deals(n: usize);
    /// Leads to deals of all stages.
    fn board_all_stages();

    // The inbox.

    /// Says how many wait, and how many tickets are open.
    fn board_inbox_lead(waiting: usize, tickets: usize);
    /// Heads who waits.
    fn board_waiting();
    /// Says that nobody waits.
    fn board_waiting_none();
    /// A column of subjects.
    fn board_subject();
    /// A column of moods.
    fn board_mood_of();
    /// Heads open tickets.
    fn board_tickets();
    /// Says that there are none.
    fn board_tickets_none();
    /// A column of tickets.
    fn board_ticket();
    /// A column of deadlines.
    fn board_due();
    /// Says by how much it is late.
    fn board_late_by(span: Span);
    /// Says how much time is left.
    fn board_left(span: Span);
    /// Says that the clock stands.
    fn board_stands();
    /// Says how many are not shown.
    fn board_more(n: usize);

    // Service.

    /// Says of which time it tells.
    fn board_service_lead(period: &str);
    /// A figure: the share of what was promised that was kept.
    fn board_kept();
    /// Says of how many.
    fn board_kept_of(kept: usize, due: usize);
    /// A figure.
    fn board_first_answer();
    /// A figure.
    fn board_settled();
    /// Says within how long nine tenths are.
    fn board_late_figure(span: Span);
    /// A figure.
    fn board_reopened();
    /// Heads the figures of colleagues.
    fn board_by_colleague();
    /// A column of colleagues.
    fn board_colleague();
    /// A column of how many targets were kept.
    fn board_targets();
    /// A column of how many tickets were settled.
    fn board_closed();
    /// Says that there is nothing to count.
    fn board_nobody_did();
    /// Heads what was missed.
    fn board_missed();
    /// Says that nothing was.
    fn board_missed_none();
    /// A column of what was promised.
    fn board_goal();
    /// A column of how late it was.
    fn board_late();
    /// Leads to the last so many days.
    fn board_days(n: usize);

    // Digests.

    /// Says what is here.
    fn board_digests_lead();
    /// Heads digests that are made now.
    fn board_digest_now();
    /// Leads to a digest of the last day.
    fn board_digest_day();
    /// Leads to a digest of seven days.
    fn board_digest_week();
    /// Leads to a digest of 30 days.
    fn board_digest_month();
    /// Heads the digests that were sent.
    fn board_digest_sent();
    /// Says that none was.
    fn board_digest_none();
    /// A column of digests.
    fn board_digest();
    /// A column of times.
    fn board_sent();

    // Operation.

    /// Says what is here.
    fn board_operation_lead();
    /// A figure: jobs to be done now.
    fn board_jobs_due();
    /// A figure: jobs that wait for their time.
    fn board_jobs_later();
    /// A figure: jobs that were given up.
    fn board_jobs_dead();
    /// A figure: when the last backup was made.
    fn board_backup();
    /// Says that there is none.
    fn board_backup_never();
    /// Says what is wrong with backups.
    fn board_backup_trouble(since: When, why: &str);
    /// Says what a look through one found.
    fn board_backup_faults(n: usize);
    /// Says how long ago something was.
    fn board_ago(span: Span);
    /// Heads what was given up.
    fn board_dead();
    /// Says what to do.
    fn board_dead_note();
    /// Says that nothing was.
    fn board_dead_none();
    /// Heads what waits.
    fn board_jobs();
    /// Says that nothing waits.
    fn board_jobs_none();
    /// Heads what has not left.
    fn board_outbox();
    /// Says what to do.
    fn board_outbox_note();
    /// Says that everything left.
    fn board_outbox_none();
    /// A column of what went wrong.
    fn board_trouble();

    // The audit.

    /// Says what is here.
    fn board_audit_lead();
    /// Asks for a colleague.
    fn board_actor();
    /// Chooses everybody.
    fn board_anybody();
    /// Asks for the first day.
    fn board_from();
    /// Asks for the last day.
    fn board_to();
    /// Button: look.
    fn board_look();
    /// Heads what was done.
    fn board_acts();
    /// Says that nothing was.
    fn board_acts_none();
    /// A column of times.
    fn board_when();
    /// A column of who did something.
    fn board_who();
    /// Heads who came to these pages.
    fn board_visits();
    /// Says that nobody did.
    fn board_visits_none();
    /// A column of what a link was asked for by.
    fn board_visit_by();
    /// A link from a chat.
    fn board_via_chat();
    /// A link from the form.
    fn board_via_form();
    /// A link by whoever runs the service.
    fn board_via_operator();
    /// A link that was not opened.
    fn board_visit_unused();
    /// Somebody is in.
    fn board_visit_open();
    /// Somebody was in.
    fn board_visit_over();
    /// Somebody went out.
    fn board_visit_ended();

    /// Asks for a customer by their number.
    fn board_of();
    /// Heads who looked at whom.
    fn board_reads();
    /// Says how that is counted.
    fn board_reads_note();
    /// Says that nobody did.
    fn board_reads_none();
    /// A column of the way that somebody looked.
    fn board_way();

    // A record.

    /// Heads what happened with a customer.
    fn board_timeline();
    /// Says that nothing did.
    fn board_timeline_none();
}
