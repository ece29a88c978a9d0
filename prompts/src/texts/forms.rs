//! The forms that visitors fill in, and the mail and page by which somebody says yes to news twice.

use crate::declare::texts;
use crate::slot::Zoned;

texts! {
    TEXTS:

    /// Heads a form that the house gave no other title.
    fn form_title(house: &str);
    /// Says what a form is for.
    fn form_lead();
    /// Stands beside a field for a name.
    fn form_name();
    /// Stands beside a field for an address.
    fn form_email();
    /// Stands beside a field for a number to call.
    fn form_phone();
    /// Stands beside a field for a company.
    fn form_company();
    /// Stands beside a field for what it is about.
    fn form_subject();
    /// Stands beside a field for words.
    fn form_text();
    /// Says that a field must not be filled in: for programs, and for who sees what nobody should.
    fn form_trap();
    /// Says that a field may stay empty.
    fn form_optional();
    /// Stands beside the box by which somebody says yes to news; kept as what they said yes to.
    fn form_news(house: &str);
    /// Says what comes of that box.
    fn form_news_hint();
    /// Button: send the form.
    fn form_button();
    /// Says that some fields are wrong.
    fn form_wrong();
    /// Says that the form must be sent once more, as it is.
    fn form_again();
    /// Says that it was sent too often, and when it can be sent again.
    fn form_busy(seconds: i64);
    /// Says that a field is empty.
    fn form_missing();
    /// Says that an address is none.
    fn form_wrong_email();
    /// Says that a number is none.
    fn form_wrong_phone();
    /// Says that a field must be words.
    fn form_wrong_type();
    /// Says that there are too many words.
    fn form_too_long(n_max: usize);
    /// Heads the page that thanks.
    fn form_sent_title();
    /// Says that it was sent.
    fn form_sent_lead(house: &str);
    /// Says what is to be done to get news.
    fn form_sent_news();

    // Yes to news, a second time.

    /// The subject of the mail that asks whether somebody wants news.
    fn news_ask_subject(house: &str);
    /// That mail.
    fn news_ask_body(house: &str, link: &str, days: i64);
    /// Heads the page that asks it.
    fn news_ask_title();
    /// Says what will happen.
    fn news_ask_lead(house: &str);
    /// Button: yes.
    fn news_ask_button();
    /// Heads the page that says that news will come.
    fn news_said_title();
    /// Says that it will, and how it is stopped.
    fn news_said_lead(house: &str);
    /// Says that such a link was good for some days.
    fn news_late_lead(days: i64);
    /// Keeps by what somebody said yes: the form, its words, and when.
    fn news_kept(form: &str, words: &str, asked: Zoned, confirmed: Zoned);
}
