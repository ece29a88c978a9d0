//! Companies that many people name.

use super::latin::Latin;
use super::names::NAMES;

/// Well-known companies that are recognised in small letters too.
const IN_SMALL_LETTERS: [&str; 14] = [
    "dhl",
    "fedex",
    "siemens",
    "paypal",
    "google",
    "microsoft",
    "amazon",
    "ikea",
    "huawei",
    "alibaba",
    "vodafone",
    "lufthansa",
    "samsung",
    "deloitte",
];

/// Returns the token behind the well-known company whose name starts with token `i`.
pub(super) fn known(latin: &Latin, i: usize) -> Option<usize> {
    let text = latin.text;
    let names = NAMES.companies.get(text.word(i).strip_suffix("'s").unwrap_or(text.word(i)))?;
    let start = text.tokens[i].start;
    if text.touches(i) && i > 0 && matches!(text.word(i - 1), "@" | "." | "/" | "_" | "-" | "#") {
        return None;
    }
    let rest = &text.plain[start..];
    let small = !latin.cap(i) && IN_SMALL_LETTERS.contains(&text.word(i));
    let name = names.iter().find(|name| {
        let fits = rest.starts_with(**name)
            || (small || latin.shouted) && text.lower[start..].starts_with(&name.to_lowercase());
        fits && !rest.get(name.len()..).is_some_and(|rest| rest.starts_with(super::text::is_word_char))
    })?;
    // Kia ora greets in New Zealand.
    if text.word(i + 1) == "ora" {
        return None;
    }
    // Apple and Oracle begin sentences as words.
    let word = latin.begins_sentence(i) && matches!(*name, "Apple" | "Oracle" | "Intel" | "Canon" | "Thales");
    let end = text.token_at(start + name.len());
    let address = text.touches(end) && matches!(text.word(end), "." | "@" | "_") && text.touches(end + 1);
    let product = matches!(*name, "Google" | "Apple" | "Microsoft" | "Amazon")
        && matches!(
            text.word(end),
            "maps"
                | "pay"
                | "drive"
                | "docs"
                | "sheets"
                | "calendar"
                | "meet"
                | "pixel"
                | "watch"
                | "teams"
                | "excel"
                | "word"
                | "outlook"
                | "office"
                | "ads"
                | "analytics"
                | "play"
                | "chrome"
                | "form"
                | "forms"
                | "review"
                | "reviews"
                | "prime"
                | "workspace"
        );
    (!word && !address && !product).then_some(end)
}
