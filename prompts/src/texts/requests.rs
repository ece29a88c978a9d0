//! What is said of what people ask about what is held of them.

use rapport_model::ShortNumber;
use rapport_model::privacy::RequestState;

use crate::declare::texts;
use crate::slot::When;

texts! {
    TEXTS:

    /// Heads the requests that nobody answered.
    fn requests_heading(n: usize);
    /// Says that there are none.
    fn requests_none();
    /// Heads the requests that came with a ticket.
    fn requests_label();
    /// A request in a list.
    fn request_line(number: ShortNumber, customer: &'a str, rights: &'a str, state: RequestState, left: &'a str) -> RequestLine;
    /// Heads one request.
    fn request_title(number: ShortNumber, customer: &str);
    /// How many days are left, or since how many it is overdue.
    fn request_left(days: i64);
    /// Says that nobody knows whether it is they who ask, so that nothing is done, and what can be.
    fn request_unproven(number: ShortNumber);
    /// Says that a request was answered before.
    fn request_answered_before(number: ShortNumber, state: RequestState);
    /// Says that it is proven already.
    fn request_proven_before(number: ShortNumber);
    /// Says that no pages are served to which a link could lead.
    fn request_no_pages();
    /// Says that whoever asked is not there any more.
    fn request_nobody(number: ShortNumber);
    /// Says that the link was mailed.
    fn request_link_sent(customer: &str);
    /// Says that a request is answered.
    fn request_done(number: ShortNumber);
    /// Says what of a request was not done yet.
    fn request_waits(number: ShortNumber, rights: &str);
    /// Says that a request was refused.
    fn request_refused(number: ShortNumber);
    /// Says until when a request is to be answered now.
    fn request_extended(number: ShortNumber, due: When);
    /// Says that there is no more time to be had.
    fn request_extended_before(number: ShortNumber);
    /// Says that the customer has to be told.
    fn request_tell_them();
    /// Asks why a request is refused.
    fn ask_refusal(number: ShortNumber);
    /// Asks why more time is needed.
    fn ask_extension(number: ShortNumber);
    /// Button: write all that is held of whoever asked into files.
    fn button_export_them();
    /// Button: erase whoever asked.
    fn button_erase_them();
    /// Button: restrict processing.
    fn button_restrict();
    /// Button: note that it was done.
    fn button_answered();
    /// Button: mail the link.
    fn button_send_link();
    /// Button: refuse.
    fn button_refuse();
    /// Button: take more time.
    fn button_extend();
    /// Heads the page with all that is held of a person.
    fn held_title(name: &str);
    /// Says by whom, and as of when.
    fn held_lead(house: &str, at: When);
    /// Says what the person may ask for.
    fn held_rights();
    /// Label: from where.
    fn held_source();
    /// Label: which way a mail went.
    fn held_way();
    /// Label: how likely they fall silent.
    fn held_silence();
    /// Says that nothing is held for a purpose.
    fn held_none();
    /// Says which files all that is known of a customer is in.
    fn privacy_exported(customer: &str, json: &str, page: &str);
    /// Subject of the mail with the link.
    fn request_mail_subject(house: &str);
    /// The mail with the link.
    fn request_mail_body(customer: &str, house: &str, rights: &str, link: &str);
    /// Heads the page that the link opens.
    fn page_proof_title();
    /// Says what was asked for.
    fn page_proof_lead(house: &str, rights: &[String]);
    /// Says what to do for whoever did not ask.
    fn page_proof_not_you();
    /// Button: it was I.
    fn page_proof_button();
    /// Heads the page that says that it is noted.
    fn page_proven_title();
    /// Says what happens now.
    fn page_proven_lead(house: &str);
}
