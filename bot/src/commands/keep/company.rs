//! The company that somebody is of: one that is known, or a new one.

use rapport_model::address::company_name;
use rapport_model::{Change, Id, Kind, Record, RecordRef, ShortNumber};

use super::super::command::Of;
use super::super::desk::{Desk, Done};
use super::super::parse::reference;

/// A company that a record is to point at.
pub(crate) struct OfCompany {
    /// Its id.
    pub id: Id,
    /// What it is called.
    pub name: String,
    /// What makes it, where it is not there yet.
    pub changes: Vec<Change>,
}

impl OfCompany {
    fn known(company: &Record) -> Self {
        Self { id: company.record.id, name: company.text("name").to_owned(), changes: Vec::new() }
    }

    /// Tells whether it is made for this.
    pub fn is_new(&self) -> bool {
        !self.changes.is_empty()
    }
}

impl Desk<'_> {
    /// Finds the company that is meant by its number or name; one of that name is made where there
    /// is none. Nothing where a number names no company.
    pub(crate) async fn company_called(&self, name: &str) -> Done<Option<OfCompany>> {
        if let Some(Of::Number(ShortNumber { kind: Some(kind), number })) = reference(name) {
            let found = match kind {
                Kind::Company => self.store().by_number(kind, number).await?.filter(|c| !c.deleted),
                _ => None,
            };
            return Ok(found.as_ref().map(OfCompany::known));
        }
        if let Some(known) = self.of_name(Kind::Company, name).await?.first() {
            return Ok(Some(OfCompany::known(known)));
        }
        Ok(Some(self.new_company(name, None)))
    }

    /// Finds the company of a domain, or makes one, named after it.
    pub(crate) async fn company_of_domain(&self, domain: &str) -> Done<OfCompany> {
        let known = self.store().identity("domain", domain).await?;
        match self.holder(known.as_ref(), Kind::Company).await? {
            Some(company) => Ok(OfCompany::known(&company)),
            // Whatever else holds the domain keeps it.
            None => {
                let free = !self.store().is_taken("domain", domain).await?;
                Ok(self.new_company(&company_name(domain), free.then_some(domain)))
            }
        }
    }

    /// Makes a company, known by a domain if there is one.
    pub(crate) fn new_company(&self, name: &str, domain: Option<&str>) -> OfCompany {
        let company = RecordRef::new(Kind::Company, self.store().new_id());
        let mut changes = vec![Change::create(company).with("name", name)];
        changes.extend(domain.map(|domain| self.new_identity(company, "domain", domain)));
        OfCompany { id: company.id, name: name.to_owned(), changes }
    }
}
