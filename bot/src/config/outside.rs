//! What sections about others' servers have in common: an address to which secrets go, and a time limit.

use std::time::Duration;

use reqwest::Url;

use super::is_this_machine;

/// The longest that an answer is waited for.
const PATIENCE_MAX: Duration = Duration::from_secs(600);

/// Reads an address to which secrets may be sent; `plain` says that one without TLS is meant so.
pub(super) fn address(key: &str, text: &str, plain: bool) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|e| format!("{key}: {text:?}: {e}"))?;
    let Some(host) = url.host_str().filter(|host| !host.is_empty()) else {
        return Err(format!("{key}: {text:?} names no host; write it like https://api.example.com/v1"));
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!("{key}: a password does not belong into an address"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if plain || is_this_machine(host) => Ok(url),
        "http" => Err(format!(
            "{key}: {text:?} must begin with https://, or others read along; plain_http = true if that is meant so"
        )),
        scheme => Err(format!("{key}: {scheme:?} is not spoken here; write https://…")),
    }
}

/// Reads a time limit such as `30s`, `2m` or `500ms`.
pub(super) fn patience(key: &str, text: &str) -> Result<Duration, String> {
    let wrong = || format!("{key}: {text:?} is no time limit; write it like \"30s\", at most \"10m\"");
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let n: u64 = text[..digits].parse().map_err(|_| wrong())?;
    let millis = match text[digits..].trim() {
        "ms" => Some(n),
        "s" => n.checked_mul(1_000),
        "m" => n.checked_mul(60_000),
        _ => None,
    };
    let limit = Duration::from_millis(millis.ok_or_else(wrong)?);
    if limit.is_zero() || limit > PATIENCE_MAX { Err(wrong()) } else { Ok(limit) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_limit_has_a_unit_and_is_no_more_than_ten_minutes() {
        for (text, millis) in
            [("30s", 30_000), ("2m", 120_000), ("500ms", 500), ("10m", 600_000), ("7 s", 7_000)]
        {
            assert_eq!(patience("timeout", text), Ok(Duration::from_millis(millis)));
        }
        for text in [
            "",
            "30",
            "s",
            "0s",
            "-1s",
            "1.5s",
            "11m",
            "1h",
            "99999999999999999999s",
            "18446744073709551615m",
        ] {
            assert!(patience("timeout", text).unwrap_err().contains("no time limit"), "{text}");
        }
    }

    #[test]
    fn secrets_cross_no_network_in_plain_unless_that_is_said() {
        for (text, plain, fits) in [
            ("https://api.example.com/v1", false, true),
            ("http://127.0.0.1:11434/v1", false, true),
            ("http://localhost/v1", false, true),
            ("http://[::1]:80/v1", false, true),
            ("http://llm.lan/v1", false, false),
            ("http://llm.lan/v1", true, true),
            ("https://me:secret@api.example.com", false, false),
            ("ftp://api.example.com", true, false),
            ("api.example.com", false, false),
            ("https://", false, false),
        ] {
            let read = address("llm.url", text, plain);
            assert_eq!(read.is_ok(), fits, "{text}: {read:?}");
            assert!(
                read.err().is_none_or(|why| why.starts_with("llm.url") && !why.contains("me:secret")),
                "{text}"
            );
        }
    }
}
