//! What Telegram refuses: too much at once, and markup that is none.

use std::time::Duration;

use tokio::time::Instant;

/// Counts a message; of too many returns the seconds to wait.
pub(super) fn over(written: &mut Vec<(Instant, i64)>, chat: i64) -> Option<u32> {
    let now = Instant::now();
    written.retain(|(at, _)| now.duration_since(*at) < Duration::from_secs(60));
    let within = |seconds: u64, only: Option<i64>| {
        let since = Duration::from_secs(seconds);
        let of = |(at, to): &&(Instant, i64)| {
            now.duration_since(*at) < since && only.is_none_or(|only| *to == only)
        };
        written.iter().filter(of).count()
    };
    let too_many = match chat {
        group if group < 0 => within(60, Some(group)) >= 20,
        // About one a second, with some leave for bursts.
        chat => within(5, Some(chat)) >= 8,
    };
    if within(1, None) >= 30 {
        return Some(1);
    }
    if too_many {
        return Some(3);
    }
    written.push((now, chat));
    None
}

/// Reads Telegram's HTML; returns the words.
pub(super) fn parsed(html: &str) -> Result<String, String> {
    let mut text = String::new();
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(entity) = rest.strip_prefix('&') {
            let known = [("amp;", '&'), ("lt;", '<'), ("gt;", '>'), ("quot;", '"')];
            let (name, c) =
                known.iter().find(|(name, _)| entity.starts_with(name)).ok_or("unknown entity")?;
            text.push(*c);
            rest = &entity[name.len()..];
            continue;
        }
        let end = rest.find('>').ok_or("tag is not closed")?;
        let tag = &rest[1..end];
        rest = &rest[end + 1..];
        match tag.strip_prefix('/') {
            Some(name) if open.pop() == Some(name) => {}
            Some(name) => return Err(format!("unexpected end tag {name}")),
            None => {
                let name = tag.split(' ').next().unwrap_or(tag);
                if !["b", "i", "u", "s", "pre", "code", "blockquote"].contains(&name) {
                    return Err(format!("unsupported start tag {name}"));
                }
                open.push(name);
            }
        }
    }
    text.push_str(rest);
    if open.is_empty() { Ok(text) } else { Err(format!("can't find end tag of {open:?}")) }
}
