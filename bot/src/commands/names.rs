//! Offers customers and companies while somebody types.

use rapport_model::people::User;
use rapport_model::{Id, Kind, ShortNumber};
use rapport_nlp::search::NOBODY;
use rapport_storage::records::Filter;

use super::safe::plain;
use crate::App;

/// Returns at most `most` customers and companies that `user` sees and whose name begins with what was
/// typed, each by its number and name; those that were made last where nothing was typed yet.
///
/// # Errors
/// The store or the index cannot be read.
pub async fn names(
    app: &App,
    user: &User,
    typed: &str,
    most: usize,
) -> anyhow::Result<Vec<(ShortNumber, String)>> {
    let store = &app.workflows.store_of(user);
    let mut found = Vec::new();
    if typed.trim().is_empty() {
        let filter = Filter { limit: u32::try_from(most).unwrap_or(u32::MAX), ..Filter::default() };
        found = store.list(Kind::Customer, &filter).await?;
    } else {
        let hits = app.workflows.searcher().complete(
            typed,
            &[Kind::Customer, Kind::Company],
            store.visible(NOBODY).await?,
            most,
        )?;
        for kind in [Kind::Customer, Kind::Company] {
            let ids: Vec<Id> = hits.iter().filter(|hit| hit.kind == kind).map(|hit| hit.id).collect();
            found.extend(store.records(kind, &ids).await?);
        }
    }
    let is_there = |record: &&rapport_model::Record| !record.deleted && record.get("merged_into").is_null();
    let named = found.iter().filter(is_there).map(|r| (r.short(), plain(r.text("name")).replace('\n', " ")));
    Ok(named.take(most).collect())
}
