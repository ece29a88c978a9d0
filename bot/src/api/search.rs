//! Search: the engine that the chats use, over what the token sees.

use rapport_model::message::Direction;
use rapport_model::reading::{Intent, Mood};
use rapport_model::{Kind, RecordRef};
use rapport_nlp::search::{Order, Query, Request};

use super::answer::Answer;
use super::call::Call;
use super::problem::Problem;
use super::types::{Found, Mark, Ref, Results};
use super::view::numbers;

/// No list is read further.
const OFFSET_MAX: usize = 100_000;

pub(super) async fn search(call: &Call) -> Result<Answer, Problem> {
    let desk = call.desk();
    let offset = call.place::<1>()?.map_or(0, |[offset]| usize::try_from(offset).unwrap_or(0));
    let customer = match call.text("customer") {
        Some(text) => {
            Some(call.meant("customer", text, &[Kind::Customer]).await.map_err(Problem::malformed)?.record.id)
        }
        None => None,
    };
    let limit = call.limit() as usize;
    let flag = |name: &str| call.params.get(name).and_then(serde_json::Value::as_bool).unwrap_or(false);
    let request = Request {
        query: Query::parse(call.text("q").unwrap_or_default()),
        kinds: call.text("kind").and_then(Kind::by_name).into_iter().collect(),
        customer,
        visible: desk.visible().await?,
        direction: call.text("direction").and_then(Direction::by_name),
        intent: call.text("intent").and_then(Intent::by_name),
        mood: call.text("mood").and_then(Mood::by_name),
        since: call.time("since"),
        until: call.time("until"),
        order: if call.text("order") == Some("newest") { Order::Newest } else { Order::Relevance },
        offset,
        limit,
        expand: flag("expand"),
        ..Request::default()
    };
    desk.index().await?;
    let searcher = call.app.workflows.searcher();
    let results = rapport_workflows::search::search(desk.store(), searcher, &request).await?;
    let customers = results.found.iter().filter_map(|found| found.customer);
    let customers = customers.map(|id| RecordRef::new(Kind::Customer, id));
    let records = results.found.iter().map(|found| found.record).chain(customers);
    let numbers = numbers(&desk, records.collect()).await?;
    let named = |record: RecordRef| {
        let number = numbers.get(&record)?.clone();
        Some(Ref { kind: record.kind, id: record.id, number })
    };
    let items = results.found.iter().filter_map(|found| {
        Some(Found {
            record: named(found.record)?,
            title: found.title.clone(),
            snippet: found.snippet.text.clone(),
            marks: found
                .snippet
                .marks
                .iter()
                .map(|(a, b)| Mark { start: *a as u64, end: *b as u64 })
                .collect(),
            customer: found.customer.and_then(|id| named(RecordRef::new(Kind::Customer, id))),
            at: found.at,
            score: found.score,
        })
    });
    let next = offset + limit;
    let is_more = results.total > next && next < OFFSET_MAX;
    let next = i64::try_from(next).ok().filter(|_| is_more).map(|next| call.cursor(&[next]));
    Ok(Answer::of(&Results {
        total: results.total as u64,
        items: items.collect(),
        next,
        added: results.added.iter().map(|added| added.word.clone()).collect(),
        relaxed: results.relaxed,
    }))
}
