//! Tables that people bring: customers, companies, deals, products, orders, notes, messages.
//!
//! 1. `sheet` reads a file into rows: delimited text, JSON Lines, a workbook, cards.
//!    `pointers` reads JSON of other programs, as a configuration says.
//! 2. `columns` finds what each column holds, by its name in English or Chinese, or by what stands in it.
//! 3. `row` makes one [`Draft`] of each row: values in one spelling, or the reason why it cannot be taken.
//! 4. `known` loads what the store has of those that the rows name.
//! 5. `people`, `companies` and `books` decide: what is new, what changes, which row is another one or a
//!    record once more. Pure; nothing is written before a person has seen the [`Plan`].
//! 6. `write` writes a plan in portions that are one batch: see [`rapport_storage::imports`].
//!
//! Nothing follows from an import: no rule looks at it, nobody is written to, no clock runs.

mod books;
pub mod columns;
mod companies;
mod compare;
mod known;
mod names;
mod notes;
mod people;
mod plan;
mod pointers;
mod row;
pub mod sheet;
mod values;
mod write;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;

use rapport_model::{Id, Kind};
use rapport_storage::StorageError;

pub use columns::{Mapping, Use};
pub use known::Known;
pub use plan::{Item, Of, Plan, Why};
pub use pointers::{NoRows, Pointers};
pub use row::{Around, Draft, drafts};
pub use sheet::{Sheet, SheetError};
pub use write::write;

rapport_model::named! {
    /// What the rows of a table are.
    pub enum Sort {
        /// People.
        Customers = "customers",
        /// Organisations.
        Companies = "companies",
        /// Possible sales.
        Deals = "deals",
        /// What the house sells.
        Products = "products",
        /// What was bought; a row is an order or one line of it.
        Orders = "orders",
        /// What was written down about customers.
        Notes = "notes",
        /// What was written to and fro.
        Messages = "messages",
    }
}

impl Sort {
    /// Returns the kind of record that a row becomes.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Customers => Kind::Customer,
            Self::Companies => Kind::Company,
            Self::Deals => Kind::Deal,
            Self::Products => Kind::Product,
            Self::Orders => Kind::Order,
            Self::Notes => Kind::Note,
            Self::Messages => Kind::Message,
        }
    }
}

rapport_model::named! {
    /// What a column may hold.
    pub enum Field {
        /// A whole name.
        Name = "name",
        /// A given name.
        GivenName = "given_name",
        /// A family name.
        Surname = "surname",
        /// An address to write to.
        Email = "email",
        /// A number to call.
        Phone = "phone",
        /// The name of a company.
        Company = "company",
        /// A company's web site or domain.
        Domain = "domain",
        /// The customer's number here, such as C12.
        Number = "number",
        /// Where a customer stands: lead, customer, dormant, lost.
        Lifecycle = "lifecycle",
        /// The colleague who looks after it, by handle, name or address.
        Owner = "owner",
        /// A language.
        Language = "language",
        /// A time zone.
        Zone = "zone",
        /// Words, with commas or semicolons between.
        Tags = "tags",
        /// Remarks; they become a note.
        Note = "note",
        /// Since when somebody is known.
        Since = "first_contact",
        /// Street and number.
        Address = "address",
        /// A town.
        City = "city",
        /// A postcode.
        Postcode = "postcode",
        /// A province or state.
        State = "state",
        /// A country.
        Country = "country",
        /// What a deal is about.
        Title = "title",
        /// How far a deal is.
        Stage = "stage",
        /// An amount of money, perhaps with its currency.
        Amount = "amount",
        /// A currency.
        Currency = "currency",
        /// When a deal should close.
        CloseAt = "close_at",
        /// Why a deal was lost.
        LostReason = "lost_reason",
        /// An article number.
        Sku = "sku",
        /// The name of a product.
        Product = "product",
        /// The price of one.
        Price = "price",
        /// Whether it is still sold.
        Active = "active",
        /// How many.
        Quantity = "quantity",
        /// An order's number.
        Reference = "reference",
        /// How far an order is.
        OrderState = "order_state",
        /// When something was ordered.
        PlacedAt = "placed_at",
        /// What was written.
        Text = "text",
        /// Who wrote it.
        From = "from",
        /// To whom it was written.
        To = "to",
        /// When.
        At = "at",
        /// What a message is about.
        Subject = "subject",
    }
}

/// Decides what becomes of rows. `key` is the attribute that names the records, if a column was chosen.
/// Nothing is written.
pub fn plan(
    sort: Sort,
    rows: Vec<(u64, Result<Draft, Why>)>,
    known: &Known,
    key: Option<&str>,
    new_id: &mut dyn FnMut() -> Id,
) -> Plan {
    let mut plan = Plan::of(sort);
    plan.n_rows = rows.len();
    let mut drafts = Vec::with_capacity(rows.len());
    for (line, row) in rows {
        match row {
            Ok(draft) => drafts.push(draft),
            Err(why) => plan.refused.push((line, why)),
        }
    }
    if let (Sort::Customers | Sort::Companies, Some(key)) = (sort, key) {
        for draft in drafts.iter_mut().filter(|draft| !draft.key.is_empty()) {
            draft.attrs.insert(key.to_owned(), draft.key.clone());
        }
    }
    match sort {
        Sort::Customers => drop(people::people(&mut plan, &drafts, known, new_id, true)),
        Sort::Companies => companies::companies(&mut plan, &drafts, known, new_id),
        Sort::Products => books::products(&mut plan, &drafts, known, new_id),
        Sort::Deals => {
            let people = people::people(&mut plan, &drafts, known, new_id, false);
            books::deals(&mut plan, &drafts, &people, known, key, new_id);
            plan.without_unused(&drafts, &people);
        }
        Sort::Orders => {
            let mut people = people::people(&mut plan, &drafts, known, new_id, false);
            plan.lines = books::orders(&mut plan, &drafts, &mut people, known, new_id);
            plan.without_unused(&drafts, &people);
        }
        Sort::Notes => {
            let mut people = people::people(&mut plan, &drafts, known, new_id, false);
            notes::notes(&mut plan, &drafts, &mut people, known, new_id);
            plan.without_unused(&drafts, &people);
        }
        // They are taken in as mails are, and not planned: what was here before is told by its id.
        Sort::Messages => {}
    }
    if !matches!(sort, Sort::Products | Sort::Orders | Sort::Notes) {
        let names: BTreeSet<String> = drafts.iter().flat_map(|draft| draft.attrs.keys().cloned()).collect();
        let made = write::attributes(sort.kind(), names.into_iter(), &known.attributes, new_id);
        if let Some(first) = plan.items.first_mut() {
            first.changes.splice(0..0, made);
        }
    }
    plan.in_order()
}

/// Why an import stops. The text says what is wrong and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// What a column is to hold is not clear.
    #[error("{0}")]
    Columns(String),
    /// The store failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A message could not be taken in.
    #[error(transparent)]
    Workflow(#[from] crate::WorkflowError),
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => f.write_str(field.name()),
            Self::Keep(name) => write!(f, "attr:{name}"),
            Self::LeaveOut => f.write_str("-"),
        }
    }
}
