//! What a writer asks for of what the law lets them, about what is held of them: to have it, to have it
//! erased, corrected, restricted.
//!
//! A request counts where a deed and what it is done to stand together in one sentence: "delete my
//! data", 删除我的个人信息. What is done to an order, an item or a list of recipients is none of it. Who
//! misses a request misses a time limit of the law, and who takes an order for one puts it before a
//! manager in vain; so words that are doubtful are left to the intent of the whole mail.

mod chinese;
mod english;
#[cfg(test)]
mod tests;

use rapport_model::privacy::{DataRight, PrivacyLaw};

use super::clauses::sentences;

/// Returns what the writer of `text` asks for, in the order of [`DataRight::ALL`], each once.
pub fn rights(text: &str) -> Vec<DataRight> {
    let lower = text.to_lowercase();
    let names_law = ["gdpr", "dsgvo", "rgpd", "data protection", "ccpa", "cpra"];
    let names_law = names_law.iter().any(|name| lower.contains(name));
    let mut found = Vec::new();
    for sentence in sentences(text) {
        let is_chinese = sentence.text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        found.extend(match is_chinese {
            true => chinese::rights(sentence.text),
            false => english::rights(sentence.text, names_law),
        });
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Returns the law that `text` names.
pub fn law(text: &str) -> Option<PrivacyLaw> {
    let lower = text.to_lowercase();
    let names = |names: &[&str]| names.iter().any(|name| lower.contains(name));
    let california = &[
        "ccpa",
        "cpra",
        "california consumer privacy",
        "california privacy rights",
        "california resident",
        "resident of california",
        "加州消费者隐私",
        "加州居民",
        "加利福尼亚州居民",
    ];
    let europe =
        &["gdpr", "dsgvo", "rgpd", "general data protection", "通用数据保护条例", "一般数据保护条例"];
    match (names(california), names(europe)) {
        (true, _) => Some(PrivacyLaw::Ccpa),
        (false, true) => Some(PrivacyLaw::Gdpr),
        (false, false) => None,
    }
}
