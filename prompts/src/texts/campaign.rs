//! What is said of campaigns: mails to many.

use rapport_model::campaign::{CampaignState, LeftOut};
use rapport_model::id::ShortNumber;

use crate::declare::texts;
use crate::slot::{Percent, When};

texts! {
    TEXTS:

    /// Heads the campaigns.
    fn campaigns_heading(n: usize);
    /// Says that there are none.
    fn campaigns_empty();
    /// One campaign: how many of its recipients were written to.
    fn campaign_line(number: ShortNumber, name: &'a str, state: CampaignState, written: i64, recipients: i64) -> CampaignLine;
    /// Tells how a campaign is made, and which texts there are for it.
    fn campaigns_hint(texts: &[&str]);
    /// Says that there is no such campaign.
    fn campaign_unknown(name: &str);
    /// Says that a number or a name of a campaign is missing.
    fn campaign_which();
    /// Refuses a name that another campaign has.
    fn campaign_name_taken(name: &str, number: ShortNumber);
    /// Refuses a text that campaigns cannot send, and says which they can.
    fn campaign_text_unknown(name: &str, known: &[&str]);
    /// Refuses two texts that are the same.
    fn campaign_same_texts(name: &str);
    /// Refuses a word that says nothing of customers, and says which do.
    fn segment_word(word: &str, known: &[&str]);
    /// Refuses a colleague whom nobody knows.
    fn segment_owner(name: &str);
    /// Refuses to write to nobody in particular.
    fn segment_nobody(known: &[&str]);
    /// Refuses too many words.
    fn segment_too_long();
    /// Refuses hours in which the house is never open.
    fn campaign_never_open(hours: &str);
    /// Refuses an option that is none.
    fn campaign_option(word: &str);
    /// Says that a campaign is drafted.
    fn campaign_made(campaign: &str);
    /// A campaign with where it stands.
    fn campaign_title(campaign: &str, state: CampaignState);
    /// A card's label for whom it is for.
    fn campaign_to();
    /// A card's label for what is sent.
    fn campaign_text();
    /// A text with its share of the recipients.
    fn campaign_text_share(name: &str, share: Percent);
    /// A card's label for how fast it goes.
    fn campaign_pace();
    /// How many mails leave, and in which hours besides the house's.
    fn campaign_pace_value(per_hour: i64, per_day: i64, hours: Option<&str>);
    /// A card's label for how many get it.
    fn campaign_recipients();
    /// How many of a segment get it.
    fn campaign_reach(recipients: usize, segment: usize);
    /// How many were written to, and when the next are.
    fn campaign_progress(written: i64, recipients: i64, next: Option<When>);
    /// Heads who does not get it.
    fn campaign_left_out();
    /// How many do not get it, and why.
    fn campaign_left_out_line(n: i64, why: LeftOut);
    /// Heads a mail as it would read.
    fn campaign_mail(customer: &str, text: Option<&str>);
    /// Says that what is shown was not sent.
    fn campaign_preview_note();
    /// Says that a text of the house's own is wrong.
    fn campaign_text_wrong(why: &str);
    /// Says that nobody would get it.
    fn campaign_nobody(campaign: &str);
    /// Says that no pages are served, so that nobody could unsubscribe.
    fn campaign_no_pages();
    /// Asks whether many are to be written to.
    fn campaign_sure(campaign: &str, recipients: usize);
    /// Asks whether one that was stopped goes on.
    fn campaign_go_on_sure(campaign: &str, waiting: i64);
    /// Says that it runs from now on; when the first mails leave, if that is later.
    fn campaign_started(campaign: &str, first: Option<When>);
    /// Says that it runs already.
    fn campaign_is_running(campaign: &str);
    /// Says that all were written to already.
    fn campaign_is_done(campaign: &str);
    /// Says that it was stopped, and how far it had come.
    fn campaign_stopped(campaign: &str, written: i64, waiting: i64);
    /// Says that there is nothing to stop.
    fn campaign_not_running(campaign: &str, state: CampaignState);
    /// Says that a draft was taken away.
    fn campaign_discarded(campaign: &str);
    /// Refuses to take away one that wrote to somebody.
    fn campaign_keeps(campaign: &str);
    /// Button: begin.
    fn button_start_campaign();
    /// Button: go on.
    fn button_go_on();
    /// Button: write to nobody any more.
    fn button_stop_campaign();
    /// Button: what came of it.
    fn button_results();
    /// Button: be told of it.
    fn button_preview();

    // What came of it.

    /// Heads what came of a campaign.
    fn results_heading(campaign: &str);
    /// Says that nobody was written to yet.
    fn results_none(campaign: &str);
    /// Heads what came of one of two texts.
    fn results_text(variant: &str, name: &str);
    /// How many there were.
    fn results_line(what: &str, n: i64, share: Option<Percent>);
    /// Label: who was to get it.
    fn results_recipients();
    /// Label: who waits for it.
    fn results_waiting();
    /// Label: who did not get it after all.
    fn results_left_out();
    /// Label: what left.
    fn results_sent();
    /// Label: what was not sent back.
    fn results_delivered();
    /// Label: what came back.
    fn results_bounced();
    /// Label: what no server took.
    fn results_failed();
    /// Label: who answered.
    fn results_replied();
    /// Label: who wants no more of it.
    fn results_unsubscribed();
    /// Label: who reported it as spam.
    fn results_complained();
    /// Label: with whom a deal was won.
    fn results_won();
    /// Says that too few answered to compare two texts.
    fn results_too_few();
    /// Says that the difference may be chance.
    fn results_chance(p: &str);
    /// Says which text is answered more often, and that it is more than chance.
    fn results_differs(better: &str, p: &str);
    /// Says what is counted, and how many can come back still.
    fn results_note(days: i64, n_open: i64);

    // What people allow.

    /// Says that somebody was never asked.
    fn consent_never_asked();
    /// Asks by what somebody said yes.
    fn ask_grant(customer: &str);
    /// Says that it is noted that somebody said yes to news, and by what.
    fn consent_granted(customer: &str, how: &str);
    /// Says that it was noted before.
    fn consent_is_granted(customer: &str);
    /// Says that who refused can only change that by themselves.
    fn consent_is_refused(customer: &str);
}
