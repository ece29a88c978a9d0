#![no_main]

use rapport_fuzz::properties::thread;

libfuzzer_sys::fuzz_target!(|input: &[u8]| thread::check(input));
