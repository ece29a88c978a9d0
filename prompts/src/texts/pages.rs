//! The pages that customers see, and the line of a mail that leads to them.

use crate::declare::texts;

texts! {
    TEXTS:

    /// Ends a mailing: how it is stopped.
    fn mail_unsubscribe(link: &str);
    /// Ends a mail to many: why it came, and how such mail is stopped.
    fn mail_unsubscribe_news(link: &str);

    // No more mail.

    /// Heads the page that asks whether somebody wants no more automatic mail.
    fn page_unsubscribe_title();
    /// Says what will happen.
    fn page_unsubscribe_lead(house: &str);
    /// Says what stays as it is.
    fn page_unsubscribe_stays();
    /// Button: no more mail.
    fn page_unsubscribe_button();
    /// Leads to the page where each sort of mail is chosen.
    fn page_to_preferences();
    /// Heads the page that says that no more mail will come.
    fn page_unsubscribed_title();
    /// Says that no more mail will come.
    fn page_unsubscribed_lead(house: &str);
    /// Button: mail again.
    fn page_subscribe_button();
    /// Heads the page that says that mail will come again.
    fn page_subscribed_title();
    /// Says that mail will come again.
    fn page_subscribed_lead(house: &str);

    // Which mail.

    /// Heads the page where each sort of mail is chosen.
    fn page_preferences_title();
    /// Says what is chosen there.
    fn page_preferences_lead(house: &str);
    /// Says that the choice is kept.
    fn page_preferences_saved();
    /// Mail that tells that a mail arrived.
    fn page_answer();
    /// What that is.
    fn page_answer_hint();
    /// Mail that asks again.
    fn page_follow_up();
    /// What that is.
    fn page_follow_up_hint();
    /// Mail that asks how we did.
    fn page_survey();
    /// What that is.
    fn page_survey_hint();
    /// Mail that tells of what is new.
    fn page_news();
    /// What that is.
    fn page_news_hint();
    /// Heads the choice of languages.
    fn page_language();
    /// Button: keep the choice.
    fn page_save_button();

    // What they think of us.

    /// Heads the page where we are rated.
    fn page_rating_title();
    /// Says what is rated: what a colleague did, or the house.
    fn page_rating_lead(owner: Option<&str>, house: &str);
    /// Heads the stars.
    fn page_rating_score();
    /// How good so many stars are, from 1 to 5.
    fn page_rating_stars(n: u32);
    /// Heads the words.
    fn page_rating_comment();
    /// Says that words are welcome and not asked for, and how many at most.
    fn page_rating_comment_hint(n_max: usize);
    /// Says that the stars are missing.
    fn page_rating_missing();
    /// Button: send the rating.
    fn page_rating_button();
    /// Heads the page that thanks.
    fn page_rated_title();
    /// Thanks, and says how many stars there were.
    fn page_rated_lead(n: u32);
    /// Leads back to the rating.
    fn page_rated_change();

    // What is not to be.

    /// Heads the page for a link that is none of ours.
    fn page_wrong_title();
    /// Says what to do.
    fn page_wrong_lead();
    /// Heads the page for a link that was good for some time.
    fn page_expired_title();
    /// Says what to do.
    fn page_expired_lead(days: i64);
    /// Heads the page for somebody who asks too often.
    fn page_busy_title();
    /// Says what to do.
    fn page_busy_lead();
    /// Heads the page for what was sent and cannot be taken.
    fn page_refused_title();
    /// Says what to do.
    fn page_refused_lead();
    /// Heads the page for when we failed.
    fn page_failed_title();
    /// Says what to do.
    fn page_failed_lead();
}
