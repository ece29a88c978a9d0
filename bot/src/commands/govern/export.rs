//! `export`: customers as a file that spreadsheets read.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::PathBuf;

use rapport_model::people::Lifecycle;
use rapport_model::reads::Reader;
use rapport_model::{Id, Kind, Record, Timestamp};
use rapport_prompts::format::clip;
use rapport_storage::records::Filter;

use super::super::card::Card;
use super::super::command::Command;
use super::super::desk::{Desk, Done, Stop};
use super::super::safe::quoted;
use super::super::session::Session;
use super::command::Govern;
use crate::watchful::Watched;

/// More customers than these are taken out of the database itself.
const CUSTOMERS_MAX: u32 = 100_000;
/// Names that a preview shows.
const SHOWN: usize = 5;

/// A customer as a row of the file.
struct Row {
    customer: Record,
    company: String,
    addresses: Vec<String>,
}

/// What a word of the filter asks for.
enum Wanted {
    Lifecycle(Lifecycle),
    Owner(Id),
    /// It is in the name, an address or the company's name.
    Word(String),
}

impl Desk<'_> {
    pub(in super::super) async fn export(&self, session: &Session, filter: &str, sure: bool) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let rows = self.rows(filter).await?;
        if rows.is_empty() {
            return Ok(vec![Card::new(prompts.export_none(language, &quoted(filter)))]);
        }
        if !session.local {
            return Ok(vec![Card::new(prompts.export_elsewhere(language, rows.len()))]);
        }
        if !sure {
            let names: Vec<String> =
                rows.iter().take(SHOWN).map(|row| clip(&quoted(row.customer.text("name")), 40)).collect();
            let mut card = Card::new(prompts.export_sure(language, rows.len()));
            for name in names {
                card = card.item(name);
            }
            if rows.len() > SHOWN {
                card = card.item(prompts.and_more(language, rows.len() - SHOWN));
            }
            let yes = Command::Govern(Govern::Export { filter: filter.to_owned(), sure: true });
            return Ok(vec![card.button(prompts.button_export(language), yes)]);
        }
        let path = self.write_file("customers", "csv", &self.csv(&rows)).await?;
        tracing::info!(user = self.user.handle, n = rows.len(), "customers were exported");
        self.store().note_list(Reader::user(self.user.id), session.way(), rows.len());
        self.app.watch(Watched::Customers, &self.user.handle, self.user.display_name(), rows.len()).await;
        Ok(vec![Card::new(prompts.exported(language, rows.len(), &path.display().to_string()))])
    }

    async fn rows(&self, filter: &str) -> Done<Vec<Row>> {
        let wanted = self.wanted_of(filter)?;
        let all = Filter { order: Some(("last_in", true)), limit: CUSTOMERS_MAX, ..Filter::default() };
        let mut customers = self.store().list(Kind::Customer, &all).await?;
        customers.retain(|customer| customer.get("merged_into").is_null());
        let ids: Vec<Id> = customers.iter().map(|customer| customer.record.id).collect();
        let mut addresses = self.store().identities_of(Kind::Customer, &ids).await?;
        let mut of: Vec<Id> = customers.iter().filter_map(|customer| customer.get("company").id()).collect();
        of.sort_unstable();
        of.dedup();
        let companies = self.store().records(Kind::Company, &of).await?;
        let companies: HashMap<Id, String> = companies
            .into_iter()
            .map(|company| (company.record.id, company.text("name").to_owned()))
            .collect();
        let row = |customer: Record| Row {
            company: customer
                .get("company")
                .id()
                .and_then(|id| companies.get(&id))
                .cloned()
                .unwrap_or_default(),
            addresses: addresses.remove(&customer.record.id).unwrap_or_default(),
            customer,
        };
        let mut rows: Vec<Row> = customers.into_iter().map(row).collect();
        rows.retain(|row| wanted.iter().all(|wanted| row.fits(wanted)));
        Ok(rows)
    }

    /// Reads the words of a filter: where customers stand, `owner:mia`, and words to be found in them.
    fn wanted_of(&self, filter: &str) -> Done<Vec<Wanted>> {
        let mut all = Vec::new();
        for word in filter.split_whitespace() {
            let owner = word.split_once([':', '：']).filter(|(key, _)| matches!(*key, "owner" | "负责人"));
            all.push(match (owner, self.meant(word)) {
                (Some((_, who)), _) => Wanted::Owner(self.colleague_called(who)?.id),
                (None, Some(lifecycle)) => Wanted::Lifecycle(lifecycle),
                (None, None) => Wanted::Word(word.to_lowercase()),
            });
        }
        Ok(all)
    }

    fn csv(&self, rows: &[Row]) -> String {
        // The mark tells spreadsheets which letters these are.
        let mut out = String::from("\u{feff}");
        let fields = [
            "name",
            "company",
            "lifecycle",
            "owner",
            "language",
            "tags",
            "first_contact",
            "last_in",
            "last_out",
            "n_in",
            "n_out",
        ];
        let heads = ["number", "addresses"].into_iter().chain(fields);
        line(&mut out, heads.map(str::to_owned));
        for row in rows {
            let customer = &row.customer;
            let value = |field: &str| match field {
                "company" => row.company.clone(),
                "owner" => {
                    let owner = customer.get(field).id().and_then(|id| self.app.workflows.user(id));
                    owner.map_or_else(String::new, |user| user.handle.clone())
                }
                "first_contact" | "last_in" | "last_out" => {
                    customer.get(field).time().map_or_else(String::new, iso)
                }
                "n_in" | "n_out" => customer.get(field).int().unwrap_or(0).to_string(),
                field => customer.text(field).to_owned(),
            };
            let cells = [customer.short().to_string(), row.addresses.join(" ")];
            line(&mut out, cells.into_iter().chain(fields.iter().map(|field| value(field))));
        }
        out
    }

    /// Writes a file that nobody else may read into the data directory, under the name of its time.
    pub(super) async fn write_file(&self, name: &str, ending: &str, text: &str) -> Done<PathBuf> {
        let at = self.now.local(self.zone).format("%Y%m%d-%H%M%S");
        self.save(&format!("{name}-{at}.{ending}"), text.as_bytes().to_vec()).await
    }

    /// Writes a file that nobody else may read into the data directory, in place of one of that name.
    pub(in super::super) async fn save(&self, name: &str, bytes: Vec<u8>) -> Done<PathBuf> {
        let dir = self.app.dir.join("exports");
        let path = dir.join(name);
        let file = path.clone();
        let write = move || {
            std::fs::create_dir_all(&dir)?;
            let mut options = std::fs::OpenOptions::new();
            options.write(true).create(true).truncate(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            options.open(&file)?.write_all(&bytes)
        };
        let written = tokio::task::spawn_blocking(write).await.map_err(|e| Stop::Failed(e.into()))?;
        match written {
            Ok(()) => Ok(path),
            Err(e) => {
                let said =
                    self.prompts().export_failed(self.language, &path.display().to_string(), &e.to_string());
                Err(Card::new(said).into())
            }
        }
    }
}

impl Row {
    fn fits(&self, wanted: &Wanted) -> bool {
        let has = |text: &str, word: &str| text.to_lowercase().contains(word);
        match wanted {
            Wanted::Lifecycle(lifecycle) => self.customer.text("lifecycle") == lifecycle.name(),
            Wanted::Owner(owner) => self.customer.get("owner").id() == Some(*owner),
            Wanted::Word(word) => {
                has(self.customer.text("name"), word)
                    || has(&self.company, word)
                    || self.addresses.iter().any(|address| has(address, word))
            }
        }
    }
}

pub(super) fn iso(at: Timestamp) -> String {
    at.utc().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Writes a line as RFC 4180 has it. What a spreadsheet would take for a formula is made words.
pub(super) fn line(out: &mut String, cells: impl Iterator<Item = String>) {
    for (i, cell) in cells.enumerate() {
        if i > 0 {
            out.push(',');
        }
        let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number(&cell);
        let cell = if formula { format!("'{cell}") } else { cell };
        if cell.contains(['"', ',', '\n', '\r']) {
            out.push_str(&format!("\"{}\"", cell.replace('"', "\"\"")));
        } else {
            out.push_str(&cell);
        }
    }
    out.push_str("\r\n");
}

/// Tells whether a cell is a number below zero: that stays one.
fn is_number(cell: &str) -> bool {
    let digits = cell.strip_prefix('-').unwrap_or_default();
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && digits.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_words_and_nothing_else() {
        let mut out = String::new();
        line(&mut out, ["=1+1", "a,b", "say \"hi\"", "王丽"].into_iter().map(str::to_owned));
        assert_eq!(out, "'=1+1,\"a,b\",\"say \"\"hi\"\"\",王丽\r\n");
        let mut out = String::new();
        line(&mut out, ["-12.5", "-1+1", "+420777", "@x", "\tx", "-"].into_iter().map(str::to_owned));
        assert_eq!(out, "-12.5,'-1+1,'+420777,'@x,'\tx,'-\r\n");
    }
}
