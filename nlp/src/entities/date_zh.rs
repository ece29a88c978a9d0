//! Days in Chinese.

use chrono::{Datelike, NaiveDate, Weekday};

use super::clock::Part;
use super::date::{Day, Now, Written, month_of};
use super::date_period;
use super::numerals::{han, han_digit};
use super::text::{Class, Text, is_han};

/// Days told by one word; the longer before those they contain.
const RELATIVE: [(&str, i64, Option<Part>); 30] = [
    ("大后天", 3, None),
    ("大後天", 3, None),
    ("大前天", -3, None),
    ("今天", 0, None),
    ("今儿个", 0, None),
    ("今儿", 0, None),
    ("今朝", 0, Some(Part::Morning)),
    ("明儿个", 1, None),
    ("明儿", 1, None),
    ("后儿", 2, None),
    ("昨儿个", -1, None),
    ("昨儿", -1, None),
    ("尋日", -1, None),
    ("今日", 0, None),
    ("今早", 0, Some(Part::Morning)),
    ("今晚", 0, Some(Part::Evening)),
    ("明天", 1, None),
    ("明日", 1, None),
    ("明早", 1, Some(Part::Morning)),
    ("明晚", 1, Some(Part::Evening)),
    ("聽日", 1, None),
    ("听日", 1, None),
    ("后天", 2, None),
    ("後天", 2, None),
    ("昨天", -1, None),
    ("昨日", -1, None),
    ("昨晚", -1, Some(Part::Evening)),
    ("前天", -2, None),
    ("后日", 2, None),
    ("後日", 2, None),
];

/// Which week or month is meant, counted from this one; the longer before those they contain.
const WEEKS: [(&str, i64); 13] = [
    ("下下个", 2),
    ("下下", 2),
    ("下个", 1),
    ("下個", 1),
    ("下", 1),
    ("上个", -1),
    ("上個", -1),
    ("上", -1),
    ("这个", 0),
    ("這個", 0),
    ("本", 0),
    ("这", 0),
    ("這", 0),
];

/// Reads the words for a day that start with character `i`.
pub(super) fn read(text: &Text, i: usize, now: &Now) -> Option<Day> {
    let start = text.tokens[i].start;
    match text.tokens[i].first {
        first @ ('去' | '大' | '今' | '明' | '聽' | '听' | '后' | '後' | '昨' | '前' | '尋') => {
            let rest = &text.lower[start..];
            if let Some((year, at)) =
                [("明年", 1), ("今年", 0), ("去年", -1), ("前年", -2), ("后年", 2), ("後年", 2)]
                    .iter()
                    .find_map(|(name, by)| {
                        rest.starts_with(name).then(|| (now.date.year() + by, start + name.len()))
                    })
            {
                return match number_before(text, at, &["月"]) {
                    Some((month, after)) => month_and_day(text, Some(year), month, after, now),
                    None if text.lower[at..].starts_with(['底', '末']) => {
                        Some(Day::new(now.month_end(Some(year), 12), at + '底'.len_utf8()))
                    }
                    None => Some(Day::period(date_period::year(year), at)),
                };
            }
            let Some(&(name, days, part)) = RELATIVE.iter().find(|(name, ..)| rest.starts_with(name)) else {
                return date_period::of_the_new_year(text, start, now);
            };
            // 明日香 and 三天后天气: a name, and 后 belongs to the span before it.
            let of_span =
                first == '后' && text.lower[..start].ends_with(['天', '周', '月', '年', '以', '之']);
            (!of_span).then(|| Day { part, ..Day::new(now.plus_days(days), start + name.len()) })
        }
        '民' => republic(text, start, now),
        '元' => match starts(text, start, &["元月"]) {
            Some(at) => month_and_day(text, None, 1, at, now),
            None => date_period::named_in_chinese(text, start, now),
        },
        '周' | '週' | '星' | '礼' | '禮' => {
            weekday(text, start, now).or_else(|| weekend(text, start, now))
        }
        '除' | '初' | '正' | '腊' | '臘' => date_period::of_the_new_year(text, start, now),
        '国' | '國' | '中' | '端' | '清' | '春' | '双' | '雙' | '圣' | '聖' | '平' | '情' => {
            date_period::named_in_chinese(text, start, now)
        }
        '月' | '年' => period_end(text, start, now),
        '下' | '上' | '本' | '这' | '這' => {
            let next = text.tokens.get(i + 1)?.first;
            if !matches!(next, '周' | '週' | '星' | '礼' | '禮' | '月' | '个' | '個' | '下') {
                return None;
            }
            weekday(text, start, now)
                .or_else(|| of_month(text, start, now))
                .or_else(|| whole(text, start, now))
        }
        first if first == '十' || han_digit(first).is_some() => {
            if text.char_before(start).is_some_and(|c| han_digit(c).is_some() || "十百千万几第".contains(c))
            {
                return None;
            }
            let (number, end) = han(&text.lower, start)?;
            counted(text, i, u32::try_from(number.as_whole()?).ok()?, end, now)
        }
        _ => None,
    }
}

/// Reads 3月15日, 2026年3月15日, 3天后 from digits `i`.
pub(super) fn read_from_digits(text: &Text, i: usize, now: &Now) -> Option<Day> {
    if text.class(i + 1) != Some(Class::Han) {
        return None;
    }
    counted(text, i, text.digits(i)?, text.tokens[i].end, now)
}

/// Tells whether character `i` speaks of days that repeat or of a day that is not told here, so
/// that a time alone in the same text need not be today's: 每天, 16号.
pub(super) fn is_other_day(text: &Text, i: usize) -> bool {
    match text.tokens[i].first {
        '每' | '周' | '週' | '月' => true,
        '号' | '號' | '日' => text
            .char_before(text.tokens[i].start)
            .is_some_and(|c| c.is_ascii_digit() || c == '十' || han_digit(c).is_some()),
        _ => false,
    }
}

/// Tells whether what stands behind byte `end` tells of something that happened: 下午四点才来.
pub(super) fn has_happened(text: &Text, end: usize) -> bool {
    text.lower[end..].starts_with(['才', '还', '還', '就', '都'])
}

/// Reads what follows the number `n` that starts at token `i` and ends at byte `end`.
fn counted(text: &Text, i: usize, n: u32, end: usize, now: &Now) -> Option<Day> {
    let end = end + text.lower[end..].bytes().take_while(|&b| b == b' ').count();
    let rest = &text.lower[end..];
    if rest.starts_with('年') && (1900..=2100).contains(&n) {
        let year = i32::try_from(n).ok()?;
        let after_year = end + '年'.len_utf8();
        if let Some((month, after)) = number_before(text, after_year, &["月"]) {
            return month_and_day(text, Some(year), month, after, now);
        }
        let day = |month, day| NaiveDate::from_ymd_opt(year, month, day);
        let quarter = ["一", "二", "三", "四"]
            .iter()
            .position(|q| text.lower[after_year..].starts_with(&format!("第{q}季度")));
        if let Some(quarter) = quarter {
            let first = 3 * u32::try_from(quarter).ok()? + 1;
            let days = day(first, 1).zip(now.month_end(Some(year), first + 2));
            return Some(Day::period(days, after_year + "第一季度".len()));
        }
        return Some(Day::period(day(1, 1).zip(day(12, 31)), after_year));
    }
    if rest.starts_with('年') && (100..=150).contains(&n) && text.has_han {
        // 114年5月20日 of the Republic of China
        let (month, after) = number_before(text, end + '年'.len_utf8(), &["月"])?;
        return month_and_day(text, Some(i32::try_from(n).ok()? + 1911), month, after, now)
            .filter(|day| day.until.is_none());
    }
    if rest.starts_with('月') && (1..=12).contains(&n) {
        return month_and_day(text, None, n, end + '月'.len_utf8(), now);
    }
    span(text, i, n, end, now).or_else(|| day_of_month(text, i, n, end, now))
}

/// Reads 民國113年10月25日: the first year of the Republic was 1912.
fn republic(text: &Text, start: usize, now: &Now) -> Option<Day> {
    let at = starts(text, start, &["民國", "民国"])?;
    let (year, after) = number_before(text, at, &["年"])?;
    let (month, after) = number_before(text, after, &["月"])?;
    month_and_day(text, Some(i32::try_from(year).ok()? + 1911), month, after, now)
}

/// Returns the month of the date from which a range goes on at byte `start`: 3月5日到8日.
fn month_before(text: &Text, start: usize) -> Option<u32> {
    const NEAR_BYTES: usize = 30;
    let head = text.lower[..start].trim_end_matches(['到', '至', '-', '~', '—', '和', '、', ' ']);
    if head.len() == start || !head.ends_with(['日', '号', '號']) {
        return None;
    }
    let near = &head[head.ceil_char_boundary(head.len().saturating_sub(NEAR_BYTES))..];
    let month = &near[..near.rfind('月')?];
    let digits: String =
        month.chars().rev().take_while(char::is_ascii_digit).collect::<Vec<_>>().into_iter().rev().collect();
    if let Ok(month) = digits.parse() {
        return Some(month).filter(|month| (1..=12).contains(month));
    }
    let from =
        month.char_indices().rev().take_while(|(_, c)| *c == '十' || han_digit(*c).is_some()).last()?.0;
    let (number, _) = han(month, from)?;
    u32::try_from(number.as_whole()?).ok().filter(|month| (1..=12).contains(month))
}

/// Reads 23号 that starts at token `i` and ends at byte `end`, behind its number `n`: the next such day,
/// not the number of a house, a train or an order.
fn day_of_month(text: &Text, i: usize, n: u32, end: usize, now: &Now) -> Option<Day> {
    let start = text.tokens[i].start;
    let month = month_before(text, start);
    let named = starts(text, end, &["号", "號"]);
    // 29日晚上; 日 alone counts days.
    let by_sun = || {
        let after = starts(text, end, &["日"])?;
        let goes_on = text.lower[after..].starts_with([
            '早', '晚', '上', '下', '中', '凌', '到', '至', '起', '我', '都', '可', '退', '入', '离', '離',
            '交',
        ]);
        (goes_on || month.is_some()).then_some(after)
    };
    let after = named.or_else(by_sun).filter(|_| (1..=31).contains(&n))?;
    let of_place = text.char_before(start).is_some_and(|c| {
        c.is_ascii_alphanumeric() || "路街道巷弄院楼樓栋棟座区區厂廠第线線-#号號编編月".contains(c)
    });
    let other = text.lower[after..].starts_with([
        '楼', '樓', '院', '线', '線', '店', '车', '車', '仓', '倉', '房', '厅', '廳', '桌', '门', '門', '机',
        '機', '柜', '櫃', '铺', '码', '碼', '馆', '館', '色', '模', '料', '字', '文', '公', '库', '庫', '地',
        '位', '口', '厂', '廠', '井', '电', '電', ':',
    ]);
    if of_place || other {
        return None;
    }
    if let Some(month) = month {
        return Some(Day::of(Written { year: None, month, day: n, end: after }, None, now));
    }
    Some(Day::new(now.next_day(n), after))
}

/// Reads 15日 or 底 behind a month.
fn month_and_day(text: &Text, year: Option<i32>, month: u32, at: usize, now: &Now) -> Option<Day> {
    if let Some(end) = starts(text, at, &["底", "末"]) {
        return (1..=12).contains(&month).then(|| Day::new(now.month_end(year, month), end));
    }
    // Of a month without a year the last is meant, unless it is near.
    let last = || month_of(year.unwrap_or(now.date.year() - i32::from(month > now.date.month() + 3)), month);
    if let Some(end) = starts(text, at, &["份"]).filter(|_| (1..=12).contains(&month)) {
        return Some(Day::period(last(), end));
    }
    // 3月初, 6月中旬, 8月下旬
    let third = [("上旬", 0), ("初", 0), ("头", 0), ("頭", 0), ("中旬", 1), ("下旬", 2)]
        .iter()
        .find_map(|(name, nth)| Some((starts(text, at, &[name])?, *nth)));
    if let Some((end, nth)) = third.filter(|_| (1..=12).contains(&month)) {
        let in_year = year.unwrap_or(now.date.year() + i32::from(month + 3 < now.date.month()));
        let first = NaiveDate::from_ymd_opt(in_year, month, 1 + 10 * nth);
        let tenth = NaiveDate::from_ymd_opt(in_year, month, 10 + 10 * nth).filter(|_| nth < 2);
        let last = tenth.or_else(|| Some(month_of(in_year, month)?.1));
        return Some(Day::period(first.zip(last), end));
    }
    let Some((day, end)) = number_before(text, at, &["日", "号", "號"]).or_else(|| han_day(text, at))
    else {
        // 3月的账, 2024年11月: the whole month.
        let next = text.char_at(at);
        let whole = year.is_some()
            || next.is_none_or(|c| {
                !is_han(c) && !c.is_ascii_digit() && c != ' ' || "的共多到至收买订初中就那要".contains(c)
            });
        return (whole && (1..=12).contains(&month)).then(|| Day::period(last(), at));
    };
    let written = Day::of(Written { year, month, day, end }, None, now);
    // 2月27日（周二）
    let bracket =
        starts(text, end, &["(", "（", " ("]).and_then(|at| starts(text, at, &["周", "週", "星期"]));
    let closed = bracket.and_then(|at| {
        let named = text.char_at(at).filter(|c| "一二三四五六日天".contains(*c))?;
        starts(text, at + named.len_utf8(), &[")", "）"])
    });
    Some(Day { end: closed.unwrap_or(end), ..written })
}

/// Reads the day of 六月二十二 at byte `at`: a numeral of at least two characters, without 日.
fn han_day(text: &Text, at: usize) -> Option<(u32, usize)> {
    let of_han = text.char_before(at - '月'.len_utf8()).is_some_and(|c| !c.is_ascii_digit());
    let (number, end) = han(&text.lower, at).filter(|(_, end)| of_han && end - at >= 2 * '十'.len_utf8())?;
    let counted = super::quantity::is_unit(text, text.token_at(end));
    let day = u32::try_from(number.as_whole()?).ok().filter(|day| (11..=31).contains(day) && !counted)?;
    Some((day, end))
}

/// Reads 三天后, 两周内, 3个月后, 两天前.
fn span(text: &Text, i: usize, n: u32, end: usize, now: &Now) -> Option<Day> {
    // Of a range (3-5天内) the last number alone would be wrong.
    let range = matches!(text.word_before(i, 1), "-" | "~" | "到" | "至" | "或" | "、" | "～");
    let units: [(&[&str], i64); 3] = [
        (&["个工作日", "個工作日", "工作日"], 0),
        (&["天", "日"], 1),
        (&["个星期", "個星期", "星期", "个礼拜", "個禮拜", "周", "週"], 7),
    ];
    let unit = units.iter().find_map(|(names, days)| Some((starts(text, end, names)?, *days)));
    let months = starts(text, end, &["个月", "個月"]);
    let unit_end = unit.map(|(end, _)| end).or(months)?;
    // 25日前: before the 25th, and not 25 days ago.
    if starts(text, end, &["日"]).is_some_and(|unit_end| text.lower[unit_end..].starts_with('前'))
        && (1..=31).contains(&n)
    {
        return Some(Day::new(now.next_day(n), end + '日'.len_utf8()));
    }
    let (sign, after) = if let Some(after) = starts(
        text,
        unit_end,
        &["之后", "之後", "以后", "以後", "后", "後", "之内", "之內", "以内", "以內", "内", "內"],
    ) {
        (1, after)
    } else {
        (-1, starts(text, unit_end, &["之前", "以前", "前"])?)
    };
    let count = i64::from(n);
    let date = match unit {
        // How many days off there are between is not known here.
        Some((_, 0)) => None,
        Some((_, days)) if n <= 1_000 => now.plus_days(sign * count * days),
        None if sign > 0 => now.plus_months(n),
        _ => None,
    };
    Some(Day::new(date.filter(|_| !range), after))
}

/// Reads 周末 alone: the coming one.
fn weekend(text: &Text, start: usize, now: &Now) -> Option<Day> {
    let end = starts(text, start, &["周末", "週末"])?;
    let free = !text.char_before(start).is_some_and(|c| "每两个個".contains(c));
    let days = now.in_week(Weekday::Sat, 0).zip(now.in_week(Weekday::Sun, 0));
    free.then(|| Day::period(days, end))
}

/// Reads 下周, 上个月, 这个周末 as all their days.
fn whole(text: &Text, start: usize, now: &Now) -> Option<Day> {
    let rest = &text.lower[start..];
    let (name, by) = WEEKS.iter().find(|(name, _)| rest.starts_with(name))?;
    let at = start + name.len();
    if let Some(end) = starts(text, at, &["月"]) {
        let by = i32::try_from(*by).ok()?;
        return Some(Day::period(now.whole_month(by), end));
    }
    let first = match starts(text, at, &["周末", "週末"]) {
        Some(end) => (Weekday::Sat, end),
        None => (Weekday::Mon, starts(text, at, &["周", "週", "星期", "礼拜", "禮拜"])?),
    };
    let days = now.in_week(first.0, *by).zip(now.in_week(Weekday::Sun, *by));
    Some(Day::period(days, first.1))
}

/// Reads 周三, 下周三, 这个星期五, 上周日.
fn weekday(text: &Text, start: usize, now: &Now) -> Option<Day> {
    let rest = &text.lower[start..];
    let prefix = WEEKS.iter().find(|(name, _)| rest.starts_with(name));
    let at = start + prefix.map_or(0, |(name, _)| name.len());
    let at = starts(text, at, &["周", "週", "星期", "礼拜", "禮拜"])?;
    let named = text.char_at(at)?;
    let weekday = match named {
        '一' => Weekday::Mon,
        '二' => Weekday::Tue,
        '三' => Weekday::Wed,
        '四' => Weekday::Thu,
        '五' => Weekday::Fri,
        '六' => Weekday::Sat,
        '日' | '天' => Weekday::Sun,
        _ => return None,
    };
    let end = at + named.len_utf8();
    let before = text.char_before(start);
    // 两周一次, 每周一, 一星期三次.
    let counted = prefix.is_none()
        && before.is_some_and(|c| han_digit(c).is_some() || "几每十半个個".contains(c) || c.is_ascii_digit());
    let times = text.char_at(end).is_some_and(|c| {
        "次个年期、日六-~～".contains(c) || "至到".contains(c) && goes_on(&text.lower[end + c.len_utf8()..])
    }) && !text.lower[end..].starts_with("个人");
    // 周一到周五, and not 改到周五
    let ends_range = before.is_some_and(|c| {
        let first = text.char_before(start - c.len_utf8());
        "至-~～、".contains(c)
            || c == '到' && first.is_some_and(|c| "一二三四五六日天号點点".contains(c) || c.is_ascii_digit())
    });
    // 今天周三: it is today, and not the coming one.
    let today =
        ["今天", "今天都", "今天是", "今天已经"].iter().any(|said| text.lower[..start].ends_with(said));
    if counted || prefix.is_none() && today {
        return Some(Day::new(None, end));
    }
    let date = match prefix {
        Some((_, weeks)) => now.in_week(weekday, *weeks),
        None => now.coming(weekday),
    };
    Some(Day::new(date.filter(|_| !times && !ends_range), end))
}

/// Tells whether a day follows, so that the one before it begins a range: 周一到周五.
fn goes_on(rest: &str) -> bool {
    rest.trim_start().starts_with(['周', '週', '星', '礼', '禮', '下', '本'])
        || rest.trim_start().starts_with(|c: char| c.is_ascii_digit())
}

/// Reads 下个月10号, 本月15日, 下月底.
fn of_month(text: &Text, start: usize, now: &Now) -> Option<Day> {
    let names: [(&[&str], i32); 3] = [
        (&["下个月", "下個月", "下月"], 1),
        (&["上个月", "上個月", "上月"], -1),
        (&["这个月", "這個月", "本月", "这月"], 0),
    ];
    let (at, months) =
        names.iter().find_map(|(names, months)| Some((starts(text, start, names)?, *months)))?;
    if let Some(end) = starts(text, at, &["底", "末"]) {
        let month = now.in_month(months, 1)?;
        return Some(Day::new(now.month_end(Some(month.year()), month.month()), end));
    }
    let (day, end) = number_before(text, at, &["日", "号", "號"])?;
    Some(Day::new(now.in_month(months, day), end))
}

/// Reads 月底, 年底.
fn period_end(text: &Text, start: usize, now: &Now) -> Option<Day> {
    let free = !text
        .char_before(start)
        .is_some_and(|c| c.is_ascii_digit() || han_digit(c).is_some() || "十个個每去明前后後几".contains(c));
    let (month, end) = match starts(text, start, &["月底", "月末"]) {
        Some(end) => (now.date.month(), end),
        None => (12, starts(text, start, &["年底", "年末"])?),
    };
    free.then(|| Day::new(now.month_end(Some(now.date.year()), month), end))
}

/// Reads a number at byte `at` and one of `units` behind it; returns it and where they end.
fn number_before(text: &Text, at: usize, units: &[&str]) -> Option<(u32, usize)> {
    let rest = &text.lower[at..];
    let skipped = rest.bytes().take_while(|&b| b == b' ').count();
    let at = at + skipped;
    let digits = text.lower[at..].bytes().take_while(u8::is_ascii_digit).take(3).count();
    let (number, end) = if digits > 0 {
        (text.lower[at..at + digits].parse().ok()?, at + digits)
    } else {
        let (number, end) = han(&text.lower, at)?;
        (u32::try_from(number.as_whole()?).ok()?, end)
    };
    let end = end + text.lower[end..].bytes().take_while(|&b| b == b' ').count();
    Some((number, starts(text, end, units)?))
}

/// Returns where the first of `names` that starts at byte `at` ends.
fn starts(text: &Text, at: usize, names: &[&str]) -> Option<usize> {
    let rest = &text.lower[at..];
    names.iter().find(|name| rest.starts_with(**name)).map(|name| at + name.len())
}
