//! Where the next page of a list is; pure.

use reqwest::Url;
use serde_json::Value;

use crate::config::pull::Paging;

/// Returns where a page is: the first, or the one that `page` leads to. `since` is a parameter and its value.
///
/// # Errors
/// It leads to another server: what proves who we are is not for that.
pub(super) fn address(
    first: &Url,
    paging: &Paging,
    page: Option<&str>,
    since: Option<(&str, &str)>,
) -> Result<Url, String> {
    let mut url = first.clone();
    if let (Paging::Next(_), Some(page)) = (paging, page) {
        let next = first.join(page).map_err(|_| "the address of the next page is none".to_owned())?;
        return match next.origin() == first.origin() {
            true => Ok(next),
            false => Err("the next page is on another server, which is not asked".into()),
        };
    }
    if let Some((name, value)) = since {
        url.query_pairs_mut().append_pair(name, value);
    }
    match (paging, page) {
        (Paging::Number(name, from), page) => {
            let number = page.map_or_else(|| from.to_string(), str::to_owned);
            url.query_pairs_mut().append_pair(name, &number);
        }
        (Paging::Cursor(_, name), Some(page)) => drop(url.query_pairs_mut().append_pair(name, page)),
        _ => {}
    }
    Ok(url)
}

/// Returns what leads to the page after one that has `n_items` and was found by `page`; nothing after the last.
///
/// # Errors
/// It leads to itself, or is no text.
pub(super) fn after(
    paging: &Paging,
    page: Option<&str>,
    json: &Value,
    n_items: usize,
) -> Result<Option<String>, String> {
    let next = match paging {
        Paging::Once => None,
        Paging::Number(_, from) => {
            let number = page.map_or(Some(*from), |page| page.parse().ok()).unwrap_or(*from);
            (n_items > 0).then(|| (number + 1).to_string())
        }
        Paging::Next(pointer) | Paging::Cursor(pointer, _) => match json.pointer(pointer) {
            None | Some(Value::Null | Value::Bool(false)) => None,
            Some(Value::String(text)) => Some(text.clone()).filter(|text| !text.is_empty()),
            Some(Value::Number(number)) => Some(number.to_string()),
            Some(_) => return Err(format!("what leads to the next page, at {pointer:?}, is no text")),
        },
    };
    match next.is_some() && next.as_deref() == page {
        true => Err("the next page is the same once more".into()),
        false => Ok(next),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pages_follow_each_other_and_stay_on_their_server() {
        let first = Url::parse("https://erp.example/people?active=1").unwrap();
        let of =
            |paging: &Paging, page, since| address(&first, paging, page, since).map(|url| url.to_string());
        let since = Some(("since", "2026-03-04T08:00:00Z"));
        assert_eq!(
            of(&Paging::Once, None, since).unwrap(),
            "https://erp.example/people?active=1&since=2026-03-04T08%3A00%3A00Z"
        );
        let number = Paging::Number("page".into(), 1);
        assert_eq!(of(&number, None, None).unwrap(), "https://erp.example/people?active=1&page=1");
        assert_eq!(of(&number, Some("2"), None).unwrap(), "https://erp.example/people?active=1&page=2");
        let cursor = Paging::Cursor("/next".into(), "after".into());
        assert_eq!(
            of(&cursor, Some("a b&c"), None).unwrap(),
            "https://erp.example/people?active=1&after=a+b%26c"
        );
        let next = Paging::Next("/next".into());
        assert_eq!(of(&next, Some("/people?page=2"), since).unwrap(), "https://erp.example/people?page=2");
        for evil in
            ["https://evil.example/x", "//evil.example/x", "http://erp.example/x", "https://erp.example:8/x"]
        {
            assert!(of(&next, Some(evil), None).unwrap_err().contains("another server"), "{evil}");
        }
    }

    #[test]
    fn the_last_page_is_known() {
        let number = Paging::Number("page".into(), 1);
        assert_eq!(after(&number, None, &json!([]), 3), Ok(Some("2".into())));
        assert_eq!(after(&number, Some("7"), &json!([]), 0), Ok(None));
        let cursor = Paging::Cursor("/next".into(), "after".into());
        assert_eq!(after(&cursor, None, &json!({ "next": 7 }), 1), Ok(Some("7".into())));
        for last in [json!({}), json!({ "next": null }), json!({ "next": "" }), json!({ "next": false })] {
            assert_eq!(after(&cursor, Some("x"), &last, 1), Ok(None), "{last}");
        }
        assert!(after(&cursor, Some("x"), &json!({ "next": "x" }), 1).unwrap_err().contains("once more"));
        assert!(after(&cursor, None, &json!({ "next": {} }), 1).unwrap_err().contains("is no text"));
    }
}
