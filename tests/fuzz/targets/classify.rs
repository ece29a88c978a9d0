#![no_main]

use rapport_fuzz::cost::check_growth;
use rapport_fuzz::properties::{classify, mail};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    classify::check(input);
    check_growth(input, |raw| {
        mail::read(raw);
    });
});
