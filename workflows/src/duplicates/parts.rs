//! From the fields that somebody filled in to the values that are compared.

use rapport_model::address::is_freemail;

use super::company;
use super::contact;
use super::person::{self, PersonName};
use super::text::{fold, squeeze};
use super::{Entry, Field, Kind};

/// A value to compare; a field may give several, as a whole name gives its halves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// What it is; never [`Kind::Name`], which is always split.
    pub(super) kind: Kind,
    /// Its one spelling; not empty.
    pub(super) text: String,
    /// Another spelling to take the sound from: the full form of a short name.
    pub(super) sounds_like: Option<&'static str>,
    /// Which field of the entry it comes from.
    pub(super) field: usize,
    /// Whether it is known to be right.
    pub(super) verified: bool,
}

/// Tells whether the names of a table are those of companies: when many have a legal form, those
/// without one are companies, too.
pub(super) fn names_are_companies(entries: &[Entry]) -> bool {
    let names =
        || entries.iter().flat_map(|e| &e.fields).filter(|f| f.kind == Kind::Name && !f.value.is_empty());
    let n_companies = names().filter(|f| company::is_company(&f.value)).count();
    n_companies * 3 > names().count()
}

/// Returns the values of an entry in one spelling each.
pub(super) fn parts(entry: &Entry, names_are_companies: bool) -> Vec<Part> {
    let mut parts = Parts { entry, parts: Vec::with_capacity(entry.fields.len() + 1) };
    for (i, field) in entry.fields.iter().enumerate() {
        // Most empty fields are just that; what folds to nothing is found by `push`.
        if !field.value.is_empty() {
            parts.add(i, field, names_are_companies);
        }
    }
    parts.guess();
    parts.parts
}

struct Parts<'a> {
    entry: &'a Entry,
    parts: Vec<Part>,
}

impl Parts<'_> {
    fn push(&mut self, kind: Kind, text: String, field: usize) {
        if text.is_empty() {
            return;
        }
        let sounds_like = (kind == Kind::GivenName).then(|| person::full_form(&text)).flatten();
        let verified = self.entry.fields[field].verified;
        self.parts.push(Part { kind, text, sounds_like, field, verified });
    }

    fn push_person(&mut self, name: PersonName, field: usize) {
        self.push(Kind::GivenName, name.given, field);
        self.push(Kind::Surname, name.surname, field);
    }

    fn has(&self, kind: Kind) -> bool {
        self.parts.iter().any(|p| p.kind == kind)
    }

    fn add(&mut self, i: usize, field: &Field, names_are_companies: bool) {
        let text = field.value.as_str();
        let normal = match field.kind {
            Kind::Name if names_are_companies || company::is_company(text) => {
                return self.push(Kind::Company, company::name(text), i);
            }
            Kind::Name => return self.push_person(person::whole(text), i),
            Kind::Street => return self.add_street(text, i),
            Kind::GivenName | Kind::Surname => person::half(text),
            Kind::Company => company::name(text),
            Kind::Email => contact::email(text),
            Kind::Phone => contact::phone(text),
            Kind::Website => contact::website(text),
            Kind::Birth => contact::date(text),
            Kind::Identifier | Kind::Postcode | Kind::HouseNumber => contact::identifier(text),
            Kind::AddressLine2 => contact::street(text),
            Kind::City | Kind::State | Kind::Text => squeeze(&fold(text)),
        };
        self.push(field.kind, normal, i);
    }

    /// Adds a street, and the number in it when no field has the number.
    fn add_street(&mut self, text: &str, i: usize) {
        let numbered = self.entry.fields.iter().any(|f| f.kind == Kind::HouseNumber && !f.value.is_empty());
        match contact::house_number(text).filter(|_| !numbered) {
            Some((number, street)) => {
                self.push(Kind::HouseNumber, number, i);
                self.push(Kind::Street, contact::street(&street), i);
            }
            None => self.push(Kind::Street, contact::street(text), i),
        }
    }

    /// Takes from an address what nobody wrote: the name before its @ when there is no other name, the
    /// domain after it when that is no provider's.
    fn guess(&mut self) {
        let Some((email, field)) =
            self.parts.iter().find(|p| p.kind == Kind::Email).map(|p| (p.text.clone(), p.field))
        else {
            return;
        };
        let Some((local, domain)) = email.rsplit_once('@') else { return };
        if ![Kind::GivenName, Kind::Surname, Kind::Company].iter().any(|kind| self.has(*kind))
            && let Some(name) = person::of_local_part(local)
        {
            self.push_person(name, field);
        }
        if !self.has(Kind::Website) && !is_freemail(domain) {
            self.push(Kind::Website, domain.to_owned(), field);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(entry: &Entry, companies: bool) -> Vec<String> {
        parts(entry, companies).iter().map(|p| format!("{}: {}", p.kind.name(), p.text)).collect()
    }

    #[test]
    fn fields_become_values_of_one_spelling() {
        let entry = Entry::new("1")
            .with(Kind::Name, "Dr. Bob NOVÁK")
            .with(Kind::Street, "12 Main Street")
            .with(Kind::City, " Praha 1 ")
            .with(Kind::Email, "b.novak@acme.example")
            .with(Kind::Text, "\u{0}");
        let expected = [
            "given name: bob",
            "surname: novak",
            "house number: 12",
            "street: mainst",
            "city: praha1",
            "e-mail: b.novak@acme.example",
            "website: acme.example",
        ];
        assert_eq!(texts(&entry, false), expected);
        assert_eq!(parts(&entry, false)[0].sounds_like, Some("robert"));
        // Somebody's mailbox at a provider is no website, but it may tell the name.
        let entry = Entry::new("2").with(Kind::Email, "jan.novak@gmail.com").with(Kind::Phone, "");
        assert_eq!(texts(&entry, false), ["e-mail: jannovak@gmail.com"]);
        let entry = Entry::new("3").with(Kind::Email, "jan.novak@seznam.cz");
        assert_eq!(texts(&entry, false)[1..3], ["given name: jan", "surname: novak"]);
    }

    #[test]
    fn where_names_have_legal_forms_all_names_are_companies() {
        let table: Vec<_> =
            ["Acme", "Acme GmbH", "Bolt Ltd"].map(|n| Entry::new(n).with(Kind::Name, n)).into();
        assert!(names_are_companies(&table));
        assert_eq!(texts(&table[0], true), ["company: acme"]);
        assert!(!names_are_companies(&[Entry::new("1").with(Kind::Name, "Jan Novak")]));
        assert!(!names_are_companies(&[]));
    }
}
