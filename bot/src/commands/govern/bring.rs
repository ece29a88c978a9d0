//! `import`: a table that a manager sent into the chat, shown first as it would be written.
//!
//! It goes the way of `rapport import`; all of it is one batch, and one button takes that back.

use std::collections::HashMap;

use rapport_model::people::Scope;
use rapport_model::record::FieldChange;
use rapport_model::{Actor, Id, Value};
use rapport_prompts::format::{capital, clip};
use rapport_storage::drafts::File;
use rapport_storage::imports::PART;
use rapport_workflows::import::{
    Field, Item, Known, Mapping, Plan, Sheet, SheetError, Sort, Use, Why, columns, drafts, plan, sheet, write,
};

use super::super::attach::NONE;
use super::super::card::{Card, Made};
use super::super::command::Command;
use super::super::desk::{Desk, Done, Stop};
use super::super::safe::quoted;
use super::super::session::Session;
use super::command::Govern;
use super::export::line;

/// Rows of each sort that a preview shows.
const SHOWN: usize = 5;
/// Columns that it shows.
const COLUMNS_SHOWN: usize = 20;
const CHARS_MAX: usize = 40;
/// What tables can be taken for here: messages cannot be taken back, and are brought in at the machine itself.
const SORTS: [Sort; 6] =
    [Sort::Customers, Sort::Companies, Sort::Deals, Sort::Products, Sort::Orders, Sort::Notes];

/// What tells orders from others: any table may have what could be a number.
const OF_ORDERS: &[Field] = &[
    Field::PlacedAt,
    Field::Amount,
    Field::OrderState,
    Field::Quantity,
    Field::Sku,
    Field::Product,
    Field::Price,
];

/// Tells by its name whether a file may be a table.
pub(in super::super) fn is_table(file: &File) -> bool {
    let end = file.name.rsplit_once('.').map(|(_, end)| end.to_lowercase());
    end.is_some_and(|end| matches!(end.as_str(), "csv" | "tsv" | "xlsx" | "vcf" | "jsonl" | "ndjson"))
}

/// A table as it was read, and what would become of it.
struct Table {
    sheet: Sheet,
    uses: Vec<Use>,
    plan: Plan,
}

impl Desk<'_> {
    /// Shows what would become of the table that waits, or brings it in.
    pub(in super::super) async fn bring(
        &self,
        session: &mut Session,
        sort: Option<Sort>,
        sure: bool,
    ) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        if self.user.scope != Scope::All {
            return Ok(vec![Card::new(prompts.bring_whole_house(language))]);
        }
        let Some(at) = session.tray.iter().rposition(is_table) else {
            return Ok(vec![Card::new(prompts.bring_none(language))]);
        };
        let (name, bytes) = (quoted(&session.tray[at].name), session.tray[at].bytes.clone());
        let digest = blake3::hash(&bytes).to_hex()[..32].to_owned();
        // A workbook takes a while.
        let read = tokio::task::spawn_blocking(move || sheet::read(&bytes, None)).await;
        let sheet = match read.map_err(|e| Stop::Failed(e.into()))? {
            Ok(sheet) => sheet,
            Err(SheetError::Empty) => return Ok(vec![Card::new(prompts.bring_empty(language, &name))]),
            Err(SheetError::TooLarge { .. }) => {
                return Ok(vec![Card::new(prompts.bring_too_large(language, &name))]);
            }
            Err(SheetError::Unreadable(_)) => {
                return Ok(vec![Card::new(prompts.bring_unreadable(language, &name))]);
            }
        };
        let sort = sort.filter(|sort| SORTS.contains(sort)).or_else(|| self.sort_of(&sheet));
        let Some(sort) = sort else { return Ok(vec![self.ask_sort(&name, &sheet)]) };
        let table = self.table_planned(sort, sheet).await?;
        if !sure {
            return Ok(vec![self.table_preview(&name, &table)]);
        }
        session.tray.remove(at);
        let refused = self.refusals(&table);
        let n_refused = table.plan.refused.len();
        let (new, changed) = (table.plan.n_new(), table.plan.n_changed());
        let source = format!("{digest}/{sort}");
        let written = write(self.store(), PART, table.plan, &source, |_| ()).await;
        let batch = written.map_err(|e| Stop::Failed(e.into()))?;
        let mut card = match batch {
            Some(batch) => Card::new(prompts.bring_done(language, &name, new, changed))
                .text(prompts.bring_follows(language))
                .button(prompts.button_undo(language), Command::Govern(Govern::Unimport(batch))),
            None => Card::new(prompts.bring_nothing(language, &name)),
        };
        if n_refused > 0 {
            card = card.text(prompts.bring_refusals(language, n_refused));
            card = match session.local {
                true => {
                    let path = self.write_file("refused", "csv", &refused).await?;
                    card.text(prompts.bring_refusals_at(language, &path.display().to_string()))
                }
                false => card.made(Made { name: "refused.csv".into(), text: refused }),
            };
        }
        tracing::info!(user = self.user.handle, new, changed, n_refused, "a table was brought in by a chat");
        Ok(vec![card])
    }

    /// Takes a table back that was brought in: all of it, or says that it cannot be.
    pub(in super::super) async fn take_table_back(&self, batch: Id) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        if self.user.scope != Scope::All {
            return Ok(vec![Card::new(prompts.bring_whole_house(language))]);
        }
        let done = self.store().undo_import(batch, Actor::User(self.user.id), |_, _| ()).await?;
        Ok(vec![Card::new(match done {
            Ok(n) => prompts.bring_undone(language, n),
            Err(_) => prompts.bring_not_undone(language),
        })])
    }

    fn columns_of(&self, sort: Sort, sheet: &Sheet) -> Vec<Use> {
        let region = &self.app.workflows.settings().region;
        // Without a mapping nothing in it can be wrong.
        columns::columns(sort, sheet, &Mapping::default(), false, region).unwrap_or_default()
    }

    /// Tells by its columns what a table is; nothing where it may be more than one thing.
    fn sort_of(&self, sheet: &Sheet) -> Option<Sort> {
        let has = |sort: Sort, fields: &[Field]| {
            let uses = self.columns_of(sort, sheet);
            fields.iter().any(|field| uses.contains(&Use::Field(*field)))
        };
        use Field as F;
        let person = has(Sort::Customers, &[F::Email, F::Phone, F::Name, F::GivenName, F::Surname]);
        let found: Vec<Sort> = SORTS
            .into_iter()
            .filter(|sort| match sort {
                Sort::Orders => has(Sort::Orders, &[F::Reference]) && has(Sort::Orders, OF_ORDERS),
                Sort::Deals => {
                    has(Sort::Deals, &[F::Stage, F::CloseAt]) && has(Sort::Deals, &[F::Title, F::Amount])
                }
                Sort::Products => has(Sort::Products, &[F::Sku, F::Price]) && !person,
                // Customers have remarks, too.
                Sort::Notes => {
                    has(Sort::Notes, &[F::Text]) && has(Sort::Notes, &[F::At, F::Number]) && person
                }
                Sort::Companies => !person && has(Sort::Companies, &[F::Company, F::Domain]),
                Sort::Customers => {
                    person && has(Sort::Customers, &[F::Phone, F::City, F::Tags, F::Lifecycle])
                }
                Sort::Messages => false,
            })
            .collect();
        match found[..] {
            [one] => Some(one),
            [] if person => Some(Sort::Customers),
            _ => None,
        }
    }

    fn ask_sort(&self, name: &str, sheet: &Sheet) -> Card {
        let (prompts, language) = (self.prompts(), self.language);
        let mut card = Card::new(prompts.bring_ask(language, name, sheet.rows.len()));
        for sort in SORTS {
            let ask = Command::Govern(Govern::Import { sort: Some(sort), sure: false });
            card = card.choice(capital(&self.sort_words(sort)), ask);
        }
        card.button(prompts.button_put_away(language), Command::Attach(NONE.into()))
    }

    async fn table_planned(&self, sort: Sort, sheet: Sheet) -> Done<Table> {
        let (_, stages) = self.store().pipeline().await?;
        let around = self.app.workflows.around(&stages);
        let uses = self.columns_of(sort, &sheet);
        let rows = drafts(sort, &sheet, &uses, None, &around);
        let known = Known::of(self.store(), sort, &rows, None).await?;
        let plan = plan(sort, rows, &known, None, &mut || self.store().new_id());
        Ok(Table { sheet, uses, plan })
    }

    fn table_preview(&self, name: &str, table: &Table) -> Card {
        let (prompts, language) = (self.prompts(), self.language);
        let (sheet, plan) = (&table.sheet, &table.plan);
        let sort = self.sort_words(plan.sort);
        let n = |n: usize| if n == 0 { String::new() } else { n.to_string() };
        let columns = sheet.header.iter().zip(&table.uses).take(COLUMNS_SHOWN).map(|(column, what)| {
            let what = match what {
                Use::Field(field) => prompts.field(language, field.name()).to_owned(),
                Use::Keep(_) | Use::LeaveOut => prompts.bring_left_out(language),
            };
            format!("{} → {what}", short(column))
        });
        let row = |at: u64, what: &str| prompts.bring_line(language, at as i64, what);
        let new = plan.items.iter().filter(|item| item.new).map(|item| row(item.line, &short(&item.name)));
        let changed =
            plan.items.iter().filter(|item| !item.new).map(|item| row(item.line, &self.row_changes(item)));
        let refused = plan.refused.iter().map(|(line, why)| row(*line, &self.why_refused(why)));
        let mut card = Card::new(prompts.bring_preview(language, name, plan.n_rows, &sort))
            .field(prompts.bring_new(language), n(plan.n_new()))
            .field(prompts.bring_changed(language), n(plan.n_changed()))
            .field(prompts.bring_same(language), n(plan.n_same))
            .field(prompts.bring_twice(language), n(plan.duplicates.len()))
            .field(prompts.bring_refused(language), n(plan.refused.len()))
            .list(prompts.bring_columns(language), columns)
            .list(prompts.bring_new(language), new.take(SHOWN))
            .list(prompts.bring_changed(language), changed.take(SHOWN))
            .list(prompts.bring_refused(language), refused.take(SHOWN));
        if !plan.items.is_empty() {
            let sure = Command::Govern(Govern::Import { sort: Some(plan.sort), sure: true });
            card = card.button(prompts.button_bring_sure(language, plan.items.len()), sure);
        }
        card.button(prompts.button_put_away(language), Command::Attach(NONE.into()))
    }

    /// Says what becomes different of a record.
    fn row_changes(&self, item: &Item) -> String {
        let differs = item.differs.iter().map(|FieldChange { field, after, .. }| {
            let field = self.prompts().field(self.language, field);
            match after {
                Value::Text(text) => format!("{field} = {}", short(text)),
                _ => field.to_owned(),
            }
        });
        let differs: Vec<String> = differs.collect();
        format!("{}: {}", short(&item.name), self.prompts().list(self.language, &differs))
    }

    fn sort_words(&self, sort: Sort) -> String {
        let (prompts, language) = (self.prompts(), self.language);
        match sort {
            Sort::Customers | Sort::Messages => prompts.bring_customers(language),
            Sort::Companies => prompts.bring_companies(language),
            Sort::Deals => prompts.bring_deals(language),
            Sort::Products => prompts.bring_products(language),
            Sort::Orders => prompts.bring_orders(language),
            Sort::Notes => prompts.bring_notes(language),
        }
    }

    /// Says why a row is refused.
    fn why_refused(&self, why: &Why) -> String {
        let (p, l) = (self.prompts(), self.language);
        let field = |field: Field| p.field(l, field.name());
        match why {
            Why::Unreadable(_) => p.bring_why_unreadable(l),
            Why::Cells { found, columns } => p.bring_why_cells(l, *found, *columns),
            Why::Nameless => p.bring_why_nameless(l),
            Why::Missing(missing) => p.bring_why_missing(l, field(*missing)),
            Why::Value { field: of, found } => p.bring_why_value(l, field(*of), &short(found)),
            Why::Ours(_) => p.bring_why_ours(l),
            Why::NoColleague(found) => p.bring_why_unknown(l, field(Field::Owner), &short(found)),
            Why::NoStage(found) => p.bring_why_unknown(l, field(Field::Stage), &short(found)),
            Why::NoCustomer(found) => p.bring_why_unknown(l, field(Field::Number), &short(found)),
            Why::SeveralOfName(name) => p.bring_why_several_named(l, &short(name)),
            Why::SeveralKnown(all) => p.bring_why_several_known(l, all.len()),
            Why::OtherName { line } => p.bring_why_other_name(l, *line as i64),
            Why::Contradicts { line } => p.bring_why_contradicts(l, *line as i64),
        }
    }

    /// Writes the rows that are refused as a table: as they were, with the reason behind.
    fn refusals(&self, table: &Table) -> String {
        let (prompts, language) = (self.prompts(), self.language);
        let mut out = String::from("\u{feff}");
        let ends = |first: String, last: String, cells: &[String]| {
            std::iter::once(first)
                .chain(cells.iter().cloned())
                .chain(std::iter::once(last))
                .collect::<Vec<_>>()
        };
        let heads = (prompts.bring_head_line(language), prompts.bring_head_why(language));
        line(&mut out, ends(heads.0, heads.1, &table.sheet.header).into_iter());
        let rows: HashMap<u64, &[String]> =
            table.sheet.rows.iter().map(|(line, cells)| (*line, &cells[..])).collect();
        for (at, why) in &table.plan.refused {
            let cells = rows.get(at).copied().unwrap_or_default();
            line(&mut out, ends(at.to_string(), self.why_refused(why), cells).into_iter());
        }
        out
    }
}

fn short(text: &str) -> String {
    clip(&quoted(text), CHARS_MAX)
}
