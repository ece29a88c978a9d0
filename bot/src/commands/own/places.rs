//! Zones by the names that people have for them; pure.

use chrono_tz::{TZ_VARIANTS, Tz};

/// Places that give their name to no zone, and Chinese names.
const PLACES: &[(&str, Tz)] = &[
    ("beijing", Tz::Asia__Shanghai),
    ("china", Tz::Asia__Shanghai),
    ("shenzhen", Tz::Asia__Shanghai),
    ("guangzhou", Tz::Asia__Shanghai),
    ("北京", Tz::Asia__Shanghai),
    ("上海", Tz::Asia__Shanghai),
    ("中国", Tz::Asia__Shanghai),
    ("深圳", Tz::Asia__Shanghai),
    ("广州", Tz::Asia__Shanghai),
    ("香港", Tz::Asia__Hong_Kong),
    ("台北", Tz::Asia__Taipei),
    ("新加坡", Tz::Asia__Singapore),
    ("东京", Tz::Asia__Tokyo),
    ("日本", Tz::Asia__Tokyo),
    ("首尔", Tz::Asia__Seoul),
    ("曼谷", Tz::Asia__Bangkok),
    ("迪拜", Tz::Asia__Dubai),
    ("悉尼", Tz::Australia__Sydney),
    ("莫斯科", Tz::Europe__Moscow),
    ("germany", Tz::Europe__Berlin),
    ("munich", Tz::Europe__Berlin),
    ("hamburg", Tz::Europe__Berlin),
    ("frankfurt", Tz::Europe__Berlin),
    ("德国", Tz::Europe__Berlin),
    ("柏林", Tz::Europe__Berlin),
    ("慕尼黑", Tz::Europe__Berlin),
    ("法兰克福", Tz::Europe__Berlin),
    ("巴黎", Tz::Europe__Paris),
    ("伦敦", Tz::Europe__London),
    ("马德里", Tz::Europe__Madrid),
    ("罗马", Tz::Europe__Rome),
    ("barcelona", Tz::Europe__Madrid),
    ("milan", Tz::Europe__Rome),
    ("纽约", Tz::America__New_York),
    ("boston", Tz::America__New_York),
    ("washington", Tz::America__New_York),
    ("芝加哥", Tz::America__Chicago),
    ("洛杉矶", Tz::America__Los_Angeles),
    ("旧金山", Tz::America__Los_Angeles),
    ("san francisco", Tz::America__Los_Angeles),
    ("seattle", Tz::America__Los_Angeles),
    ("mumbai", Tz::Asia__Kolkata),
    ("delhi", Tz::Asia__Kolkata),
    ("孟买", Tz::Asia__Kolkata),
];

/// Finds the zone of that name (`Europe/Berlin`) or of a place (`new york`, `上海时间`).
pub(super) fn zone(words: &str) -> Option<Tz> {
    let words = words.trim().to_lowercase();
    let words = words.strip_suffix(" time").or(words.strip_suffix("时间")).unwrap_or(&words).trim();
    if let Some((_, zone)) = PLACES.iter().find(|(place, _)| *place == words) {
        return Some(*zone);
    }
    let name = words.replace(' ', "_");
    let is = |zone: &&Tz| zone.name().to_lowercase() == name;
    // A zone's name ends in the city's. Single words such as `EST` do not know summer from winter.
    let ends = |zone: &&Tz| zone.name().rsplit_once('/').is_some_and(|(_, city)| city.to_lowercase() == name);
    TZ_VARIANTS.iter().find(is).or_else(|| TZ_VARIANTS.iter().find(ends)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_found_by_its_name_its_city_or_a_city_nearby() {
        for (words, expected) in [
            ("Europe/Berlin", Some(Tz::Europe__Berlin)),
            ("europe/berlin", Some(Tz::Europe__Berlin)),
            ("Tokyo", Some(Tz::Asia__Tokyo)),
            ("New York time", Some(Tz::America__New_York)),
            ("上海时间", Some(Tz::Asia__Shanghai)),
            ("UTC", Some(Tz::UTC)),
            ("Narnia", None),
            ("", None),
        ] {
            assert_eq!(zone(words), expected, "{words}");
        }
    }
}
