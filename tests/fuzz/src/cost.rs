//! Whether work grows with its input, and not faster.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// Work this short is noise.
const NOTED: Duration = Duration::from_millis(60);

/// Times as much input may take this many times as long, and half of it again for noise.
const GROWTH: usize = 6;

/// One input in so many is measured, for it takes as long as all the others.
const ONE_IN: u64 = 64;

/// Checks for some inputs that `work` over a part of them said over and over takes a processor time that
/// grows with the length: [`GROWTH`] times the input at most one and a half times [`GROWTH`] the time.
pub fn check_growth(input: &[u8], work: impl Fn(&[u8])) {
    let digest = fnv(input);
    if input.len() < 4 || !digest.is_multiple_of(ONE_IN) {
        return;
    }
    let at = |n: u64| (n % input.len() as u64) as usize;
    let (one, other) = (at(digest >> 8), at(digest >> 32));
    let (from, to) = (one.min(other), one.max(other) + 1);
    let said = |n: usize| [&input[..from], &input[from..to].repeat(n), &input[to..]].concat();
    let n = 1 + 8_192 / (to - from);
    let (short, long) = (said(n), said(n * GROWTH));
    // The fastest of several is least disturbed.
    let cpu = |text: &[u8]| (0..3).map(|_| cpu_time(|| work(text))).min().expect("three times");
    if cpu_time(|| work(&long)) < NOTED {
        return;
    }
    let (few, many) = (cpu(&short), cpu(&long));
    let ratio = many.as_secs_f64() / few.as_secs_f64().max(1e-4);
    assert!(
        many < NOTED || ratio < 1.5 * GROWTH as f64,
        "{} bytes take {few:?}, {} bytes {many:?}: {ratio:.1} times",
        short.len(),
        long.len()
    );
}

fn cpu_time(work: impl FnOnce()) -> Duration {
    let now = || Duration::from(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("a clock"));
    let before = now();
    work();
    now() - before
}

/// FNV-1a: the same input is measured every time, or never.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, b| (hash ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3))
}
