//! How one comes in and goes out: a link is asked for, looked at, and opened once.
//!
//! To look at a link does not use it up: mail servers and chats follow links, too. Its button does.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::Form;
use axum::extract::{Extension, Path, State};
use axum::http::header::{RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use rapport_model::job::Outbound;
use rapport_model::message::ChannelKind;
use rapport_model::people::User;
use rapport_model::reading::Language;
use rapport_prompts::board::{Board, Field, Part};
use rapport_storage::visits::{LINK_LASTS, Via};
use rapport_storage::work::Work;
use serde::Deserialize;

use super::super::bucket::of_one_customer;
use super::super::guard::Peer;
use super::super::pages::Visit;
use super::super::server::Shared;
use super::guest::{cookie, is_safe, secret};
use super::{Asked, ROOT, STYLE, page};
use crate::http::link_to_desk;

/// So many links are sent to a colleague by the form within the time that one is good.
const LINKS_MAX: i64 = 3;
/// Longer than it takes to send one.
const ANSWERED_AFTER: Duration = Duration::from_millis(150);
/// A longer name is nobody's.
const WHO_CHARS_MAX: usize = 200;
/// A notice of this name has no text of its own in `prompts/`, and is no digest or alert.
const NOTICE: &str = "link_to_page";

/// Who asks for a link.
#[derive(Debug, Deserialize)]
pub(super) struct Wish {
    #[serde(default)]
    who: String,
}

/// Shows where a link is asked for.
pub(super) async fn form(State(shared): State<Arc<Shared>>, asked: Asked, headers: HeaderMap) -> Response {
    let door = Door::of(&shared, &headers);
    let said =
        asked.get("out").is_some().then(|| shared.app.workflows.prompts().board_logged_out(door.language));
    door.asks(StatusCode::OK, said)
}

/// Sends a link, if there is such a colleague; the answer does not tell.
pub(super) async fn ask(
    State(shared): State<Arc<Shared>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    Form(wish): Form<Wish>,
) -> Response {
    let door = Door::of(&shared, &headers);
    let (client, now) = (of_one_customer(peer.client(&headers)), shared.app.store().clock().now());
    if let Err(seconds) = shared.doors.lock().unwrap_or_else(PoisonError::into_inner).take(client, now) {
        let (p, l) = (shared.app.workflows.prompts(), door.language);
        let mut busy = door.tells(StatusCode::TOO_MANY_REQUESTS, p.page_busy_title(l), p.page_busy_lead(l));
        busy.headers_mut().insert(RETRY_AFTER, seconds.into());
        return busy;
    }
    // How long it takes must not tell either.
    let (sent, ()) = tokio::join!(send(&shared, &wish.who), tokio::time::sleep(ANSWERED_AFTER));
    if let Err(e) = sent {
        return door.fails(&e);
    }
    let said = shared.app.workflows.prompts().board_login_sent(door.language);
    door.asks(StatusCode::OK, Some(said))
}

/// Shows whose a link is.
pub(super) async fn look(
    State(shared): State<Arc<Shared>>,
    Path(link): Path<String>,
    headers: HeaderMap,
) -> Response {
    let door = Door::of(&shared, &headers);
    match owner(&shared, &link).await {
        Ok(Some(user)) => door.opens(&link, user),
        Ok(None) => door.is_spent(),
        Err(e) => door.fails(&e),
    }
}

/// Opens a link: the browser is known from now on.
pub(super) async fn open(
    State(shared): State<Arc<Shared>>,
    Path(link): Path<String>,
    headers: HeaderMap,
) -> Response {
    let door = Door::of(&shared, &headers);
    let opened = async {
        let Some(user) = owner(&shared, &link).await? else { return Ok(None) };
        Ok::<_, anyhow::Error>(shared.app.store().open_visit(&link, user).await?.map(|secret| (secret, user)))
    };
    match opened.await {
        Ok(Some((secret, user))) => {
            tracing::info!(channel = "http", user = user.handle, "somebody came to the pages");
            with_cookie(Redirect::to(ROOT).into_response(), Some(&secret), &shared)
        }
        Ok(None) => door.is_spent(),
        Err(e) => door.fails(&e),
    }
}

/// Goes out.
pub(super) async fn leave(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    if let Some(secret) = secret(&headers, is_safe(&shared))
        && let Err(e) = shared.app.store().end_visit(secret).await
    {
        return Door::of(&shared, &headers).fails(&e.into());
    }
    with_cookie(Redirect::to(&format!("{ROOT}/login?out=1")).into_response(), None, &shared)
}

/// Says that something was sent from elsewhere.
pub(super) fn foreign(shared: &Arc<Shared>, headers: &HeaderMap) -> Response {
    let door = Door::of(shared, headers);
    let (p, l) = (shared.app.workflows.prompts(), door.language);
    door.tells(StatusCode::FORBIDDEN, p.board_foreign_title(l), p.board_foreign_lead(l))
}

/// Says that we failed.
pub(super) fn failed(shared: &Arc<Shared>, headers: &HeaderMap, e: &anyhow::Error) -> Response {
    Door::of(shared, headers).fails(e)
}

fn with_cookie(mut response: Response, secret: Option<&str>, shared: &Arc<Shared>) -> Response {
    let cookie = HeaderValue::try_from(cookie(secret, is_safe(shared))).expect("a cookie of ours is ASCII");
    response.headers_mut().insert(SET_COOKIE, cookie);
    response
}

/// Returns whose a link is that can be opened.
async fn owner<'s>(shared: &'s Arc<Shared>, link: &str) -> anyhow::Result<Option<&'s User>> {
    let store = shared.app.store();
    let visit = store.visit_by_link(link).await?.filter(|visit| visit.can_open(store.clock().now()));
    Ok(visit.and_then(|visit| shared.app.workflows.user(visit.user)))
}

/// Sends a link to whoever has that short name or address: in their chat, or else by mail.
async fn send(shared: &Arc<Shared>, who: &str) -> anyhow::Result<()> {
    let (app, who) = (&shared.app, who.trim());
    let (store, now) = (app.store(), app.store().clock().now());
    let is_called = |user: &&User| {
        let address = user.address.as_ref().is_some_and(|address| address.as_str().eq_ignore_ascii_case(who));
        address || user.handle.eq_ignore_ascii_case(who)
    };
    let is_name = !who.is_empty() && who.chars().count() <= WHO_CHARS_MAX;
    let Some(user) = app.workflows.users().iter().filter(|_| is_name).find(is_called) else { return Ok(()) };
    let Some(base) = app.config.http.desk_base() else { return Ok(()) };
    let has_chat = !store.bound_since(user.id).await?.is_empty();
    if !has_chat && user.address.is_none() {
        return Ok(());
    }
    if store.visits_asked(user.id, Via::Form, now.plus(-LINK_LASTS)).await? >= LINKS_MAX {
        return Ok(());
    }
    app.workflows.refresh().await?;
    let link = link_to_desk(&base, &store.make_visit(user.id, Via::Form).await?);
    let (p, l) = (app.workflows.prompts(), app.workflows.language_of(Some(user)));
    let (id, house) = (store.new_id(), &app.workflows.settings().house.name);
    let notice = Outbound {
        channel: if has_chat { ChannelKind::Console } else { ChannelKind::Email },
        subject: p.visit_subject(l, house),
        body: p.visit_mail(l, user.display_name(), &link),
        ..Outbound::notice(id, user.id, NOTICE, now, format!("{NOTICE}/{id}"))
    };
    store.commit(vec![Work { outbox: vec![notice], ..Work::default() }]).await?;
    Ok(())
}

/// A page before one is let in, in the language that the browser wants.
struct Door<'a> {
    shared: &'a Arc<Shared>,
    language: Language,
}

impl<'a> Door<'a> {
    fn of(shared: &'a Arc<Shared>, headers: &HeaderMap) -> Self {
        Self { shared, language: Visit::of(shared, headers).language() }
    }

    fn shows(&self, status: StatusCode, board: Board) -> Response {
        let workflows = &self.shared.app.workflows;
        let house = workflows.settings().house.name.clone();
        let board = Board { house, style: STYLE.clone(), ..board };
        page(status, workflows.prompts().board(self.language, &board))
    }

    fn tells(&self, status: StatusCode, title: String, lead: String) -> Response {
        self.shows(status, Board { title, lead, ..Board::default() })
    }

    fn asks(&self, status: StatusCode, said: Option<String>) -> Response {
        let (p, l) = (self.shared.app.workflows.prompts(), self.language);
        let (title, lead) = (p.board_login_title(l), p.board_login_lead(l));
        let parts = said.map(|text| Part::Said { text }).into_iter().chain([self.form()]).collect();
        self.shows(status, Board { title, lead, parts, ..Board::default() })
    }

    fn form(&self) -> Part {
        let (p, l) = (self.shared.app.workflows.prompts(), self.language);
        let who = Field {
            label: p.board_login_who(l),
            name: "who".into(),
            sort: "text",
            autocomplete: "username",
            ..Field::default()
        };
        form_of(format!("{ROOT}/login"), vec![who], p.board_login_button(l))
    }

    /// Asks whether to open a link, in the language of whose it is.
    fn opens(&self, link: &str, user: &User) -> Response {
        let workflows = &self.shared.app.workflows;
        let (p, l) = (workflows.prompts(), workflows.language_of(Some(user)));
        let parts = vec![form_of(format!("{ROOT}/in/{link}"), Vec::new(), p.board_open_button(l))];
        let (title, lead) = (p.board_open_title(l), p.board_open_lead(l, user.display_name()));
        let own = Self { language: l, ..*self };
        own.shows(StatusCode::OK, Board { title, lead, parts, ..Board::default() })
    }

    fn is_spent(&self) -> Response {
        let (p, l) = (self.shared.app.workflows.prompts(), self.language);
        let (title, lead) = (p.board_spent_title(l), p.board_spent_lead(l));
        self.shows(StatusCode::GONE, Board { title, lead, parts: vec![self.form()], ..Board::default() })
    }

    fn fails(&self, e: &anyhow::Error) -> Response {
        tracing::error!(channel = "http", error = format!("{e:#}"), "the door of the pages failed");
        let (p, l) = (self.shared.app.workflows.prompts(), self.language);
        self.tells(StatusCode::INTERNAL_SERVER_ERROR, p.board_failed_title(l), p.board_failed_lead(l))
    }
}

fn form_of(action: String, fields: Vec<Field>, button: String) -> Part {
    Part::Form { title: String::new(), note: String::new(), method: "post", action, fields, button }
}
