//! Digests: those that were sent, and how things stand now.
//!
//! A digest is laid out for mail programs, with a style in each of its parts, so it is shown as a page of
//! its own, in which nothing else is let in.

use std::collections::HashSet;

use axum::extract::Path;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use rapport_model::Id;
use rapport_model::job::Outbound;
use rapport_model::message::ChannelKind;
use rapport_model::time::DAY;
use rapport_prompts::board::{Board, Cell, Part};
use rapport_workflows::digest::{Ground, Period};

use super::guest::Here;
use super::parts::{cell, column, way};
use super::{HTML, Place, ROOT, Shown, Trouble};
use crate::commands::desk::Desk;

/// Digests that are listed.
const LISTED: u32 = 60;
/// Of how many days, today included, a digest can be made now; 1 is the last 24 hours.
const DAYS: [u32; 3] = [1, 7, 30];
/// Parts of a digest bring their own style; nothing else counts, and nothing is sent.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; \
     frame-ancestors 'none'",
);
/// What stands at the end of the key of a digest's mail.
const MAIL: &str = "/mail";

pub(super) async fn list(here: Here) -> Response {
    let shown = board(&here.desk()).await;
    here.answer(Some(Place::Digests), shown)
}

pub(super) async fn now(here: Here, Path(days): Path<String>) -> Response {
    let made = match days.parse().ok().filter(|days| DAYS.contains(days)) {
        Some(days) => made(&here.desk(), days).await,
        None => Err(Trouble::Wrong),
    };
    match made {
        Ok(html) => document(&here.desk(), &html),
        Err(trouble) => here.answer(Some(Place::Digests), Err(trouble)),
    }
}

pub(super) async fn sent(here: Here, Path(id): Path<String>) -> Response {
    let desk = here.desk();
    let found = async {
        let sent = received(&desk).await?;
        let id: Option<Id> = id.parse().ok();
        sent.into_iter().find(|one| Some(one.id) == id).ok_or(Trouble::Wrong)
    };
    let shown = match found.await {
        Ok(Outbound { html: Some(html), .. }) if html.contains("<body") => return document(&desk, &html),
        Ok(one) => {
            let (p, l) = (desk.prompts(), desk.language);
            let path = format!("{ROOT}{}", Place::Digests.path());
            let text =
                Part::Words { title: String::new(), note: String::new(), text: one.body, quote: false };
            let lead = desk.when(one.send_at);
            let back = Some(way(path, p.board_digests(l), false));
            Ok(Board { title: one.subject, lead, back, parts: vec![text], ..Board::default() })
        }
        Err(trouble) => Err(trouble),
    };
    here.answer(Some(Place::Digests), shown)
}

async fn board(desk: &Desk<'_>) -> Shown {
    let (p, l) = (desk.prompts(), desk.language);
    let names = [p.board_digest_day(l), p.board_digest_week(l), p.board_digest_month(l)];
    let now =
        DAYS.iter().zip(names).map(|(days, name)| way(format!("{ROOT}/digests/now/{days}"), name, false));
    let row = |one: Outbound| {
        let path = format!("{ROOT}/digests/sent/{}", one.id);
        vec![Cell { path, ..cell(one.subject) }, cell(desk.when(one.send_at))]
    };
    let parts = vec![
        Part::Ways { items: now.collect() },
        Part::Table {
            title: p.board_digest_sent(l),
            note: String::new(),
            columns: vec![column(p.board_digest(l)), column(p.board_sent(l))],
            rows: received(desk).await?.into_iter().map(row).collect(),
            empty: p.board_digest_none(l),
            brief: false,
        },
    ];
    Ok(Board { title: p.board_digests(l), lead: p.board_digests_lead(l), parts, ..Board::default() })
}

/// Returns the digests that whoever looks got, newest first: each once, as the mail where there is one.
async fn received(desk: &Desk<'_>) -> Result<Vec<Outbound>, Trouble> {
    let all = desk.app.store().digests_to(desk.user.id, LISTED).await?;
    let sent = all.into_iter().filter(|(_, state)| matches!(state.as_str(), "sent" | "pending" | "sending"));
    let mut sent: Vec<Outbound> = sent.map(|(message, _)| message).collect();
    let mailed = sent.iter().filter(|one| one.channel == ChannelKind::Email);
    let mailed: HashSet<String> =
        mailed.filter_map(|one| one.idempotency_key.strip_suffix(MAIL)).map(str::to_owned).collect();
    sent.retain(|one| !mailed.contains(&one.idempotency_key));
    Ok(sent)
}

/// Makes a digest of what whoever looks sees.
async fn made(desk: &Desk<'_>, days: u32) -> Result<String, Trouble> {
    let period = match days {
        1 => Period::last(DAY, desk.now),
        days => Period::days(days, desk.now, desk.zone),
    };
    let workflows = &desk.app.workflows;
    let mut digest = workflows.digest_through(desk.store(), period, desk.user).await?;
    workflows.picture(&mut digest, Ground::Clear);
    Ok(desk.prompts().digest(desk.language, &digest).html)
}

/// Answers with a digest as it is mailed, with a way back above it.
fn document(desk: &Desk<'_>, html: &str) -> Response {
    let back = format!(
        "<p style=\"max-width:600px;margin:0 auto;padding:14px 16px 0;font:inherit\">\
         <a href=\"{ROOT}{}\" style=\"color:inherit\">‹ {}</a></p>",
        Place::Digests.path(),
        desk.prompts().board_digests(desk.language).replace(['<', '&'], " "),
    );
    let page = match html.find("<body").and_then(|at| Some(at + html[at..].find('>')? + 1)) {
        Some(at) => format!("{}{back}{}", &html[..at], &html[at..]),
        None => html.to_owned(),
    };
    (StatusCode::OK, [(CONTENT_SECURITY_POLICY, POLICY), (CONTENT_TYPE, HTML)], Html(page)).into_response()
}
