//! What a provider is asked for an access token (RFC 6749, 6), and what its answers mean.

use rapport_model::Timestamp;
use rapport_model::time::SECOND;
use serde::Deserialize;
use serde_json::Value;

use crate::config::oauth::OAuthConfig;

/// A token is not used in its last seconds: a login takes its time, and clocks differ.
const SPARE_SECONDS: i64 = 60;
/// How long a token counts as good of which the provider does not say it.
const USUAL_SECONDS: i64 = 300;
/// At most so many characters of a provider's own words are repeated.
const WORDS_CHARS_MAX: usize = 200;
/// A longer word in them may be a token, and is not repeated.
const WORD_CHARS_MAX: usize = 40;
/// Errors that tell of a trouble of the provider's own, whatever the status.
const TEMPORARY: [&str; 3] = ["temporarily_unavailable", "server_error", "slow_down"];
/// Errors that somebody must sign in again for.
const WITHDRAWN: [&str; 4] = ["invalid_grant", "interaction_required", "consent_required", "login_required"];

/// Returns the words of a request for an access token, as a form.
pub(super) fn form(config: &OAuthConfig, client_secret: Option<&str>, refresh_token: &str) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "refresh_token");
    form.append_pair("refresh_token", refresh_token);
    form.append_pair("client_id", &config.client_id);
    for (key, value) in [("client_secret", client_secret), ("scope", config.scope.as_deref())] {
        form.extend_pairs(value.map(|value| (key, value)));
    }
    form.finish()
}

/// What a provider gave.
pub(super) struct Granted {
    pub(super) access_token: String,
    /// For how long, in seconds.
    pub(super) expires_in: i64,
    /// The refresh token that holds from now on, where it is a new one.
    pub(super) refresh_token: Option<String>,
}

impl Granted {
    /// Returns until when the access token is used, if it was asked for at `asked_at`.
    pub(super) fn until(&self, asked_at: Timestamp) -> Timestamp {
        asked_at.plus(self.expires_in.saturating_sub(SPARE_SECONDS).saturating_mul(SECOND))
    }
}

/// Why a provider gave nothing; in its words, short, on one line and without secrets.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Denied {
    /// Another time, perhaps.
    Later(String),
    /// The refresh token is good for nothing any more.
    Withdrawn(String),
    /// The request is not as the provider wants it.
    Refused(String),
}

#[derive(Deserialize)]
struct Answer {
    access_token: Option<String>,
    token_type: Option<String>,
    /// A number; some providers write it as text.
    expires_in: Option<Value>,
    refresh_token: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// Reads a provider's answer: its status and body. `secrets` is what it was shown, which is not
/// repeated.
pub(super) fn read(status: u16, body: &[u8], secrets: &[&str]) -> Result<Granted, Denied> {
    let answer: Option<Answer> = serde_json::from_slice(body).ok();
    let later = |why: &str| Err(Denied::Later(format!("it answers with status {status}{why}")));
    let Some(answer) = answer else {
        return later(match status {
            200 => " and no JSON; is token_url right?",
            300..400 => ", to go elsewhere, which nobody does with secrets; is token_url right?",
            404 | 405 => "; is token_url right?",
            _ => "",
        });
    };
    if let Some(error) = answer.error.as_deref() {
        let said = match answer.error_description.as_deref() {
            Some(description) => words(&format!("{error}: {description}"), secrets),
            None => words(error, secrets),
        };
        return match status {
            200 | 400 | 401 | 403 if !TEMPORARY.contains(&error) => {
                let withdrawn = WITHDRAWN.contains(&error);
                Err(if withdrawn { Denied::Withdrawn(said) } else { Denied::Refused(said) })
            }
            _ => later(&format!(" ({said})")),
        };
    }
    if status != 200 {
        return later("");
    }
    let bearer = answer.token_type.is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
    match answer.access_token {
        Some(access_token) if bearer && is_token(&access_token) => {
            let refresh_token = answer.refresh_token.filter(|token| !token.is_empty());
            if !refresh_token.as_deref().is_none_or(is_token) {
                return later(" and a refresh token that is none");
            }
            let expires_in = answer.expires_in.as_ref().and_then(seconds).unwrap_or(USUAL_SECONDS);
            Ok(Granted { access_token, expires_in, refresh_token })
        }
        _ => later(" and no access token"),
    }
}

/// Tells whether a text is what RFC 6749 calls a token, without blanks: it goes into a line of a file
/// and between the separators of XOAUTH2.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())
}

fn seconds(value: &Value) -> Option<i64> {
    match value {
        Value::Number(n) => n.as_i64().or_else(|| n.as_f64().map(|n| n as i64)),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// Returns a provider's words as they may be shown and logged.
fn words(text: &str, secrets: &[&str]) -> String {
    let text = secrets
        .iter()
        .filter(|secret| !secret.is_empty())
        .fold(text.to_owned(), |text, secret| text.replace(secret, "…"));
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let shown =
        line.split_whitespace().map(|word| if word.chars().count() > WORD_CHARS_MAX { "…" } else { word });
    shown.collect::<Vec<_>>().join(" ").chars().take(WORDS_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> OAuthConfig {
        OAuthConfig {
            token_url: "https://login.example/token".into(),
            client_id: "house & co".into(),
            client_secret_file: None,
            refresh_token_file: "r".into(),
            scope: None,
            ca_file: None,
        }
    }

    #[test]
    fn a_request_is_a_form_with_what_there_is() {
        let public = "grant_type=refresh_token&refresh_token=r%2B1&client_id=house+%26+co";
        assert_eq!(form(&config(), None, "r+1"), public);
        let with_scope = OAuthConfig { scope: Some("a b".into()), ..config() };
        assert_eq!(form(&with_scope, Some("s=1"), "r+1"), format!("{public}&client_secret=s%3D1&scope=a+b"));
    }

    #[test]
    fn an_answer_gives_a_token_and_for_how_long() {
        let at = Timestamp::from_secs(1_000);
        for (rest, until, refresh) in [
            ("\"token_type\":\"Bearer\",\"expires_in\":3600", 4_540, None),
            ("\"expires_in\":\"3600\",\"refresh_token\":\"r2\",\"scope\":\"x\"", 4_540, Some("r2")),
            ("\"expires_in\":3599.5,\"refresh_token\":\"\"", 4_539, None),
            ("\"token_type\":\"bearer\"", 1_240, None),
            ("\"expires_in\":30", 970, None),
        ] {
            let granted = read(200, format!("{{\"access_token\":\"a1\",{rest}}}").as_bytes(), &[]);
            let Ok(granted) = granted else { panic!("{rest}") };
            assert_eq!(granted.access_token, "a1");
            assert_eq!(granted.until(at), Timestamp::from_secs(until), "{rest}");
            assert_eq!(granted.refresh_token.as_deref(), refresh, "{rest}");
        }
        let far = format!("{{\"access_token\":\"a1\",\"expires_in\":{}}}", i64::MAX);
        let far = read(200, far.as_bytes(), &[]).ok().map(|granted| granted.until(at));
        assert_eq!(far, Some(Timestamp::from_micros(i64::MAX)));
    }

    #[test]
    fn what_is_no_token_is_said_and_whether_it_may_come() {
        use Denied::{Later, Refused, Withdrawn};
        let error =
            |error: &str, why: &str| format!("{{\"error\":\"{error}\",\"error_description\":\"{why}\"}}");
        let long = "x".repeat(500);
        for (status, body, expected) in [
            (
                400,
                error("invalid_grant", "Token\\nexpired"),
                Withdrawn("invalid_grant: Token expired".into()),
            ),
            (401, "{\"error\":\"invalid_client\"}".into(), Refused("invalid_client".into())),
            (400, error("invalid_scope", "not SeCrEt, r1"), Refused("invalid_scope: not …, …".into())),
            (400, error("invalid_grant", &long), Withdrawn("invalid_grant: …".into())),
            (
                400,
                error("server_error", "busy"),
                Later("it answers with status 400 (server_error: busy)".into()),
            ),
            (
                503,
                error("invalid_grant", "busy"),
                Later("it answers with status 503 (invalid_grant: busy)".into()),
            ),
            (429, String::new(), Later("it answers with status 429".into())),
            (500, "<html>".into(), Later("it answers with status 500".into())),
            (200, "{}".into(), Later("it answers with status 200 and no access token".into())),
            (
                200,
                "{\"access_token\":\"a\\u0001b\"}".into(),
                Later("it answers with status 200 and no access token".into()),
            ),
            (
                200,
                "{\"access_token\":\"a\",\"token_type\":\"mac\"}".into(),
                Later("it answers with status 200 and no access token".into()),
            ),
            (
                200,
                "{\"access_token\":\"a\",\"refresh_token\":\"r\\n2\"}".into(),
                Later("it answers with status 200 and a refresh token that is none".into()),
            ),
        ] {
            let denied = read(status, body.as_bytes(), &["SeCrEt", "r1", ""]).err();
            assert_eq!(denied, Some(expected), "{status} {body}");
        }
        let elsewhere = read(302, b"", &[]).err();
        assert!(matches!(elsewhere, Some(Later(why)) if why.contains("is token_url right?")));
        let long = "a b ".repeat(500);
        let Some(Withdrawn(words)) = read(400, error("invalid_grant", &long).as_bytes(), &[]).err() else {
            panic!()
        };
        assert_eq!(words.chars().count(), WORDS_CHARS_MAX);
    }
}
