//! Whether a mail comes from where it says, as the house's own server found (RFC 8601).
//!
//! Only what that server wrote counts: the topmost Authentication-Results that carries its name.
//! Whoever sends a mail can write more of them below.

use rapport_model::Mailbox;
use rapport_model::message::Trust;

use super::header::Headers;
use super::words;

/// Results in a header; what follows is not read.
const RESULTS_MAX: usize = 50;

/// Returns the verdict about a mail's author. `server` is the authserv-id of the house's own server.
pub(super) fn trust(headers: &Headers<'_>, authors: &[Mailbox], server: &str) -> Trust {
    let mut values = headers.all("authentication-results").map(|raw| without_comments(&words::unfold(raw)));
    let Some(value) = values.find(|value| is_from(value, server)) else { return Trust::None };
    // A mail with several authors has none that was checked (RFC 7489, 6.6.1).
    let [author] = authors else { return Trust::None };
    let domain = author.address.domain();
    let mut verdict = Trust::None;
    for result in value.split(';').skip(1).take(RESULTS_MAX) {
        let mut words = result.split_whitespace();
        let Some((method, outcome)) = words.next().and_then(|word| word.split_once('=')) else { continue };
        let method = method.split('/').next().unwrap_or(method).to_ascii_lowercase();
        let property = |name: &str| {
            words
                .clone()
                .filter_map(|word| word.split_once('='))
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
        };
        let aligned = |name: &str| property(name).is_some_and(|(_, value)| is_aligned(value, domain));
        let passed = outcome.eq_ignore_ascii_case("pass");
        match method.as_str() {
            // The domain says itself what it asks for: nothing else counts then.
            "dmarc" if passed && aligned_or_absent(property("header.from"), domain) => return Trust::Pass,
            "dmarc" if outcome.eq_ignore_ascii_case("fail") => return Trust::Fail,
            "dkim" if passed && (aligned("header.d") || aligned("header.i")) => verdict = Trust::Pass,
            "spf" if passed && aligned("smtp.mailfrom") => verdict = Trust::Pass,
            _ => {}
        }
    }
    verdict
}

fn is_from(value: &str, server: &str) -> bool {
    let name = value.split(';').next().and_then(|head| head.split_whitespace().next());
    name.is_some_and(|name| name.eq_ignore_ascii_case(server))
}

fn aligned_or_absent(property: Option<(&str, &str)>, domain: &str) -> bool {
    property.is_none_or(|(_, value)| is_aligned(value, domain))
}

/// Tells whether a checked domain or address speaks for the author's domain: it is the same, or one
/// is within the other.
fn is_aligned(checked: &str, domain: &str) -> bool {
    let checked = checked.trim_matches('"').rsplit('@').next().unwrap_or(checked).to_ascii_lowercase();
    let within =
        |a: &str, b: &str| a.strip_suffix(b).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    checked.contains('.') && (within(&checked, domain) || within(domain, &checked))
}

/// Takes out what stands in brackets, which may be nested, outside quotes.
fn without_comments(value: &str) -> String {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' if depth == 0 => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted && depth > 0 => {
                depth -= 1;
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use rapport_model::Address;

    use super::*;

    fn verdict(block: &str) -> Trust {
        let (headers, _) = Headers::read(block.as_bytes(), |_| false);
        let ann = Mailbox { name: String::new(), address: Address::email("ann@novak.example").unwrap() };
        trust(&headers, &[ann], "mx.ours.example")
    }

    #[test]
    fn what_the_own_server_found_counts() {
        for (results, expected) in [
            ("mx.ours.example; dmarc=pass header.from=novak.example", Trust::Pass),
            ("mx.ours.example 1; dmarc=pass (p=reject dis=none) header.from=novak.example", Trust::Pass),
            (
                "MX.ours.example; dmarc=fail (p=none) header.from=novak.example; dkim=pass header.d=novak.example",
                Trust::Fail,
            ),
            ("mx.ours.example; dkim=pass header.d=novak.example; spf=fail", Trust::Pass),
            ("mx.ours.example; dkim=pass header.i=@mail.novak.example", Trust::Pass),
            ("mx.ours.example; spf=pass smtp.mailfrom=bounce@news.novak.example", Trust::Pass),
            (
                "mx.ours.example; dkim=pass header.d=evil.example; spf=pass smtp.mailfrom=x@evil.example",
                Trust::None,
            ),
            ("mx.ours.example; dkim=pass header.d=example", Trust::None),
            ("mx.ours.example; dkim=pass header.d=evilnovak.example", Trust::None),
            ("mx.ours.example; dkim=fail header.d=novak.example", Trust::None),
            ("mx.ours.example; none", Trust::None),
            ("mx.ours.example; (dmarc=pass header.from=novak.example) none", Trust::None),
            ("mx.evil.example; dmarc=pass header.from=novak.example", Trust::None),
            ("(mx.ours.example) mx.evil.example; dmarc=pass", Trust::None),
            ("mx.ours.example.evil.example; dmarc=pass", Trust::None),
            ("", Trust::None),
        ] {
            assert_eq!(verdict(&format!("Authentication-Results: {results}\n\n")), expected, "{results}");
        }
    }

    #[test]
    fn only_the_topmost_of_the_own_server_counts() {
        let (good, bad) = (
            "Authentication-Results: mx.ours.example;\n dmarc=pass header.from=novak.example\n",
            "Authentication-Results: mx.ours.example; dmarc=fail\n",
        );
        assert_eq!(verdict(&format!("{bad}{good}\n")), Trust::Fail, "what came with the mail stands below");
        assert_eq!(verdict(&format!("{good}{bad}\n")), Trust::Pass);
        let relay = "Authentication-Results: relay.ours.example; none\n";
        assert_eq!(verdict(&format!("{relay}{good}\n")), Trust::Pass);
        assert_eq!(verdict("From: ann@novak.example\n\n"), Trust::None);
    }

    #[test]
    fn a_mail_of_several_authors_is_not_trusted() {
        let block = "Authentication-Results: mx.ours.example; dmarc=pass\n\n";
        let (headers, _) = Headers::read(block.as_bytes(), |_| false);
        let mailbox = |a| Mailbox { name: String::new(), address: Address::email(a).unwrap() };
        let both = [mailbox("ann@novak.example"), mailbox("eve@evil.example")];
        assert_eq!(trust(&headers, &both, "mx.ours.example"), Trust::None);
        assert_eq!(trust(&headers, &[], "mx.ours.example"), Trust::None);
    }
}
