#![no_main]

use rapport_fuzz::cost::check_growth;
use rapport_fuzz::properties::{mail, trim};
use rapport_nlp::text;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    trim::check(input);
    check_growth(input, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        (text::trim(&text), text::clean(&text), text::subject_key(&text), text::excerpt(&text, 80));
    });
    check_growth(input, |html| {
        mail::read(&trim::as_html(html));
    });
});
