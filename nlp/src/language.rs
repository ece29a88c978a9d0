//! Which language a text is in.

use std::sync::LazyLock;

use whatlang::{Detector, Lang};

/// So many letters are looked at; more would change nothing and cost time.
const LETTERS_MAX: usize = 128;
/// Below so many letters an alphabet's guess is a coin toss.
const LETTERS_SURE: usize = 24;
/// A foreign guess must be so much ahead of the next one, in 0..=1.
const CONFIDENCE_MIN: f64 = 0.3;
/// From this share on, Han characters decide: a Chinese mail is full of Latin product names.
const HAN_SHARE_MIN: f32 = 0.2;

/// So many of [`LANGUAGES`] can go on for a hundred letters without one that is not ASCII.
const N_ASCII_LANGUAGES: usize = 8;

/// Languages that customers of a small house plausibly write, with their ISO 639-1 codes.
const LANGUAGES: &[(Lang, &str)] = &[
    (Lang::Eng, "en"),
    (Lang::Deu, "de"),
    (Lang::Fra, "fr"),
    (Lang::Spa, "es"),
    (Lang::Ita, "it"),
    (Lang::Por, "pt"),
    (Lang::Nld, "nl"),
    (Lang::Ind, "id"),
    (Lang::Pol, "pl"),
    (Lang::Swe, "sv"),
    (Lang::Dan, "da"),
    (Lang::Nob, "nb"),
    (Lang::Fin, "fi"),
    (Lang::Ces, "cs"),
    (Lang::Hun, "hu"),
    (Lang::Ron, "ro"),
    (Lang::Tur, "tr"),
    (Lang::Vie, "vi"),
    (Lang::Rus, "ru"),
    (Lang::Ukr, "uk"),
    (Lang::Ell, "el"),
    (Lang::Ara, "ar"),
    (Lang::Heb, "he"),
    (Lang::Hin, "hi"),
    (Lang::Tha, "th"),
];

/// Tells whether [`detect`] names Chinese, at a part of its cost.
pub fn is_chinese(text: &str) -> bool {
    Sample::of(text).script() == Some("zh")
}

/// Returns the ISO 639-1 code of the language of `text`, `und` for a text without letters.
///
/// Looks at the first hundred letters or so. A short or doubtful text in the Latin alphabet is
/// taken for English: that is what most of them are, and reading English costs least.
pub fn detect(text: &str) -> &'static str {
    let sample = Sample::of(text);
    if sample.n_letters == 0 {
        return "und";
    }
    sample.script().unwrap_or_else(|| by_alphabet(&text[..sample.end], &sample))
}

fn by_alphabet(text: &str, sample: &Sample) -> &'static str {
    let latin = sample.n_ascii * 2 > sample.n_letters;
    // Most mails end here, at a tenth of the detector's cost.
    if latin && is_plain_english(text) {
        return "en";
    }
    static ALL: LazyLock<Detector> = LazyLock::new(|| detector(LANGUAGES.len()));
    static ASCII: LazyLock<Detector> = LazyLock::new(|| detector(N_ASCII_LANGUAGES));
    let guess = if text.is_ascii() { ASCII.detect(text) } else { ALL.detect(text) };
    let code = guess.and_then(|info| {
        LANGUAGES.iter().find(|(lang, _)| *lang == info.lang()).map(|found| (info, found.1))
    });
    match code {
        None if latin => "en",
        None => "und",
        // A foreign guess must be certain, and for a short text very certain.
        Some((info, code)) if latin && code != "en" => {
            let least = if sample.n_letters < LETTERS_SURE { 0.9 } else { CONFIDENCE_MIN };
            if info.confidence() >= least { code } else { "en" }
        }
        Some((_, code)) => code,
    }
}

/// Makes a detector of the first `n` languages; its cost is in proportion.
fn detector(n: usize) -> Detector {
    Detector::with_allowlist(LANGUAGES[..n].iter().map(|(lang, _)| *lang).collect())
}

/// Tells whether two or more in ten words are English function words.
fn is_plain_english(text: &str) -> bool {
    const FUNCTION_WORDS: &[&str] = &[
        "the", "and", "is", "are", "to", "of", "my", "your", "you", "please", "for", "we", "it", "with",
        "have", "this", "that", "our", "i", "can", "not", "be", "was", "i'm", "how", "what", "where",
        "thanks", "hi", "hello",
    ];
    let (mut n, mut n_english) = (0, 0);
    for word in text.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()) {
        n += 1;
        n_english += usize::from(FUNCTION_WORDS.iter().any(|english| english.eq_ignore_ascii_case(word)));
    }
    n_english * 5 >= n && n_english > 0
}

/// Counts of the letters at the head of a text.
#[derive(Default)]
struct Sample {
    /// Where the sample ends, in bytes.
    end: usize,
    n_letters: usize,
    n_ascii: usize,
    n_han: usize,
    n_kana: usize,
    n_hangul: usize,
}

impl Sample {
    fn of(text: &str) -> Self {
        let mut sample = Self::default();
        // A text of a million spaces is not walked to its end.
        for (at, c) in text.char_indices().take(LETTERS_MAX * 4) {
            if sample.n_letters == LETTERS_MAX {
                break;
            }
            sample.end = at + c.len_utf8();
            if !c.is_alphabetic() {
                continue;
            }
            sample.n_letters += 1;
            match c {
                'a'..='z' | 'A'..='Z' => sample.n_ascii += 1,
                '\u{3040}'..='\u{30ff}' => sample.n_kana += 1,
                '\u{ac00}'..='\u{d7a3}' | '\u{1100}'..='\u{11ff}' => sample.n_hangul += 1,
                '\u{3400}'..='\u{4dbf}'
                | '\u{4e00}'..='\u{9fff}'
                | '\u{f900}'..='\u{faff}'
                | '\u{20000}'..='\u{2fa1f}' => {
                    sample.n_han += 1;
                }
                _ => {}
            }
        }
        sample
    }

    /// Returns the language that its script tells alone.
    fn script(&self) -> Option<&'static str> {
        let has = |count: usize, share: f32| count > 0 && count as f32 >= share * self.n_letters as f32;
        if has(self.n_hangul, HAN_SHARE_MIN) {
            return Some("ko");
        }
        if has(self.n_kana, HAN_SHARE_MIN / 2.0) {
            return Some("ja");
        }
        has(self.n_han, HAN_SHARE_MIN).then_some("zh")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyday_mails_are_told_apart() {
        for (text, code) in [
            ("Where is my order 4711? It should have been here on Monday.", "en"),
            ("Refund please", "en"),
            ("ok", "en"),
            ("Invoice", "en"),
            ("你好，我的订单什么时候到？", "zh"),
            ("請問可以退貨嗎", "zh"),
            ("请问AquaPro 500 Enterprise的API怎么接", "zh"),
            ("注文した商品がまだ届いていません。", "ja"),
            ("주문한 상품이 아직 도착하지 않았습니다.", "ko"),
            (
                "Guten Tag, ich möchte gerne wissen, wann meine Bestellung geliefert wird. Vielen Dank für Ihre Hilfe.",
                "de",
            ),
            (
                "Bonjour, je voudrais savoir quand ma commande sera livrée. Merci beaucoup pour votre réponse.",
                "fr",
            ),
            ("Hola, me gustaría saber cuándo llegará mi pedido. Muchas gracias por su ayuda.", "es"),
            ("Добрый день, когда придёт мой заказ? Спасибо за помощь.", "ru"),
        ] {
            assert_eq!(detect(text), code, "{text}");
            assert_eq!(is_chinese(text), code == "zh", "{text}");
        }
    }

    #[test]
    fn a_text_without_letters_has_no_language() {
        for text in ["", "   \n", "12345", "👍👍", "?!…", &" ".repeat(1_000_000)] {
            assert_eq!(detect(text), "und");
            assert!(!is_chinese(text));
        }
    }
}
