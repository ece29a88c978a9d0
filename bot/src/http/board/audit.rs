//! Who did what: acts as far as they are seen, by colleague and period; who looked at whom, and who came to these
//! pages.

use axum::response::Response;
use chrono::NaiveDate;
use rapport_model::{Actor, Id, Kind, Record, RecordRef, ShortNumber, Timestamp};
use rapport_prompts::board::{Board, Cell, Choice, Field, Part, Tone, Way};
use rapport_prompts::format;
use rapport_storage::history::Entry;
use rapport_storage::pages::Acts;
use rapport_storage::reads::Reads;
use rapport_storage::visits::{Via, Visit};

use super::guest::Here;
use super::parts::{cell, chip, column, midnight, path_of, way};
use super::{Asked, Place, ROOT, Shown, Trouble, may_operate};
use crate::commands::desk::Desk;

/// Acts on a page.
const PER_PAGE: usize = 40;
/// The parts of the service whose acts only follow from mails: nobody decided on them.
const FROM_MAILS: [&str; 2] = ["ingest", "record"];
/// So often a page is filled up with acts that were before.
const PORTIONS_MAX: usize = 12;
/// Records of an act that are named.
const NAMED_MAX: usize = 3;
const WHAT_CHARS_MAX: usize = 400;
/// Logins that are listed, and of how long where no period is chosen.
const VISITS_MAX: u32 = 50;
/// Reads that are listed, newest first.
const READS_MAX: u32 = 50;
/// What is longer is no number.
const NUMBER_CHARS_MAX: usize = 16;
const VISITS_OF: i64 = 30 * rapport_model::time::DAY;

pub(super) async fn show(here: Here, asked: Asked) -> Response {
    let wish = Wish::of(&here.desk(), |name| asked.get(name).unwrap_or_default().trim());
    let shown = board(&here.desk(), &wish).await;
    here.answer(Some(Place::Audit), shown)
}

/// What is looked for. Words that mean nothing look for everything.
#[derive(Debug, Default)]
struct Wish {
    /// A colleague's short name; empty for all.
    who: String,
    actor: Option<Id>,
    /// A customer's number; empty for all.
    of: String,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    before: Option<Id>,
}

impl Wish {
    fn of<'t>(desk: &Desk<'_>, asked: impl Fn(&str) -> &'t str) -> Self {
        let user = desk.app.workflows.users().iter().find(|user| user.handle == asked("who"));
        Self {
            who: user.map_or_else(String::new, |user| user.handle.clone()),
            actor: user.map(|user| user.id),
            of: asked("of").chars().take(NUMBER_CHARS_MAX).collect(),
            from: asked("from").parse().ok(),
            to: asked("to").parse().ok(),
            before: asked("before").parse().ok(),
        }
    }

    fn period(&self, desk: &Desk<'_>) -> (Option<Timestamp>, Option<Timestamp>) {
        let from = self.from.and_then(|day| midnight(day, desk.zone));
        let to = self.to.and_then(|day| midnight(day.succ_opt()?, desk.zone));
        (from, to)
    }

    /// Where the same is looked for before an act.
    fn path(&self, before: Option<Id>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let day = |day: Option<NaiveDate>| day.map_or_else(String::new, |day| day.to_string());
        let before = before.map_or_else(String::new, |id| id.to_string());
        let (who, of) = (self.who.clone(), self.of.clone());
        let all =
            [("who", who), ("of", of), ("from", day(self.from)), ("to", day(self.to)), ("before", before)];
        for (name, value) in all.iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        let query = query.finish();
        let path = format!("{ROOT}{}", Place::Audit.path());
        if query.is_empty() { path } else { format!("{path}?{query}") }
    }
}

async fn board(desk: &Desk<'_>, wish: &Wish) -> Shown {
    let (p, l) = (desk.prompts(), desk.language);
    let (since, until) = wish.period(desk);
    let mut which = Acts {
        actor: wish.actor.map(Actor::User),
        without: &FROM_MAILS,
        record: None,
        since,
        until,
        before: wish.before,
        limit: u32::try_from(PER_PAGE).unwrap_or(u32::MAX),
    };
    let (mut rows, mut last, mut is_more) = (Vec::new(), None, true);
    // Some acts only did what is not told: they must not leave a page empty.
    for _ in 0..PORTIONS_MAX {
        let acts = desk.store().acts(&which).await?;
        is_more = acts.len() == PER_PAGE;
        for act in &acts {
            if rows.len() == PER_PAGE {
                is_more = true;
                break;
            }
            rows.extend(row(desk, act).await?);
            last = act.first().map(|entry| entry.act.id);
        }
        which.before = last;
        if rows.len() == PER_PAGE || !is_more {
            break;
        }
    }
    let mut parts = vec![
        form(desk, wish),
        Part::Table {
            title: p.board_acts(l),
            note: String::new(),
            columns: vec![column(p.board_what(l)), column(p.board_who(l)), column(p.board_when(l))],
            rows,
            empty: p.board_acts_none(l),
            brief: false,
        },
    ];
    let mut ways: Vec<Way> = Vec::new();
    if wish.before.is_some() {
        ways.push(way(wish.path(None), p.board_newest(l), false));
    }
    if is_more {
        ways.push(way(wish.path(last), p.board_earlier(l), false));
    }
    if !ways.is_empty() {
        parts.push(Part::Ways { items: ways });
    }
    if may_operate(desk.user) && wish.before.is_none() {
        parts.push(reads(desk, wish).await?);
        parts.push(visits(desk, wish).await?);
    }
    Ok(Board { title: p.board_audit(l), lead: p.board_audit_lead(l), parts, ..Board::default() })
}

fn form(desk: &Desk<'_>, wish: &Wish) -> Part {
    let (p, l) = (desk.prompts(), desk.language);
    let anybody = Choice { value: String::new(), text: p.board_anybody(l) };
    let colleague = |user: &rapport_model::people::User| Choice {
        value: user.handle.clone(),
        text: user.display_name().to_owned(),
    };
    let choices = std::iter::once(anybody).chain(desk.app.workflows.users().iter().map(colleague)).collect();
    let day = |label: String, name: &str, day: Option<NaiveDate>| Field {
        label,
        name: name.to_owned(),
        sort: "date",
        value: day.map_or_else(String::new, |day| day.to_string()),
        ..Field::default()
    };
    let who = Field {
        label: p.board_actor(l),
        name: "who".to_owned(),
        value: wish.who.clone(),
        choices,
        ..Field::default()
    };
    let of =
        Field { label: p.board_of(l), name: "of".to_owned(), value: wish.of.clone(), ..Field::default() };
    Part::Form {
        title: String::new(),
        note: String::new(),
        method: "get",
        action: format!("{ROOT}{}", Place::Audit.path()),
        fields: vec![who, of, day(p.board_from(l), "from", wish.from), day(p.board_to(l), "to", wish.to)],
        button: p.board_look(l),
    }
}

/// Says what an act did; nothing where that only follows from a mail.
async fn row(desk: &Desk<'_>, act: &[Entry]) -> Result<Option<Vec<Cell>>, Trouble> {
    let (p, l) = (desk.prompts(), desk.language);
    let Some(first) = act.first() else { return Ok(None) };
    let (mut name, mut path, mut said) = (String::new(), String::new(), Vec::new());
    for of_record in act.chunk_by(|a, b| a.change.record == b.change.record) {
        if said.len() >= NAMED_MAX {
            break;
        }
        let Some(what) = desk.what(of_record).await? else { continue };
        let reference = of_record[0].change.record;
        let kind = p.label(l, reference.kind).to_owned();
        let record = match reference.kind {
            rapport_model::Kind::Message | rapport_model::Kind::Attachment => None,
            _ => desk.store().record(reference).await?,
        };
        let called = match &record {
            Some(record) => desk.titled(record).await?,
            None => kind,
        };
        if name.is_empty() {
            name.clone_from(&called);
            let has_page = |record: &&rapport_model::Record| super::record::has_page(record.record.kind);
            path = record.as_ref().filter(has_page).map_or_else(String::new, |r| path_of(r.short()));
            said.push(what);
        } else {
            said.push(format!("{called}: {what}"));
        }
    }
    if said.is_empty() {
        return Ok(None);
    }
    let who = desk.actor(&first.act.actor);
    let who = if who.is_empty() { p.by_former(l) } else { who };
    let what = Cell {
        path,
        under: format::capital(&format::clip(&said.join(" · "), WHAT_CHARS_MAX)),
        ..cell(format::capital(&name))
    };
    let state = match (first.act.undoes, first.undone_by) {
        (Some(_), _) => p.history_undo(l),
        (None, Some(_)) => p.taken_back(l),
        (None, None) => String::new(),
    };
    let who = Cell { under: state, ..cell(format::capital(&who)) };
    Ok(Some(vec![what, who, cell(desk.when(first.act.at))]))
}

/// Finds the customer whose number is looked for.
async fn customer(desk: &Desk<'_>, text: &str) -> Result<Option<Record>, Trouble> {
    let Ok(ShortNumber { kind: None | Some(Kind::Customer), number }) = text.parse() else {
        return Ok(None);
    };
    Ok(desk.store().by_number(Kind::Customer, number).await?)
}

/// Lists who looked at whom.
async fn reads(desk: &Desk<'_>, wish: &Wish) -> Result<Part, Trouble> {
    let (p, l) = (desk.prompts(), desk.language);
    let (since, until) = wish.period(desk);
    let of = match wish.of.is_empty() {
        true => None,
        // A number of nobody finds nothing.
        false => Some(customer(desk, &wish.of).await?.map_or(Id(-1), |customer| customer.record.id)),
    };
    let which = Reads { of, by: wish.actor, since, until, newest_first: true, limit: READS_MAX, after: None };
    let all = desk.store().reads(&which).await?;
    let mut rows = Vec::with_capacity(all.len());
    for read in &all {
        let customer = match read.customer {
            Some(id) => desk.store().record(RecordRef::new(Kind::Customer, id)).await?,
            None => None,
        };
        let whom = match &customer {
            Some(customer) => Cell { path: path_of(customer.short()), ..cell(desk.titled(customer).await?) },
            None => cell(String::new()),
        };
        let way = Cell { under: p.label(l, read.way).to_owned(), ..cell(desk.read_what(read)) };
        let who = format::capital(&desk.read_by(read.reader));
        rows.push(vec![whom, cell(who), way, cell(desk.when(read.last_at))]);
    }
    Ok(Part::Table {
        title: p.board_reads(l),
        note: p.board_reads_note(l),
        columns: vec![
            column(format::capital(p.label(l, Kind::Customer))),
            column(p.board_who(l)),
            column(p.board_what(l)),
            column(p.board_when(l)),
        ],
        rows,
        empty: p.board_reads_none(l),
        brief: false,
    })
}

/// Lists who came to these pages.
async fn visits(desk: &Desk<'_>, wish: &Wish) -> Result<Part, Trouble> {
    let (p, l) = (desk.prompts(), desk.language);
    let (since, until) = wish.period(desk);
    let (from, to) = (since.unwrap_or(desk.now.plus(-VISITS_OF)), until.unwrap_or(desk.now.plus(1)));
    let all = desk.store().visits(from, to, VISITS_MAX).await?;
    let of = |visit: &&Visit| wish.actor.is_none_or(|actor| visit.user == actor);
    let row = |visit: &Visit| {
        let name = desk.colleague(visit.user);
        let name = if name.is_empty() { p.by_former(l) } else { name };
        let via = match visit.via {
            Via::Chat => p.board_via_chat(l),
            Via::Form => p.board_via_form(l),
            Via::Operator => p.board_via_operator(l),
        };
        let state = match (visit.begun_at, visit.ended_at) {
            (None, _) => chip(p.board_visit_unused(l), Tone::Plain),
            (Some(_), Some(_)) => chip(p.board_visit_ended(l), Tone::Plain),
            _ if visit.is_open(desk.now) => chip(p.board_visit_open(l), Tone::Good),
            _ => chip(p.board_visit_over(l), Tone::Plain),
        };
        vec![cell(name), cell(via), state, cell(desk.when(visit.begun_at.unwrap_or(visit.made_at)))]
    };
    Ok(Part::Table {
        title: p.board_visits(l),
        note: String::new(),
        columns: vec![
            column(p.board_colleague(l)),
            column(p.board_visit_by(l)),
            column(p.board_state(l)),
            column(p.board_when(l)),
        ],
        rows: all.iter().filter(of).map(row).collect(),
        empty: p.board_visits_none(l),
        brief: false,
    })
}
