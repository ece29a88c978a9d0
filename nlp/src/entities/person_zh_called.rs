//! Names in Chinese that are no surname with a given name: 老王, 淑芬姐, 我姓李, 约翰·史密斯, a surname that signs.

use super::names::CHINESE;
use super::person_zh::Han;
use super::text::is_han;

impl Han {
    /// Reads 我姓王 and 免贵姓李, whose surname is at byte `at`.
    pub(super) fn family(&self, at: usize) -> Option<(usize, usize)> {
        let head = self.head(at);
        let said = head.strip_suffix('姓');
        let says = said.is_some_and(|head| {
            !head.ends_with(['百', '贵', '同', '改', '什', '么', '老'])
                && (head.chars().next_back().is_none_or(|c| !is_han(c))
                    || head.ends_with(['我', '贵', '人', '他', '她', '位', '名', '我']))
        }) || head.ends_with("免贵姓");
        let (end, _) = self.surname(at).filter(|_| says)?;
        self.may_end(end).then_some((at, end))
    }

    /// Reads 老王 and 小李 from byte `at`.
    pub(super) fn nickname(&self, at: usize) -> Option<(usize, usize)> {
        let first = self.char_at(at).filter(|c| matches!(c, '老' | '小' | '阿' | '大'))?;
        let family = at + first.len_utf8();
        let c = self.char_at(family)?;
        let family_name = CHINESE.surnames.contains(&c);
        let asked = CHINESE.before.ends(self.head(at)).is_some();
        let nickname = match first {
            '大' => family_name && asked,
            '老' if CHINESE.weak.contains(&c) && c != '师' && asked => true,
            '阿' => family_name || CHINESE.given.contains(&c) && !"姨婆公爸妈弟哥里拉胶司是".contains(c),
            _ => {
                family_name
                    || matches!(c, '马' | '高' | '方' | '白' | '金' | '石')
                    || (CHINESE.weak.contains(&c) || CHINESE.given.contains(&c))
                        && first == '小'
                        && ["客服", "会计", "出纳", "顾问", "店员", "老师", "师傅", "找", "客服员"]
                            .iter()
                            .any(|w| self.head(at).ends_with(w))
            }
        };
        if !nickname {
            return None;
        }
        let end = family + c.len_utf8();
        let inside = self
            .head(at)
            .chars()
            .next_back()
            .is_some_and(|c| "大从最多不太很变较越长缩窄胆细渺微极偏弱矮阿古养依敬苍父元".contains(c));
        let word = matches!(
            (first, c),
            ('小', '康' | '龙' | '毛' | '陶' | '江' | '苏' | '方' | '卜' | '雷' | '温' | '余')
                | ('老', '毛' | '龙' | '汤' | '邱')
        ) && !self.ends(end);
        // 小王总, 小李师傅: the title is not of the name.
        let titled = self.title(end).is_some();
        (!inside && !word && (titled || self.may_end(end))).then_some((at, end))
    }

    /// Reads the given name before 姐, 哥 or 叔 from byte `at`, where somebody is greeted, asked or told:
    /// 麻烦淑芬姐, 打给权哥.
    pub(super) fn familiar(&self, at: usize) -> Option<(usize, usize)> {
        if !(self.begins(at)
            || CHINESE.before.ends(self.head(at)).is_some()
            || self.head(at).ends_with(['俾', '搵']))
        {
            return None;
        }
        let known = |c: &char| CHINESE.given.contains(c) || CHINESE.surnames.contains(c);
        let names: Vec<char> = self.rest(at).chars().take(2).take_while(known).collect();
        let own = |c: char| "大表堂小老师二三帅美学姑舅叔伯".contains(c);
        (1..=names.len()).rev().find_map(|n| {
            let end = at + names[..n].iter().map(|c| c.len_utf8()).sum::<usize>();
            let called =
                self.char_at(end).filter(|c| matches!(c, '姐' | '哥' | '叔' | '伯' | '姨' | '嫂'))?;
            let behind = end + called.len_utf8();
            let word =
                self.is_word(at) || own(names[0]) || names[..n].iter().any(|c| matches!(c, '小' | '大'));
            (!word && !self.char_at(behind).is_some_and(|c| "们妹弟夫哥姐叔".contains(c)))
                .then_some((at, end))
        })
    }

    /// Reads what fills the last line or stands behind a dash at the end from byte `at`: a surname, or a
    /// given name of two characters.
    pub(super) fn last(&self, at: usize) -> Option<(usize, usize)> {
        let rest = self.rest(at).trim_end();
        let n = rest.chars().count();
        let line = self.head(at).rsplit('\n').next().unwrap_or_default();
        // 财务科 骆 stands above a number.
        let first_line = rest.split('\n').next().unwrap_or_default().trim_end();
        if first_line.len() < rest.len()
            && first_line.chars().count() == 1
            && first_line.chars().all(|c| CHINESE.is_surname(c))
            && self.behind_a_firm(at)
        {
            return Some((at, at + first_line.len()));
        }
        // 冯，15251880936
        let c = self.char_at(at)?;
        let behind = self.rest(at)[c.len_utf8()..].trim_start_matches(['，', ',', ' ', ':']);
        let number = behind.len() < self.rest(at).len() - c.len_utf8()
            && behind.len() >= 7
            && behind.chars().take(7).all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '+'));
        let opens = line.trim().is_empty() || line.ends_with(['。', '！', '？', '!', '?', '，']);
        if number && opens && (CHINESE.is_surname(c)) {
            return Some((at, at + c.len_utf8()));
        }
        let parted = line.trim().is_empty() && at > 0
            || line.ends_with([' ', '—', '-', '–', '。', '！', '~', '^', '）'])
            || line.trim_end().ends_with(['—', '-', '–']);
        let surname = n == 1 && rest.chars().all(|c| CHINESE.is_surname(c));
        let given = n == 2
            && rest.chars().all(|c| CHINESE.given.contains(&c))
            && !self.is_word(at)
            && !line.ends_with(' ');
        let doubled = n == 2
            && rest.chars().next() == rest.chars().next_back()
            && rest.chars().all(|c| CHINESE.given.contains(&c));
        (parted && (surname || given || doubled)).then_some((at, at + rest.len()))
    }

    /// Reads a foreign name from byte `at`: 约翰·史密斯, 安娜.
    pub(super) fn foreign(&self, at: usize) -> Option<(usize, usize)> {
        let dotted = |c: char| matches!(c, '·' | '•' | '‧' | '・' | '．');
        let run = |from: usize| {
            let n: usize = self
                .rest(from)
                .chars()
                .take_while(|c| CHINESE.sound.contains(c))
                .take(7)
                .map(char::len_utf8)
                .sum();
            from + n
        };
        if CHINESE.sound.contains(&self.char_at(at)?) {
            let mut end = run(at);
            let mut n_dots = 0;
            while end > at && n_dots < 3 && self.char_at(end).is_some_and(dotted) {
                let from = end + self.char_at(end).map_or(0, char::len_utf8);
                let next = run(from);
                if next == from {
                    break;
                }
                end = next;
                n_dots += 1;
            }
            if n_dots > 0 {
                return Some((at, self.without_tail(end)));
            }
        }
        // 我叫阿依古丽: whatever runs to a mark.
        let calls = ["我叫", "名叫"].iter().any(|words| self.head(at).ends_with(words));
        let own: usize = self.rest(at).chars().take(6).take_while(|c| is_han(*c)).map(char::len_utf8).sum();
        if calls && (6..=15).contains(&own) && self.ends(at + own) {
            return Some((at, at + own));
        }
        let name = CHINESE.foreign.starts(self.rest(at))?;
        let end = at + name.len();
        // 田中健一
        let full: usize = self.rest(end).chars().take(2).take_while(|c| is_han(*c)).map(char::len_utf8).sum();
        if is_japanese(name)
            && full == 6
            && (self.may_end(end + full) || CHINESE.before.ends(self.head(at)).is_some())
            && self.title(end).is_none()
        {
            return Some((at, end + full));
        }
        let left = self.may_begin(at) || self.head(at).ends_with(['的', '们', '位', '您', '你']);
        let title = self.title(end).is_some();
        let longer = self.char_at(end).is_some_and(|c| CHINESE.sound.contains(&c))
            && !title
            && CHINESE.after.starts(self.rest(end)).is_none();
        (left && !longer && (title || self.may_end(end))).then_some((at, end))
    }

    /// Returns `end` without a word behind the name whose characters names are written in too.
    fn without_tail(&self, end: usize) -> usize {
        let Some((last, _)) = self.head(end).char_indices().next_back() else { return end };
        let title = CHINESE.titles.starts(self.rest(last)).is_some_and(|title| last + title.len() > end);
        if title { last } else { end }
    }
}

/// Tells whether a name is a surname of Japan, which a given name of two characters may follow.
fn is_japanese(name: &str) -> bool {
    matches!(
        name,
        "佐藤"
            | "铃木"
            | "田中"
            | "山本"
            | "高桥"
            | "渡边"
            | "中村"
            | "小林"
            | "伊藤"
            | "加藤"
            | "吉田"
            | "山田"
            | "佐佐木"
            | "山口"
            | "松本"
            | "井上"
            | "木村"
            | "清水"
            | "斋藤"
            | "山崎"
    )
}
