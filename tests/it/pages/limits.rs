use std::time::Duration;

use rapport::http::Limits;
use rapport::http::links::Link;
use rapport_model::time::SECOND;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{house, path, said};
use crate::support::{Browser, Program, Reply, Running, SERVED, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn a_page_lets_nothing_in_and_nothing_out() {
    let house = [("RAPPORT__HOUSE__NAME", "<b>\"Bright\" & Söhne</b>")];
    let app = TestApp::start_set(None, &[&SERVED[..], &house[..]].concat()).await;
    let browser = Browser::of(&app).await;
    let page = browser.gets("/u/x").await;
    assert!(page.body.contains("&lt;b&gt;&quot;Bright&quot; &amp; Söhne&lt;&#x2f;b&gt;"), "{}", page.body);
    assert!(!page.body.contains("<b>"));
    let nonce = page.body.split_once("<style nonce=\"").unwrap().1.split_once('"').unwrap().0;
    assert_eq!(
        page.header("content-security-policy").unwrap(),
        format!(
            "default-src 'none'; style-src 'nonce-{}'; img-src data:; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'",
            nonce.replace("&#x2f;", "/")
        )
    );
    for (name, value) in [
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("x-robots-tag", "noindex"),
        ("content-type", "text/html; charset=utf-8"),
    ] {
        assert_eq!(page.header(name), Some(value), "{name}");
    }
    for outside in ["<script", "http://", "https://", "src=", "@import", "url("] {
        assert!(!page.body.contains(outside), "{outside}");
    }
    let other = browser.gets("/u/x").await;
    assert!(!other.body.contains(nonce), "each page has its own");
    browser.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_in_the_language_of_the_browser_where_nobody_knows_whose_it_is() {
    let app = TestApp::start_set(None, &SERVED).await;
    let browser = Browser::of(&app).await;
    for (accept, title) in
        [("", "This link does not work"), ("Accept-Language: fr, zh;q=0.9, en;q=0.5\r\n", "链接无法打开")]
    {
        assert_eq!(browser.asks("GET", "/u/x", accept, "").await.title(), title);
    }
    browser.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_too_much_is_refused() {
    let (app, ben) = house().await;
    let browser = Browser::of(&app).await;
    let (unsubscribe, preferences) = (path(&app, Link::Unsubscribe(ben)), path(&app, Link::Preferences(ben)));
    for path in [&unsubscribe, &preferences] {
        let much = format!("language=en&{}", "x".repeat(16 * 1024));
        assert_eq!(browser.posts(path, &much).await.in_short(), (413, "That did not work"));
        // Who does not say how much it is can send no more.
        let chunked = "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n";
        let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{chunked}\r\n");
        let chunk = format!("1000\r\n{}\r\n", "y".repeat(0x1000));
        let bytes = format!("{head}{}0\r\n\r\n", chunk.repeat(5));
        assert_eq!(browser.says(bytes.as_bytes()).await.unwrap().status, 413);
    }
    let long = format!("GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "x".repeat(64 * 1024));
    assert_eq!(browser.says(long.as_bytes()).await.unwrap().status, 431);
    assert_eq!(browser.says(b"EHLO mail.example\r\n\r\n").await.unwrap().status, 400);
    assert_eq!(said(&app).await, []);
    browser.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_too_often_waits_and_nobody_else_does() {
    let (app, ben) = house().await;
    let browser = Browser::limited(&app, Limits { burst: 3, a_second: 1, ..Limits::default() }).await;
    let path = path(&app, Link::Unsubscribe(ben));
    let ask =
        async |from: &str| browser.asks("POST", &path, &format!("X-Forwarded-For: {from}\r\n"), "").await;
    for _ in 0..3 {
        assert_eq!(ask("192.0.2.1").await.status, 200);
    }
    let refused = ask("198.51.100.9, 192.0.2.1").await;
    assert_eq!(refused.in_short(), (429, "One moment, please"), "whatever it says before");
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(ask("192.0.2.2").await.status, 200);
    app.clock.advance(SECOND);
    assert_eq!((ask("192.0.2.1").await.status, ask("192.0.2.1").await.status), (200, 429));
    browser.ends().await;
}

/// Limits that a test can wait for.
fn short() -> Limits {
    let soon = Duration::from_millis(200);
    Limits { head_within: soon, request_within: soon, ..Limits::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_slow_is_cut_off() {
    let (app, ben) = house().await;
    let browser = Browser::limited(&app, short()).await;
    let path = path(&app, Link::Unsubscribe(ben));
    assert!(browser.says(b"").await.is_none(), "says nothing");
    let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\n");
    let reply = browser.says(head.as_bytes()).await;
    assert!(reply.is_none_or(|reply| reply.status == 408), "does not end its headers");
    let body = format!("{head}Content-Length: 9\r\n\r\nList");
    assert_eq!(browser.says(body.as_bytes()).await.unwrap().in_short(), (408, "That did not work"));
    assert_eq!(said(&app).await, []);
    browser.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_more_than_there_may_be_waits_and_is_answered() {
    let (app, _) = house().await;
    let browser = Browser::limited(&app, Limits { connections_max: 1, ..short() }).await;
    let silent = TcpStream::connect(browser.place).await.unwrap();
    // Until the silent one is cut off.
    assert_eq!(browser.gets("/live").await.status, 200);
    drop(silent);
    browser.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_is_answered_before_the_end() {
    let (app, ben) = house().await;
    let browser = Browser::of(&app).await;
    let path = path(&app, Link::Unsubscribe(ben));
    let mut idle = TcpStream::connect(browser.place).await.unwrap();
    idle.write_all(b"GET /live HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut byte = [0];
    idle.read_exact(&mut byte).await.unwrap();
    let mut asking = TcpStream::connect(browser.place).await.unwrap();
    let head =
        format!("POST {path} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    asking.write_all(head.as_bytes()).await.unwrap();
    // It says "go on" once the request is in its hands.
    let mut go_on = [0; 25];
    asking.read_exact(&mut go_on).await.unwrap();
    let place = browser.place;
    let rest = async {
        asking.write_all(b"List").await.unwrap();
        let mut heard = Vec::new();
        asking.read_to_end(&mut heard).await.unwrap();
        Reply::of(&heard).unwrap().status
    };
    let (status, ()) = tokio::join!(rest, browser.ends());
    assert_eq!(status, 200);
    assert_eq!(said(&app).await.len(), 1);
    assert!(TcpStream::connect(place).await.is_err(), "nobody listens any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_figures_are_for_programs_of_this_machine() {
    let (app, _) = house().await;
    let browser = Browser::of(&app).await;
    for (path, begins) in
        [("/live", "live"), ("/ready", "ready"), ("/metrics", "# HELP rapport_schema_version")]
    {
        let reply = browser.gets(path).await;
        assert_eq!(reply.status, 200, "{path}");
        assert!(reply.body.starts_with(begins), "{path}: {}", reply.body);
        assert_eq!(
            reply.header("content-security-policy"),
            Some("default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'")
        );
    }
    for path in ["/ready", "/metrics"] {
        let passed_on = browser.asks("GET", path, "X-Forwarded-For: 127.0.0.1\r\n", "").await;
        assert_eq!(passed_on.in_short(), (404, "This link does not work"));
    }
    browser.ends().await;
}

#[test]
fn the_program_says_where_it_serves_and_that_a_port_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    let program = Program::on(dir.path());
    let config = |listen: &str| {
        let text = format!("[http]\nlisten = '{listen}'\npublic_url = 'https://crm.example.com/'\n");
        std::fs::write(dir.path().join("rapport.toml"), text).unwrap();
    };
    config("127.0.0.1:0");
    let running = Running::start(&program, &["run", "--json"]);
    let ready: serde_json::Value = serde_json::from_str(&running.ready).unwrap();
    assert_eq!(ready["public_url"], "https://crm.example.com");
    let place = ready["http"].as_str().unwrap().to_owned();
    let mut stream = std::net::TcpStream::connect(&place).unwrap();
    std::io::Write::write_all(&mut stream, b"GET /ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut heard = Vec::new();
    std::io::Read::read_to_end(&mut stream, &mut heard).unwrap();
    assert_eq!(Reply::of(&heard).unwrap().body, "ready\n");
    assert!(running.terminate().success());

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let place = taken.local_addr().unwrap();
    config(&place.to_string());
    let output = program.run(&["run"]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(error.contains(&format!("cannot listen on {place}")) && error.contains("http.listen"), "{error}");

    std::fs::write(dir.path().join("rapport.toml"), "[http]\npublic_url = 'http://crm.example.com'\n")
        .unwrap();
    let output = program.run(&["check"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("http.public_url"), "{output:?}");
}
