//! One row: its values in one spelling, or why it cannot be taken.

use std::collections::{BTreeMap, HashMap};

use chrono_tz::Tz;
use rapport_model::people::{Stage, User};
use rapport_model::{Address, House, Id, Money, ShortNumber, Timestamp, Value};
use rapport_nlp::entities::phone_in_column;

use super::plan::Why;
use super::values::{self, Order};
use super::{Field, Sheet, Sort, Use};
use crate::Workflows;
use crate::duplicates::text::fold;

/// What a table is read against.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// The house: its own addresses make no customer.
    pub house: &'a House,
    /// The colleagues.
    pub users: &'a [User],
    /// The stages that deals pass through.
    pub stages: &'a [Stage],
    /// ISO 3166 code of the country whose numbers and dates come without one; empty for none.
    pub region: &'a str,
    /// ISO 4217 code of the currency of amounts without one; empty for none.
    pub currency: &'a str,
    /// The zone of days and times without one.
    pub zone: Tz,
}

impl Workflows {
    /// Returns what this house reads tables against; `stages` are those of its pipeline.
    pub fn around<'a>(&'a self, stages: &'a [Stage]) -> Around<'a> {
        let settings = self.settings();
        Around {
            house: &settings.house,
            users: self.users(),
            stages,
            region: &settings.region,
            currency: &settings.currency,
            zone: settings.zone,
        }
    }
}

/// Whoever a row is about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Person {
    /// What they are called.
    pub name: String,
    /// Their addresses.
    pub emails: Vec<Address>,
    /// Their numbers, in E.164.
    pub phones: Vec<String>,
    /// The name of their company.
    pub company: String,
    /// The domain of their company.
    pub domain: Option<String>,
    /// Their number here.
    pub number: Option<ShortNumber>,
}

impl Person {
    /// Tells whether nothing says who it is.
    pub(super) fn is_nobody(&self) -> bool {
        self.name.is_empty() && self.emails.is_empty() && self.phones.is_empty() && self.number.is_none()
    }
}

/// What a row says, in one spelling.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// Its place in the file.
    pub line: u64,
    /// Whoever it is about.
    pub person: Person,
    /// Its value in the column that names the records, if one was chosen.
    pub key: String,
    /// Fields of the record by the names of the registry.
    pub fields: Vec<(&'static str, Value)>,
    /// What the house keeps besides, by name.
    pub attrs: BTreeMap<String, String>,
    /// Words that the record is tagged with.
    pub tags: Vec<String>,
    /// Remarks, the text of a note or of a message.
    pub note: String,
    /// The title of a deal, the name of a product, the number of an order, the subject of a message.
    pub title: String,
    /// An article number.
    pub sku: String,
    /// How many.
    pub quantity: Option<f64>,
    /// An amount: of a deal, the total of an order.
    pub amount: Option<Money>,
    /// The price of one.
    pub price: Option<Money>,
    /// Who wrote a message, and to whom.
    pub parties: (Vec<Address>, Vec<Address>),
}

impl Draft {
    fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        let value = value.into();
        if !value.is_null() {
            self.fields.push((name, value));
        }
    }

    /// Takes from a later row of the same record what this one lacks; tags are those of both.
    pub(super) fn take(&mut self, more: &Self) {
        let (person, other) = (&mut self.person, &more.person);
        if person.company.is_empty() {
            person.company.clone_from(&other.company);
        }
        if person.domain.is_none() {
            person.domain.clone_from(&other.domain);
        }
        for (name, value) in &more.fields {
            if self.get(name).is_null() {
                self.fields.push((name, value.clone()));
            }
        }
        for (name, value) in &more.attrs {
            self.attrs.entry(name.clone()).or_insert_with(|| value.clone());
        }
        self.tags.extend(more.tags.iter().cloned());
        self.tags.sort_unstable();
        self.tags.dedup();
    }

    /// Returns the instant that the row says for a field.
    pub fn instant(&self, name: &str) -> Option<Timestamp> {
        self.get(name).time()
    }

    /// Returns the value of a field; null where the row does not say it.
    pub(super) fn get(&self, name: &str) -> &Value {
        self.fields.iter().find(|(n, _)| *n == name).map_or(&Value::Null, |(_, value)| value)
    }
}

/// Reads all rows; `key` is the column that names the records, if one was chosen.
pub fn drafts(
    sort: Sort,
    sheet: &Sheet,
    uses: &[Use],
    key: Option<usize>,
    around: &Around<'_>,
) -> Vec<(u64, Result<Draft, Why>)> {
    let orders: Vec<Order> = (0..uses.len())
        .map(|i| {
            let is_time =
                matches!(uses[i], Use::Field(Field::Since | Field::CloseAt | Field::PlacedAt | Field::At));
            let cells = sheet.rows.iter().filter_map(|(_, row)| row.get(i)).map(String::as_str);
            // Only columns of days are looked through.
            values::order(cells.take(if is_time { usize::MAX } else { 0 }), around.region)
        })
        .collect();
    let mut reader = Reader { sort, uses, key, around, orders, colleagues: HashMap::new() };
    for user in around.users {
        let names = [
            Some(user.handle.as_str()),
            Some(user.name.as_str()),
            user.address.as_ref().map(Address::as_str),
        ];
        for name in names.into_iter().flatten().filter(|name| !name.is_empty()) {
            reader.colleagues.insert(fold(name), user.id);
        }
    }
    let mut all: Vec<(u64, Result<Draft, Why>)> =
        sheet.rows.iter().map(|(line, row)| (*line, reader.read(*line, row))).collect();
    all.extend(sheet.unreadable.iter().map(|(line, why)| (*line, Err(Why::Unreadable(why.clone())))));
    all
}

struct Reader<'a> {
    sort: Sort,
    uses: &'a [Use],
    key: Option<usize>,
    around: &'a Around<'a>,
    orders: Vec<Order>,
    colleagues: HashMap<String, Id>,
}

/// Pieces of a row that belong together and stand in several columns.
#[derive(Default)]
struct Pieces<'c> {
    given: String,
    surname: String,
    currency: &'c str,
    amount: &'c str,
    price: &'c str,
}

impl Reader<'_> {
    fn read(&self, line: u64, row: &[String]) -> Result<Draft, Why> {
        let columns = self.uses.len();
        // Empty cells behind the last column are what some programs write.
        if row.len() > columns && row[columns..].iter().any(|cell| !cell.trim().is_empty()) {
            return Err(Why::Cells { found: row.len(), columns });
        }
        if row.iter().any(|cell| cell.contains(char::REPLACEMENT_CHARACTER)) {
            return Err(Why::Unreadable("it holds a broken character: save the file as UTF-8".into()));
        }
        let mut draft = Draft { line, ..Draft::default() };
        let mut pieces = Pieces::default();
        for (i, (what, cell)) in self.uses.iter().zip(row).enumerate() {
            if self.key == Some(i) {
                draft.key = values::line(cell);
            }
            match what {
                Use::LeaveOut => {}
                Use::Keep(name) => keep(&mut draft, name, values::line(cell)),
                Use::Field(field) if !cell.trim().is_empty() => {
                    self.take(*field, cell, i, &mut draft, &mut pieces)?;
                }
                Use::Field(_) => {}
            }
        }
        if draft.person.name.is_empty() {
            draft.person.name = values::name(&values::joined(&pieces.given, &pieces.surname));
        }
        self.amounts(&mut draft, &pieces)?;
        self.check(draft)
    }

    fn take<'c>(
        &self,
        field: Field,
        cell: &'c str,
        column: usize,
        draft: &mut Draft,
        pieces: &mut Pieces<'c>,
    ) -> Result<(), Why> {
        let wrong = || Why::Value { field, found: values::line(cell).chars().take(60).collect() };
        let text = values::line(cell);
        if text.is_empty() {
            return Ok(());
        }
        match field {
            Field::Name => draft.person.name = values::name(cell),
            Field::GivenName => pieces.given = text,
            Field::Surname => pieces.surname = text,
            Field::Email => addresses(cell, &mut draft.person.emails).map_err(|()| wrong())?,
            Field::Phone => {
                for part in cell.split([';', ',', '\n']).filter(|part| part.chars().any(|c| c.is_numeric())) {
                    match phone_in_column(part, self.around.region) {
                        Some(phone) if draft.person.phones.contains(&phone) => {}
                        Some(phone) => draft.person.phones.push(phone),
                        // A number that no plan has is kept as it is written.
                        None => keep(draft, "phone", values::line(part)),
                    }
                }
            }
            Field::Company => draft.person.company = text,
            Field::Domain => draft.person.domain = Some(values::domain(cell).ok_or_else(wrong)?),
            Field::Number => draft.person.number = Some(text.parse().map_err(|_| wrong())?),
            Field::Lifecycle => draft.set("lifecycle", values::lifecycle(cell).ok_or_else(wrong)?.name()),
            Field::Owner => {
                let owner = self.colleagues.get(&fold(&text)).ok_or(Why::NoColleague(text))?;
                draft.set(if self.sort == Sort::Notes { "author" } else { "owner" }, *owner);
            }
            Field::Language => draft.set("language", values::language(cell).ok_or_else(wrong)?),
            Field::Zone => draft.set("zone", text.parse::<Tz>().map_err(|_| wrong())?.name()),
            Field::Tags => {
                draft.tags.extend(values::tags(cell));
                draft.tags.sort_unstable();
                draft.tags.dedup();
            }
            Field::Note => join(&mut draft.note, &values::lines(cell)),
            Field::Text => draft.note = values::lines(cell),
            Field::Since | Field::CloseAt | Field::PlacedAt | Field::At => {
                let at = values::time(cell, self.orders[column], self.around.zone).ok_or_else(wrong)?;
                draft.set(time_field(field), at);
            }
            Field::Address | Field::City | Field::Postcode | Field::State | Field::Country => {
                keep(draft, field.name(), text);
            }
            Field::Title | Field::Subject | Field::Product | Field::Reference => {
                // An order's row names both an order and a product.
                match (self.sort, field) {
                    (Sort::Orders, Field::Product) => {
                        draft.attrs.insert("product".into(), text).map_or((), drop)
                    }
                    _ => draft.title = text,
                }
            }
            Field::Stage => {
                let stages = self.around.stages;
                let stage =
                    stages.iter().find(|s| fold(&s.name) == fold(&text) || zh_stage(&text) == Some(&s.name));
                draft.set("stage", stage.ok_or(Why::NoStage(text))?.name.as_str());
            }
            Field::OrderState => draft.set("state", text.to_lowercase()),
            Field::LostReason => draft.set("lost_reason", values::lines(cell)),
            Field::Active => draft.set("active", values::yes(cell).ok_or_else(wrong)?),
            Field::Sku => draft.sku = text,
            Field::Quantity => draft.quantity = Some(values::quantity(cell).ok_or_else(wrong)?),
            Field::Currency => pieces.currency = cell,
            Field::Amount => pieces.amount = cell,
            Field::Price => pieces.price = cell,
            Field::From => addresses(cell, &mut draft.parties.0).map_err(|()| wrong())?,
            Field::To => addresses(cell, &mut draft.parties.1).map_err(|()| wrong())?,
        }
        Ok(())
    }

    fn amounts(&self, draft: &mut Draft, pieces: &Pieces<'_>) -> Result<(), Why> {
        let house = self.around.currency;
        let wrong =
            |field, cell: &str| Why::Value { field, found: values::line(cell).chars().take(60).collect() };
        let currency = match values::line(pieces.currency).as_str() {
            "" => None,
            _ => Some(
                values::currency(pieces.currency, house)
                    .ok_or_else(|| wrong(Field::Currency, pieces.currency))?,
            ),
        };
        let read = |field, cell: &str| match values::line(cell).as_str() {
            "" => Ok(None),
            _ => values::money(cell, currency.as_deref(), house).map(Some).ok_or_else(|| wrong(field, cell)),
        };
        draft.amount = read(Field::Amount, pieces.amount)?;
        draft.price = read(Field::Price, pieces.price)?;
        Ok(())
    }

    /// Refuses a row that lacks what it needs.
    fn check(&self, draft: Draft) -> Result<Draft, Why> {
        let person = &draft.person;
        if self.sort != Sort::Messages
            && let Some(ours) = person.emails.iter().find(|email| self.around.house.owns(email))
        {
            return Err(Why::Ours(ours.to_string()));
        }
        let needs = |there: bool, field| if there { Ok(()) } else { Err(Why::Missing(field)) };
        match self.sort {
            Sort::Customers if person.is_nobody() => return Err(Why::Nameless),
            Sort::Companies if person.company.is_empty() && person.domain.is_none() => {
                return Err(Why::Nameless);
            }
            Sort::Products if draft.title.is_empty() && draft.sku.is_empty() => return Err(Why::Nameless),
            Sort::Deals if draft.title.is_empty() && draft.amount.is_none() => return Err(Why::Nameless),
            Sort::Orders => needs(!draft.title.is_empty(), Field::Reference)?,
            Sort::Notes => {
                needs(!draft.note.is_empty(), Field::Text)?;
                needs(!person.is_nobody() || !person.company.is_empty(), Field::Email)?;
            }
            Sort::Messages => {
                needs(!draft.parties.0.is_empty(), Field::From)?;
                needs(!draft.parties.1.is_empty(), Field::To)?;
                needs(!draft.get("at").is_null(), Field::At)?;
                needs(!draft.note.is_empty() || !draft.title.is_empty(), Field::Text)?;
            }
            _ => {}
        }
        Ok(draft)
    }
}

/// Adds the addresses of a cell.
fn addresses(cell: &str, to: &mut Vec<Address>) -> Result<(), ()> {
    let wide = cell.replace('＠', "@");
    for part in wide.split([';', ',', '\n', ' ', '|', '、']).filter(|part| !part.trim().is_empty()) {
        // Of a name before the address only the address counts.
        let part = part.trim().trim_start_matches("mailto:");
        let bare = part.trim_matches(['<', '>', '"', '(', ')', '\'']);
        if !bare.contains('@') {
            continue;
        }
        let address = Address::email(bare).map_err(|_| ())?;
        if !address.domain().contains('.') || address.domain().contains("..") || address.local().contains('@')
        {
            return Err(());
        }
        if !to.contains(&address) {
            to.push(address);
        }
    }
    if to.is_empty() { Err(()) } else { Ok(()) }
}

/// Keeps a value beside the fields.
fn keep(draft: &mut Draft, name: &str, value: String) {
    if !value.is_empty() {
        draft.attrs.entry(name.to_owned()).or_insert(value);
    }
}

fn join(note: &mut String, more: &str) {
    if !note.is_empty() && !more.is_empty() {
        note.push('\n');
    }
    note.push_str(more);
}

const fn time_field(field: Field) -> &'static str {
    match field {
        Field::Since => "first_contact",
        Field::CloseAt => "close_at",
        Field::PlacedAt => "placed_at",
        _ => "at",
    }
}

/// Returns the name of a stage that is said in Chinese.
fn zh_stage(text: &str) -> Option<&'static str> {
    Some(match text {
        "新建" | "新商机" | "初步接洽" => "new",
        "已确认" | "需求确认" | "合格" => "qualified",
        "报价" | "方案" | "方案报价" => "proposal",
        "谈判" | "商务谈判" => "negotiation",
        "赢单" | "成交" | "已成交" => "won",
        "输单" | "丢单" => "lost",
        _ => return None,
    })
}
