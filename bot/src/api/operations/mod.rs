//! All that can be asked, in the order of the documentation.

mod records;
mod rest;

use std::sync::LazyLock;

use rapport_model::people::Role;

use super::call::Call;
use super::operation::{Answers, Group, Method, Operation, Param, Pending, Takes};
use super::schema::Shape;

/// All that can be asked.
pub static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    let mut all = [rest::HOUSE, records::RECORDS, rest::REST].concat();
    all.sort_by_key(|operation| operation.group);
    all
});

type Act = for<'c> fn(&'c Call) -> Pending<'c>;
type Again = for<'c> fn(&'c Call, rapport_model::Id) -> Pending<'c>;

const fn get(
    id: &'static str,
    path: &'static str,
    what: &'static str,
    group: Group,
    shape: Shape,
    act: Act,
) -> Operation {
    Operation {
        id,
        method: Method::Get,
        path,
        group,
        what,
        more: "",
        role: Role::Viewer,
        whole_house: false,
        params: &[],
        body: None,
        answers: Answers { status: 200, shape, etag: false },
        act,
        again: None,
    }
}

const fn one(
    id: &'static str,
    path: &'static str,
    what: &'static str,
    group: Group,
    shape: Shape,
    act: Act,
) -> Operation {
    let operation = get(id, path, what, group, shape, act);
    Operation { answers: Answers { status: 200, shape, etag: true }, ..operation }
}

const fn list(
    id: &'static str,
    path: &'static str,
    what: &'static str,
    group: Group,
    (shape, params): (Shape, &'static [Param]),
    act: Act,
) -> Operation {
    Operation { params, ..get(id, path, what, group, shape, act) }
}

/// What makes a record, or does something; it is done once under a key.
const fn post(
    id: &'static str,
    path: &'static str,
    what: &'static str,
    group: Group,
    (body, shape): (Option<Shape>, Shape),
    act: Act,
    again: Again,
) -> Operation {
    Operation {
        method: Method::Post,
        role: Role::Rep,
        body,
        answers: Answers { status: 201, shape, etag: false },
        again: Some(again),
        ..get(id, path, what, group, shape, act)
    }
}

const fn patch(
    id: &'static str,
    path: &'static str,
    what: &'static str,
    group: Group,
    (body, shape): (Shape, Shape),
    act: Act,
    again: Again,
) -> Operation {
    let made = post(id, path, what, group, (Some(body), shape), act, again);
    Operation {
        method: Method::Patch,
        more: "Fields that are not named stay. With If-Match it is done only while the record is as it was seen.",
        answers: Answers { status: 200, shape, etag: true },
        ..made
    }
}

/// A parameter that may be left out.
const fn param(name: &'static str, what: &'static str, takes: Takes) -> Param {
    Param { name, what, takes, required: false }
}

const LIMIT: Param = param("limit", "How many items a page has.", Takes::Number(1, 100));
const CURSOR: Param = param("cursor", "Where the page begins: `next` of the page before.", Takes::Text(120));
const OWNER: Param = param(
    "owner",
    "Only what this colleague looks after, by their short name; `me`, or `nobody`.",
    Takes::Text(64),
);
const TAG: Param = param("tag", "Only what has this tag.", Takes::Text(40));
const UPDATED: Param = param("updated_since", "Only what was written at this time or later.", Takes::Time);
const CUSTOMER: Param =
    param("customer", "Only what belongs to this customer: their number or id.", Takes::Text(24));
const COMPANY: Param =
    param("company", "Only what belongs to this company: its number or id.", Takes::Text(24));
const SINCE: Param = param("since", "Only from this time on.", Takes::Time);
const UNTIL: Param = param("until", "Only before this time.", Takes::Time);

const fn choice(name: &'static str, what: &'static str, names: fn() -> Vec<&'static str>) -> Param {
    param(name, what, Takes::OneOf(names))
}

macro_rules! names {
    ($type:path) => {
        || <$type>::ALL.iter().map(|one| one.name()).collect()
    };
}

use names;

const LIFECYCLE: Param =
    choice("lifecycle", "Only those who stand there.", names!(rapport_model::people::Lifecycle));
const PRIORITY: Param = choice("priority", "Only of this priority.", names!(rapport_model::people::Priority));
const STATUS: Param =
    choice("status", "Only those that stand so.", names!(rapport_model::people::TicketStatus));
const STATE: Param = choice("state", "Only those that are to be done, or are done.", || vec!["open", "done"]);
const STAGE: Param = param("stage", "Only those in this stage of the pipeline.", Takes::Text(64));
const PAGE: &[Param] = &[LIMIT, CURSOR];
