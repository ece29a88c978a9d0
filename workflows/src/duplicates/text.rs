//! Text as a comparison sees it: one case, one width, no accents, no punctuation.

use std::cmp::Ordering;

/// Values longer than this are compared by their beginning: nobody's name is longer, and the
/// distance of two texts costs the product of their lengths.
pub(super) const CHARS_MAX: usize = 64;

/// Traditional characters, each followed by its simplified form: the frequent ones of surnames,
/// given names, places and companies. Sorted, and each is three bytes, so it is searched in place.
const SIMPLIFIED: &str = "\
    倫伦偉伟傑杰傢家傳传債债凱凯創创劉刘劍剑務务勝胜勵励匯汇區区協协吳吴喬乔嚴严國国園园圖图團团\
    報报場场夢梦嬌娇孫孙學学實实寧宁寶宝對对島岛峽峡嶽岳帥帅師师幣币庫库廠厂廣广張张強强彥彦愛爱\
    慶庆憲宪戰战戶户採采擇择據据數数時时暉晖曉晓書书會会東东楊杨楨桢業业榮荣樂乐樓楼樹树橋桥機机\
    檢检歐欧歲岁氣气溫温滙汇滬沪滿满漁渔漢汉潔洁潤润澤泽濤涛濱滨瀋沈灝灏灣湾為为煒炜熱热營营爾尔\
    獎奖現现琺珐瑋玮瑤瑶瑩莹環环瓊琼產产畢毕異异發发盤盘盧卢禎祯禪禅禮礼種种穀谷穎颖節节範范紀纪\
    紅红純纯紡纺紹绍絲丝經经綠绿維维綱纲網网綺绮線线縣县織织繼继續续羅罗義义習习聖圣聯联聰聪聲声\
    職职肅肃腦脑臨临臺台興兴舉举艦舰莊庄華华萊莱萬万葉叶葦苇蔣蒋蕓芸蕭萧藍蓝藝艺藥药蘇苏蘭兰處处\
    號号術术衛卫補补裝装製制複复見见規规視视親亲覽览觀观訂订計计訊讯記记設设許许証证評评試试詩诗\
    話话語语誠诚課课調调諾诺謙谦講讲謝谢證证識识譚谭譯译議议譽誉讓让豐丰貝贝負负財财貨货貴贵費费\
    貿贸賀贺資资賢贤質质賴赖購购賽赛贏赢贛赣趙赵車车軍军軒轩軟软較较輕轻輝辉輪轮輸输轉转農农連连\
    週周進进運运達达遠远選选邁迈還还邊边郵邮鄉乡鄒邹鄧邓鄭郑醫医釋释針针鈞钧鉅钜銀银銘铭銷销鋒锋\
    鋼钢錄录錢钱錦锦鍵键鍾钟鎮镇鏡镜鐘钟鐵铁長长門门閃闪開开間间閣阁關关陝陕陣阵陰阴陳陈陸陆陽阳\
    隊队際际險险雙双雜杂離离難难雲云電电霧雾靈灵靜静韋韦韓韩韻韵項项順顺須须頌颂預预領领頭头顏颜\
    願愿類类顧顾風风飛飞飲饮飾饰館馆馬马馮冯駿骏騰腾驗验鳳凤鵬鹏麗丽麥麦黃黄黨党齊齐齡龄龍龙龐庞\
    龔龚";

/// Returns `c` in its usual width and simplified form.
fn plain(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c if is_han(c) => simplified(c),
        c => c,
    }
}

fn simplified(c: char) -> char {
    const BYTES: usize = 3;
    let char_at = |i: usize| SIMPLIFIED[i * BYTES..].chars().next().unwrap_or(c);
    let (mut from, mut to) = (0, SIMPLIFIED.len() / (2 * BYTES));
    while from < to {
        let middle = from.midpoint(to);
        match char_at(2 * middle).cmp(&c) {
            Ordering::Equal => return char_at(2 * middle + 1),
            Ordering::Less => from = middle + 1,
            Ordering::Greater => to = middle,
        }
    }
    c
}

/// Returns the Latin letters of an accented one, in lower case; empty when it has none.
fn unaccented(c: char) -> &'static str {
    match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' | 'ǎ' => "a",
        'ç' | 'ć' | 'ĉ' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' => "e",
        'ğ' | 'ģ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'į' | 'ı' | 'ǐ' => "i",
        'ķ' => "k",
        'ł' | 'ľ' | 'ĺ' | 'ļ' => "l",
        'ñ' | 'ń' | 'ň' | 'ņ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' | 'ǒ' => "o",
        'ŕ' | 'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ť' | 'ţ' | 'ț' => "t",
        'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' | 'ų' | 'ǔ' | 'ǚ' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        _ => "",
    }
}

/// Tells whether `c` is a Chinese character.
pub(crate) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}')
}

/// Returns `text` in lower case, usual width, without accents; apostrophes are gone, other
/// punctuation, blanks and control characters are single spaces between words.
///
/// Reads no further than a few times [`CHARS_MAX`] characters, so that a pasted novel costs nothing.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len().min(4 * CHARS_MAX));
    for c in text.chars().take(4 * CHARS_MAX) {
        push_folded(&mut folded, c);
    }
    folded.truncate(folded.trim_end().len());
    folded
}

fn push_folded(folded: &mut String, c: char) {
    if c.is_ascii_alphanumeric() {
        folded.push(c.to_ascii_lowercase());
        return;
    }
    let c = plain(c);
    match c {
        // Apostrophes, zero-width marks and combining accents leave no gap: O'Brien is obrien.
        '\'' | '’' | '‘' | '`' | '´' | '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{300}'..='\u{36f}' => {}
        c if c.is_alphanumeric() => {
            for lower in c.to_lowercase() {
                match unaccented(lower) {
                    "" if lower.is_alphanumeric() => folded.push(lower),
                    letters => folded.push_str(letters),
                }
            }
        }
        _ if folded.is_empty() || folded.ends_with(' ') => {}
        _ => folded.push(' '),
    }
}

/// Returns `text` without its spaces, so that a space too many or too few is no difference.
pub(crate) fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).take(CHARS_MAX).collect()
}

/// Returns the ASCII digits of `text`, full-width ones included.
pub(super) fn digits(text: &str) -> String {
    text.chars().map(plain).filter(char::is_ascii_digit).take(CHARS_MAX).collect()
}

/// Returns `text` fit for a screen: one line, no control characters, at most 80 characters.
pub(super) fn shown(text: &str) -> String {
    const SHOWN_CHARS_MAX: usize = 80;
    let line: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    line.join(" ").chars().take(SHOWN_CHARS_MAX).collect()
}

/// Returns a key by which words that sound or look alike are found together: 0 of nothing.
///
/// Letters become classes of consonants, vowels and doubles are dropped, so `Novak` and `Nowak`,
/// `Kathy` and `Cathie` share a key. Unlike in Soundex the first letter is no exception, and
/// nothing is cut off. Chinese characters and digits stand for themselves.
pub(super) fn sound(word: &[char]) -> u64 {
    let mut key = Key::new(0);
    let (mut last, mut any) = ('\0', false);
    for &c in word {
        let class = match c {
            'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'h' => {
                last = if c == 'h' { last } else { '\0' };
                continue;
            }
            'b' | 'f' | 'p' | 'v' | 'w' => 'b',
            'c' | 'g' | 'j' | 'k' | 'q' | 's' | 'x' | 'z' => 'c',
            'd' | 't' => 'd',
            'm' | 'n' => 'm',
            c => c,
        };
        if class != last {
            key.add(u64::from(class));
            any = true;
        }
        last = class;
    }
    match (any, word.first()) {
        (true, _) => key.value(),
        (false, Some(&vowel)) => Key::new(u64::from(vowel)).value(),
        (false, None) => 0,
    }
}

/// Builds a number that is the same for the same parts, in every run and on every machine.
#[derive(Clone, Copy)]
pub(super) struct Key(u64);

impl Key {
    /// Starts a key; `tag` keeps keys of different makings apart.
    pub(super) fn new(tag: u64) -> Self {
        Self(0x9e37_79b9_7f4a_7c15 ^ tag.wrapping_mul(0xff51_afd7_ed55_8ccd))
    }

    /// Adds a part.
    pub(super) fn add(&mut self, part: u64) {
        self.0 = (self.0.rotate_left(5) ^ part).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    /// Adds the parts of a word.
    pub(super) fn add_all(&mut self, word: &[char]) {
        for c in word {
            self.add(u64::from(*c));
        }
    }

    /// Returns the key; never 0.
    pub(super) fn value(self) -> u64 {
        (self.0 ^ (self.0 >> 29)).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_that_means_nothing_is_folded_away() {
        let cases = [
            ("  Müller-Lüdenscheidt ", "muller ludenscheidt"),
            ("O'Brien", "obrien"),
            ("ＡＢＣ　１２３", "abc 123"),
            ("陳　偉", "陈 伟"),
            ("Zo\u{301}e\u{200b}", "zoe"),
            ("Straße, Łódź", "strasse lodz"),
            ("\u{0}\u{7}\r\n\t", ""),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(fold(text), expected, "{text:?}");
        }
        assert!(fold(&"x".repeat(1_000_000)).len() <= 4 * CHARS_MAX);
        assert_eq!(squeeze("bourne s treet"), "bournestreet");
        assert_eq!(digits("＋４２０ (777) 12-34"), "4207771234");
        assert_eq!(shown("a\u{1b}[31m\n  b"), "a [31m b");
    }

    #[test]
    fn the_list_of_simplified_characters_can_be_searched() {
        let chars: Vec<char> = SIMPLIFIED.chars().collect();
        assert!(chars.iter().all(|c| c.len_utf8() == 3 && is_han(*c)));
        let (pairs, rest) = chars.as_chunks::<2>();
        assert!(rest.is_empty());
        assert!(pairs.is_sorted_by(|x, y| x[0] < y[0]));
        for [from, to] in pairs {
            assert_eq!((simplified(*from), simplified(*to)), (*to, *to));
        }
    }

    #[test]
    fn names_that_sound_alike_share_a_key() {
        let key = |word: &str| sound(&word.chars().collect::<Vec<_>>());
        for (a, b) in [
            ("novak", "nowak"),
            ("kathy", "cathie"),
            ("schmidt", "schmitt"),
            ("anna", "ana"),
            ("philip", "filip"),
        ] {
            assert_eq!(key(a), key(b), "{a} {b}");
        }
        for (a, b) in [("novak", "novotny"), ("smith", "jones"), ("王", "张"), ("ea", "oa")] {
            assert_ne!(key(a), key(b), "{a} {b}");
        }
        assert_eq!(key(""), 0);
    }
}
