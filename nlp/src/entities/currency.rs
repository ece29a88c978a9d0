//! Currencies, as people write them.

use super::Context;
use super::text::Text;

/// A currency as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Currency {
    /// It can be only this one, by ISO 4217 code.
    Code(&'static str),
    /// `$`: some dollar.
    Dollar,
    /// `¥`: yen or yuan.
    Yen,
    /// `kr`: some crown.
    Crown,
    /// Some peso.
    Peso,
    /// Some dinar.
    Dinar,
    /// 元, 块: the yuan, or the dollar of Taipei or Hong Kong.
    Yuan,
}

/// Codes that are words or names too: they count in capitals and behind a number only.
pub(super) const CAPITALS: [&str; 51] = [
    "AOA", "AZN", "BDT", "BND", "BWP", "BYN", "CLP", "COP", "CRC", "DOP", "DZD", "EGP", "ETB", "FJD", "GEL",
    "GHS", "GTQ", "HNL", "ISK", "JMD", "JOD", "KES", "KGS", "KHR", "KZT", "LBP", "LKR", "MAD", "MDL", "MKD",
    "MMK", "MUR", "MVR", "MZN", "NAD", "NGN", "NPR", "OMR", "PEN", "PHP", "PKR", "PYG", "QAR", "RSD", "RWF",
    "TND", "TRY", "TTD", "TZS", "UGX", "ZMW",
];

/// Returns the currency of a sign with the letters before it: `US$`.
pub(super) fn marked(letters: &str, sign: &str) -> Option<Currency> {
    Some(Currency::Code(match (letters, sign) {
        ("us" | "usd", "$") => "USD",
        ("nt" | "ntd" | "tw", "$") => "TWD",
        ("hk" | "hkd", "$") => "HKD",
        ("a" | "au" | "aud", "$") => "AUD",
        ("c" | "ca" | "can" | "cad", "$") => "CAD",
        ("nz", "$") => "NZD",
        ("s" | "sg", "$") => "SGD",
        ("mx", "$") => "MXN",
        ("r", "$") => "BRL",
        ("cn" | "rmb", "¥") => "CNY",
        ("jp", "¥") => "JPY",
        ("gh", "₵") => "GHS",
        _ => return None,
    }))
}

/// Returns the currency that token `i` names: a sign, an ISO code or an English word.
pub(super) fn named(text: &Text, i: usize) -> Option<Currency> {
    const CODES: [&str; 40] = [
        "AED", "ARS", "AUD", "XOF", "BGN", "BHD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP",
        "HKD", "HUF", "IDR", "ILS", "INR", "JPY", "KRW", "KWD", "MXN", "MYR", "NOK", "NZD", "PLN", "RON",
        "RUB", "SAR", "SEK", "SGD", "THB", "TWD", "UAH", "USD", "UYU", "VND", "XAF", "ZAR",
    ];
    let word = text.word(i);
    Some(match word {
        "€" | "euro" | "euros" => Currency::Code("EUR"),
        "£" | "quid" | "sterling" | "pound" | "pounds" => Currency::Code("GBP"),
        "$" | "dollar" | "dollars" | "buck" | "bucks" => Currency::Dollar,
        "¥" => Currency::Yen,
        "yen" => Currency::Code("JPY"),
        "yuan" | "renminbi" | "rmb" => Currency::Code("CNY"),
        "ntd" => Currency::Code("TWD"),
        "rs" if text.raw(i) == "RS" => return None,
        "kr" if text.raw(i) == "KR" => return None,
        "₹" | "rupee" | "rupees" | "rs" => Currency::Code("INR"),
        "₩" => Currency::Code("KRW"),
        "₽" | "rubles" | "roubles" => Currency::Code("RUB"),
        "₺" => Currency::Code("TRY"),
        "₴" => Currency::Code("UAH"),
        "₪" => Currency::Code("ILS"),
        "฿" => Currency::Code("THB"),
        "₫" => Currency::Code("VND"),
        "zł" | "zloty" | "zlotys" => Currency::Code("PLN"),
        "kč" => Currency::Code("CZK"),
        "franc" | "francs" => Currency::Code("CHF"),
        "kr" | "kronor" | "kroner" | "krona" | "krone" => Currency::Crown,
        "peso" | "pesos" => Currency::Peso,
        "₦" | "naira" => Currency::Code("NGN"),
        "ksh" | "kshs" | "shilling" | "shillings" => Currency::Code("KES"),
        "₵" | "cedi" | "cedis" => Currency::Code("GHS"),
        "rand" | "rands" => Currency::Code("ZAR"),
        "tl" | "lira" | "liras" => Currency::Code("TRY"),
        "reais" => Currency::Code("BRL"),
        "birr" => Currency::Code("ETB"),
        "boliviano" | "bolivianos" => Currency::Code("BOB"),
        "taka" => Currency::Code("BDT"),
        "hryvnia" | "hryvnias" | "hryvnya" => Currency::Code("UAH"),
        "lari" => Currency::Code("GEL"),
        "tenge" => Currency::Code("KZT"),
        "soles" => Currency::Code("PEN"),
        "quetzales" => Currency::Code("GTQ"),
        "colones" => Currency::Code("CRC"),
        "shekel" | "shekels" => Currency::Code("ILS"),
        "dinar" | "dinars" => Currency::Dinar,
        "ft" if text.raw(i) == "Ft" => Currency::Code("HUF"),
        "tsh" | "tzs" => Currency::Code("TZS"),
        "fcfa" => Currency::Code("XOF"),
        "ringgit" => Currency::Code("MYR"),
        "baht" => Currency::Code("THB"),
        "rupiah" => Currency::Code("IDR"),
        "dirham" | "dirhams" | "dhs" => Currency::Code("AED"),
        "riyal" | "riyals" => Currency::Code("SAR"),
        "forint" | "forints" => Currency::Code("HUF"),
        "koruna" | "korun" => Currency::Code("CZK"),
        "₱" => Currency::Code("PHP"),
        "rp" if text.raw(i) == "Rp" => Currency::Code("IDR"),
        "rm" if text.raw(i) == "RM" => Currency::Code("MYR"),
        _ if word.len() == 3 => {
            let code = |list: &[&'static str], written: &str| {
                list.iter().find(|code| code.eq_ignore_ascii_case(written)).copied()
            };
            let all_capitals = text.raw(i).bytes().all(|b| b.is_ascii_uppercase());
            let found = code(&CODES, word).or_else(|| code(&CAPITALS, word).filter(|_| all_capitals));
            Currency::Code(found?)
        }
        _ => return None,
    })
}

/// Reads a currency of two words at token `i`: Canadian dollars, pounds sterling.
pub(super) fn qualified(text: &Text, i: usize) -> Option<Currency> {
    let first = text.word(i);
    Some(Currency::Code(match (first, text.word(i + 1)) {
        ("canadian", "dollar" | "dollars") => "CAD",
        ("australian", "dollar" | "dollars") => "AUD",
        ("american" | "us", "dollar" | "dollars") => "USD",
        ("singapore", "dollar" | "dollars") => "SGD",
        ("swedish", "krona" | "kronor" | "kroner") => "SEK",
        ("norwegian", "krone" | "kroner") => "NOK",
        ("danish", "krone" | "kroner") => "DKK",
        ("swiss", "franc" | "francs") => "CHF",
        ("pound" | "pounds", "sterling") => "GBP",
        ("mexican", "peso" | "pesos") => "MXN",
        ("turkish", "lira" | "liras") => "TRY",
        ("indian", "rupee" | "rupees") => "INR",
        ("chinese", "yuan") => "CNY",
        ("japanese", "yen") => "JPY",
        _ => return None,
    }))
}

/// Reads the Chinese name of a currency at the start of `rest`, and its length in bytes.
pub(super) fn han_currency(rest: &str) -> Option<(Currency, usize)> {
    const NAMES: [(&str, Currency); 42] = [
        ("人民币", Currency::Code("CNY")),
        ("人民幣", Currency::Code("CNY")),
        ("美元", Currency::Code("USD")),
        ("美金", Currency::Code("USD")),
        ("欧元", Currency::Code("EUR")),
        ("歐元", Currency::Code("EUR")),
        ("英镑", Currency::Code("GBP")),
        ("英鎊", Currency::Code("GBP")),
        ("日元", Currency::Code("JPY")),
        ("日圆", Currency::Code("JPY")),
        ("日圓", Currency::Code("JPY")),
        ("円", Currency::Code("JPY")),
        ("港元", Currency::Code("HKD")),
        ("港币", Currency::Code("HKD")),
        ("港幣", Currency::Code("HKD")),
        ("新台币", Currency::Code("TWD")),
        ("新台幣", Currency::Code("TWD")),
        ("台币", Currency::Code("TWD")),
        ("台幣", Currency::Code("TWD")),
        ("韩元", Currency::Code("KRW")),
        ("韓元", Currency::Code("KRW")),
        ("新加坡元", Currency::Code("SGD")),
        ("新币", Currency::Code("SGD")),
        ("澳元", Currency::Code("AUD")),
        ("加元", Currency::Code("CAD")),
        ("加币", Currency::Code("CAD")),
        ("澳币", Currency::Code("AUD")),
        ("泰铢", Currency::Code("THB")),
        ("卢布", Currency::Code("RUB")),
        ("卢比", Currency::Code("INR")),
        ("瑞士法郎", Currency::Code("CHF")),
        ("瑞郎", Currency::Code("CHF")),
        ("日币", Currency::Code("JPY")),
        ("日幣", Currency::Code("JPY")),
        ("馬幣", Currency::Code("MYR")),
        ("马币", Currency::Code("MYR")),
        ("新幣", Currency::Code("SGD")),
        ("蚊", Currency::Code("HKD")),
        ("块钱", Currency::Yuan),
        ("塊錢", Currency::Yuan),
        ("元", Currency::Yuan),
        ("圆", Currency::Yuan),
    ];
    if let Some(&(name, currency)) = NAMES.iter().find(|(name, _)| rest.starts_with(name)) {
        return Some((currency, name.len()));
    }
    // 块 also counts pieces (五块电池).
    const PIECES: [&str; 32] = [
        "砖",
        "磚",
        "板",
        "肉",
        "电池",
        "電池",
        "屏",
        "玻璃",
        "瓷",
        "木",
        "石",
        "地",
        "区",
        "區",
        "布",
        "表",
        "手表",
        "手錶",
        "蛋糕",
        "巧克力",
        "皂",
        "肥皂",
        "香皂",
        "硬盘",
        "硬碟",
        "芯片",
        "面板",
        "牌",
        "豆腐",
        "饼",
        "糖",
        "模块",
    ];
    let lump = rest.strip_prefix(['块', '塊'])?;
    let counts = PIECES.iter().any(|piece| lump.starts_with(piece));
    (!counts).then_some((Currency::Yuan, rest.len() - lump.len()))
}

/// The name of a Chinese currency that ends `head`, and its length in bytes.
pub(super) fn han_currency_before(head: &str) -> Option<(Currency, usize)> {
    let from = head.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
    (from..head.len()).filter(|at| head.is_char_boundary(*at)).find_map(|at| {
        let (currency, n) = han_currency(&head[at..])?;
        let whole = at + n == head.len() && n > '元'.len_utf8() && !head.ends_with(['钱', '錢']);
        whole.then_some((currency, n))
    })
}

/// Tells whether two writings may mean one currency: `$400 CAD`, `￥500元`.
pub(super) fn agree(one: Currency, other: Currency) -> bool {
    match (one, other) {
        (Currency::Code(a), Currency::Code(b)) => a == b,
        (Currency::Code(code), general) | (general, Currency::Code(code)) => match general {
            Currency::Dollar => is_dollar(code),
            Currency::Yen => matches!(code, "JPY" | "CNY"),
            Currency::Yuan => matches!(code, "CNY" | "TWD" | "HKD" | "USD" | "JPY"),
            _ => false,
        },
        (a, b) => a == b || matches!((a, b), (Currency::Yen | Currency::Dollar, Currency::Yuan)),
    }
}

/// Returns the one of two agreeing writings that says more.
pub(super) fn specific(one: Currency, other: Currency) -> Currency {
    match (one, other) {
        (Currency::Code(_), _) => one,
        (_, Currency::Code(_)) => other,
        (Currency::Yen, Currency::Yuan) => Currency::Yuan,
        _ => one,
    }
}

fn is_dollar(code: &str) -> bool {
    matches!(code, "USD" | "CAD" | "AUD" | "NZD" | "SGD" | "HKD" | "TWD" | "MXN")
}

/// Returns the ISO 4217 code that a currency means for this house and text.
pub(super) fn resolve(currency: Currency, text: &Text, context: &Context) -> Option<&'static str> {
    let house =
        |codes: &[&'static str]| codes.iter().find(|c| c.eq_ignore_ascii_case(context.currency)).copied();
    match currency {
        Currency::Code(code) => Some(code),
        Currency::Dollar => Some(house(&["CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN"]).unwrap_or("USD")),
        Currency::Yen => {
            let by_script = if text.has_han && !text.has_kana { "CNY" } else { "JPY" };
            Some(house(&["CNY", "JPY"]).unwrap_or(by_script))
        }
        Currency::Yuan => Some(house(&["TWD", "HKD"]).unwrap_or("CNY")),
        Currency::Dinar => house(&["RSD", "TND", "DZD", "JOD", "KWD", "BHD"]),
        Currency::Peso => Some(house(&["ARS", "CLP", "COP", "PHP", "UYU"]).unwrap_or("MXN")),
        Currency::Crown => house(&["SEK", "NOK", "DKK", "ISK"]).or(match context.region {
            "SE" => Some("SEK"),
            "NO" => Some("NOK"),
            "DK" => Some("DKK"),
            "IS" => Some("ISK"),
            _ => None,
        }),
    }
}
