//! Whether one part of a text is clearly good and another clearly bad.

use crate::linear::Linear;

/// Words between a good part and a bad one.
const CONTRASTS: [&str; 14] = [
    "but",
    "however",
    "although",
    "though",
    "unfortunately",
    "yet",
    "except",
    "sadly",
    "whereas",
    "nevertheless",
    "still",
    "only",
    "despite",
    "shame",
];
const CONTRASTS_ZH: [&str; 14] = [
    "就是", "但是", "但", "不过", "可是", "可惜", "然而", "只是", "虽然", "雖然", "不過", "唯一", "除了",
    "遗憾",
];
/// A shorter text has no room for two moods, in bytes.
const BYTES_MIN: usize = 16;
/// Parts that are read at most.
const PARTS_MAX: usize = 8;
/// How likely the mood of a part must be.
const SURE_P_MIN: f32 = 0.55;

/// Tells whether one clause of `text` is clearly negative and another clearly positive. Texts
/// without a word of contrast are not read a second time.
pub(crate) fn is_mixed(engine: &mut Linear, text: &str) -> bool {
    if text.len() < BYTES_MIN {
        return false;
    }
    let parts = parts(text);
    if parts.len() < 2 {
        return false;
    }
    let (mut good, mut bad) = (false, false);
    for part in parts.iter().take(PARTS_MAX) {
        let [negative, _, positive] = engine.scores(part).moods;
        good |= positive >= SURE_P_MIN;
        bad |= negative >= SURE_P_MIN;
    }
    good && bad
}

/// Cuts a text with a word of contrast at its sentence ends and before such words; nothing when
/// it has none.
fn parts(text: &str) -> Vec<&str> {
    let mut cuts = vec![0];
    let mut contrast = false;
    let mut word_start = None;
    for (at, c) in text.char_indices() {
        if c.is_ascii_alphabetic() {
            word_start.get_or_insert(at);
            continue;
        }
        if let Some(start) = word_start.take()
            && CONTRASTS.iter().any(|word| text[start..at].eq_ignore_ascii_case(word))
        {
            contrast = true;
            cuts.push(start);
        }
        match c {
            '.' | '!' | '?' | ';' | '\n' | '。' | '！' | '？' | '；' | '，' | ',' => {
                cuts.push(at + c.len_utf8())
            }
            '就' | '但' | '不' | '可' | '然' | '只' | '虽' | '雖' | '唯' | '除' | '遗'
                if CONTRASTS_ZH.iter().any(|word| text[at..].starts_with(word)) =>
            {
                contrast = true;
                cuts.push(at);
            }
            _ => {}
        }
    }
    if !contrast {
        return Vec::new();
    }
    cuts.push(text.len());
    cuts.windows(2).map(|cut| text[cut[0]..cut[1]].trim()).filter(|part| part.len() > 5).collect()
}
