//! Who looked at a customer, for those who look after the house and for the customer.

use rapport_model::people::Role;
use rapport_model::reads::{ReadWhat, Reader};
use rapport_model::{Id, Kind, Record};
use rapport_prompts::PersonItem;
use rapport_storage::reads::{Read, Reads};

use super::card::Card;
use super::desk::{Desk, Done};

/// So many are told on a card, newest first.
const ON_CARD: u32 = 5;

impl Desk<'_> {
    /// Adds to the history of a customer who looked at them last, where a manager asks.
    pub(super) async fn with_seen_by(&self, card: Card, record: &Record) -> Done<Card> {
        if record.record.kind != Kind::Customer || !matches!(self.user.role, Role::Manager | Role::Owner) {
            return Ok(card);
        }
        let reads = self.reads_of(record.record.id, ON_CARD).await?;
        let lines: Vec<String> = reads
            .iter()
            .map(|read| {
                let (who, what) = (self.read_by(read.reader), self.read_what(read));
                let way = self.prompts().label(self.language, read.way);
                self.prompts().seen_line(self.language, self.at(read.last_at), &who, &what, way)
            })
            .collect();
        Ok(card.list(self.prompts().seen_heading(self.language), lines))
    }

    /// Lists who looked at a customer, newest first.
    pub(super) async fn reads_of(&self, customer: Id, limit: u32) -> Done<Vec<Read>> {
        let which = Reads { of: Some(customer), newest_first: true, limit, ..Reads::default() };
        Ok(self.store().reads(&which).await?)
    }

    /// Says who looked.
    pub(crate) fn read_by(&self, reader: Reader) -> String {
        let (prompts, language) = (self.prompts(), self.language);
        if reader == Reader::OPERATOR {
            return prompts.seen_operator(language);
        }
        let name = self.colleague(reader.user);
        let name = if name.is_empty() { prompts.by_former(language) } else { name };
        match usize::try_from(reader.token) {
            Ok(token) if token > 0 => prompts.seen_token(language, &name, token),
            _ => name,
        }
    }

    /// Says at what, and how often.
    pub(crate) fn read_what(&self, read: &Read) -> String {
        let n = usize::try_from(read.n).unwrap_or(usize::MAX);
        let (prompts, language) = (self.prompts(), self.language);
        match read.what {
            ReadWhat::List => prompts.seen_list(language, n),
            what => prompts.seen_what(language, prompts.label(language, what), n),
        }
    }

    /// Says for a page of the person who looked.
    pub(super) fn read_item(&self, read: &Read) -> PersonItem {
        let (prompts, language) = (self.prompts(), self.language);
        let rows = vec![
            (prompts.board_who(language), self.read_by(read.reader)),
            (prompts.board_what(language), self.read_what(read)),
            (prompts.board_way(language), prompts.label(language, read.way).to_owned()),
        ];
        PersonItem { title: self.when(read.last_at), rows, ..PersonItem::default() }
    }
}
