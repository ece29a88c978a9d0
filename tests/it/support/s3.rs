//! A server that speaks as much S3 as backups need: PUT, GET, DELETE, and lists of 100 a page. It does not
//! look at signatures, but wants one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};

/// Entries of a list on one page.
const PAGE: usize = 100;

/// What it does with requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Serves,
    /// Answers with a status.
    Refuses(u16),
    /// Answers each only after so long.
    Slow(Duration),
    /// Keeps no more than so many bytes of what it is given.
    Cuts(usize),
}

/// The server, and what lies there.
pub struct S3Server {
    pub port: u16,
    pub objects: Mutex<BTreeMap<String, Vec<u8>>>,
    mood: Mutex<Mood>,
}

impl S3Server {
    pub async fn start() -> Arc<Self> {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Arc::new(Self { port, objects: Mutex::default(), mood: Mutex::new(Mood::Serves) });
        let router = Router::new().fallback(answer).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        server
    }

    pub fn is(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// The variables by which the program reaches it.
    pub fn environment(&self) -> Vec<(String, String)> {
        let port = self.port;
        [
            ("TO", "s3://bucket/house".to_owned()),
            ("S3__ENDPOINT", format!("http://127.0.0.1:{port}")),
            ("S3__ACCESS_KEY", "AKIDEXAMPLE".to_owned()),
            ("S3__SECRET_KEY", "secret".to_owned()),
            ("S3__TIMEOUT", "1s".to_owned()),
        ]
        .map(|(name, value)| (format!("RAPPORT__BACKUP__{name}"), value))
        .into()
    }
}

async fn answer(
    State(server): State<Arc<S3Server>>,
    method: Method,
    uri: Uri,
    head: HeaderMap,
    mut body: Bytes,
) -> Response {
    let mood = *server.mood.lock().unwrap();
    match mood {
        Mood::Refuses(status) => return StatusCode::from_u16(status).unwrap().into_response(),
        Mood::Slow(wait) => tokio::time::sleep(wait).await,
        Mood::Cuts(n) => body.truncate(n),
        Mood::Serves => {}
    }
    let signed = head.get("authorization").is_some_and(|h| h.to_str().unwrap().starts_with("AWS4-HMAC"));
    if !signed {
        return StatusCode::FORBIDDEN.into_response();
    }
    let name = uri.path().trim_start_matches("/bucket").trim_start_matches('/').to_owned();
    let mut objects = server.objects.lock().unwrap();
    match method {
        Method::GET if name.is_empty() => list(&objects, uri.query().unwrap_or_default()),
        Method::GET => match objects.get(&name) {
            Some(bytes) => {
                ([("last-modified", "Mon, 30 Nov 2026 02:00:00 GMT"), ("etag", "\"x\"")], bytes.clone())
                    .into_response()
            }
            None => StatusCode::NOT_FOUND.into_response(),
        },
        Method::PUT => {
            objects.insert(name, body.to_vec());
            [("etag", "\"x\"")].into_response()
        }
        Method::DELETE => {
            objects.remove(&name);
            StatusCode::NO_CONTENT.into_response()
        }
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

fn list(objects: &BTreeMap<String, Vec<u8>>, query: &str) -> Response {
    let of = |name: &str| {
        let pair = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
        pair.unwrap_or_default().replace("%2F", "/")
    };
    let (prefix, after, by_folder) = (of("prefix"), of("continuation-token"), !of("delimiter").is_empty());
    let mut folders = std::collections::BTreeSet::new();
    let (mut entries, mut last, mut more) = (String::new(), String::new(), false);
    let under = objects.iter().filter(|(name, _)| name.starts_with(&prefix) && **name > after);
    for (i, (name, bytes)) in under.enumerate() {
        if i == PAGE {
            more = true;
            break;
        }
        last.clone_from(name);
        match name[prefix.len()..].split_once('/') {
            Some((folder, _)) if by_folder => {
                folders.insert(format!("{prefix}{folder}/"));
            }
            _ => entries.push_str(&format!(
                "<Contents><Key>{name}</Key><LastModified>2026-11-30T02:00:00.000Z</LastModified>\
                 <ETag>x</ETag><Size>{}</Size></Contents>",
                bytes.len()
            )),
        }
    }
    for folder in folders {
        entries.push_str(&format!("<CommonPrefixes><Prefix>{folder}</Prefix></CommonPrefixes>"));
    }
    let next =
        if more { format!("<NextContinuationToken>{last}</NextContinuationToken>") } else { String::new() };
    let body = format!(
        "<?xml version=\"1.0\"?><ListBucketResult><Name>bucket</Name><IsTruncated>{more}</IsTruncated>\
         {next}{entries}</ListBucketResult>"
    );
    ([("content-type", "application/xml")], body).into_response()
}
