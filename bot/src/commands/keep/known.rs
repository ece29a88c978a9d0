//! Whether somebody like that is known already.

use rapport_model::{Change, Kind, Record, RecordRef};
use rapport_nlp::rep::distance;
use rapport_nlp::search::{Query, Request};
use rapport_storage::records::Filter;

use super::super::desk::{Desk, Done};
use super::person::Person;

/// Records among which one of nearly the same name is looked for.
const CANDIDATES_MAX: usize = 25;
/// So many of those that are known are named.
const SHOWN_MAX: usize = 3;
/// In a shorter name one letter more or less is another name.
const SLIP_CHARS_MIN: usize = 6;

impl Desk<'_> {
    /// Returns the records of `kind` that are the same as `person`, or may well be: those of the
    /// address, of the number, and of nearly the same name.
    pub(crate) async fn alike(&self, kind: Kind, person: &Person) -> Done<Vec<Record>> {
        let mut found: Vec<Record> = Vec::new();
        let contacts = [
            ("email", person.address.as_ref().map(|address| address.as_str())),
            ("phone", person.phone.as_deref()),
            ("domain", person.domain.as_deref()),
        ];
        for (channel, value) in contacts {
            let Some(value) = value else { continue };
            let known = self.store().identity(channel, value).await?;
            found.extend(self.holder(known.as_ref(), kind).await?);
        }
        if !person.name.is_empty() {
            found.extend(self.of_name(kind, &person.name).await?);
        }
        let mut alike: Vec<Record> = Vec::new();
        for record in found {
            if alike.len() < SHOWN_MAX && !alike.iter().any(|known| known.record == record.record) {
                alike.push(record);
            }
        }
        Ok(alike)
    }

    /// Makes a customer or company known by an address, a number or a domain.
    pub(crate) fn new_identity(&self, of: RecordRef, channel: &str, value: &str) -> Change {
        Change::create(RecordRef::new(Kind::Identity, self.store().new_id()))
            .with(of.kind.name(), of.id)
            .with("channel", channel)
            .with("value", value)
    }

    /// Returns the addresses, numbers and domains of a customer or company.
    pub(crate) async fn identities_of(&self, of: RecordRef) -> Done<Vec<Record>> {
        let filter = Filter { equal: vec![(of.kind.name(), of.id.into())], ..Filter::default() };
        Ok(self.store().list(Kind::Identity, &filter).await?)
    }

    /// Returns whose an address or a number is.
    pub(crate) async fn holder(&self, identity: Option<&Record>, kind: Kind) -> Done<Option<Record>> {
        let Some(id) = identity.and_then(|identity| identity.get(kind.name()).id()) else { return Ok(None) };
        let record = self.store().merged_into(RecordRef::new(kind, id)).await?;
        Ok(self.store().record(record).await?.filter(|record| !record.deleted))
    }

    /// Returns the records of `kind` that are called so, but for one letter in a longer name.
    pub(super) async fn of_name(&self, kind: Kind, name: &str) -> Done<Vec<Record>> {
        self.index().await?;
        let (searcher, visible) = (self.app.workflows.searcher(), self.visible().await?);
        let mut hits = searcher.complete(name, &[kind], visible.clone(), CANDIDATES_MAX)?;
        let request = Request {
            query: Query::parse(name),
            kinds: vec![kind],
            visible,
            limit: CANDIDATES_MAX,
            ..Request::default()
        };
        hits.extend(searcher.search(&request)?.hits);
        let ids: Vec<_> = hits.iter().map(|hit| hit.id).collect();
        let mut found = Vec::new();
        for record in self.store().records(kind, &ids).await? {
            let gone = record.deleted || !record.get("merged_into").is_null();
            if !gone && same_name(record.text("name"), name) {
                found.push(record);
            }
        }
        // Who is called exactly so comes first.
        found.sort_by_key(|record| folded(record.text("name")) != folded(name));
        Ok(found)
    }
}

/// Tells whether two names are one, or differ by a letter as a slip would. Pure.
pub(super) fn same_name(one: &str, other: &str) -> bool {
    let (one, other) = (folded(one), folded(other));
    if one == other {
        return !one.is_empty();
    }
    let letters: Vec<char> = one.chars().collect();
    letters.len() >= SLIP_CHARS_MIN && distance(&letters, &other) <= 1
}

/// Returns a name's words in their order of the alphabet, small, without what stands between them.
fn folded(name: &str) -> String {
    let small = name.to_lowercase();
    let mut words: Vec<&str> =
        small.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    words.sort_unstable();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_but_for_a_slip() {
        for (one, other, same) in [
            ("Jan Novak", "jan novak", true),
            ("Jan Novak", "Novak, Jan", true),
            ("Jan Novak", "Jan Nowak", true),
            ("Jan Novak", "Jana Novaková", false),
            ("Anna Berg", "Anna Bergmann", false),
            ("王丽", "王丽", true),
            ("王丽", "王力", false),
            ("Al", "Bo", false),
            ("", "", false),
        ] {
            assert_eq!(same_name(one, other), same, "{one:?} {other:?}");
        }
    }
}
