//! Finds the record that a command is about, or asks which.

use rapport_model::{Kind, Record, RecordRef, ShortNumber};
use rapport_nlp::search::{Query, Request};
use rapport_prompts::Numbered;

use super::card::Card;
use super::command::{Command, Of};
use super::desk::{Desk, Done, Stop};
use super::session::Session;

/// How many records a question offers.
const CHOICES_MAX: usize = 5;
/// How many records are looked at to find those.
const CANDIDATES_MAX: usize = 25;

/// Words of a name that stands where a text is expected.
const NAME_WORDS_MAX: usize = 4;

/// The kinds that a name or address can stand for.
const BY_NAME: &[Kind] = &[Kind::Customer, Kind::Company];

impl Desk<'_> {
    /// Finds the record that `command` is about, of one of `kinds`. Anything that belongs to a
    /// customer stands for the customer where that is what is wanted.
    ///
    /// Stops with a question where several may be meant: each answer is the same command about
    /// one of them.
    pub async fn find_record(
        &self,
        session: &Session,
        command: &Command,
        of: &Of,
        kinds: &[Kind],
    ) -> Done<Record> {
        let found = match of {
            Of::It => match session.context {
                Some(context) => vec![self.load(context).await?.ok_or_else(|| self.which(command, kinds))?],
                None => return Err(self.which(command, kinds)),
            },
            Of::Exact(record) => self.load(*record).await?.into_iter().collect(),
            Of::Number(number) => self.numbered(*number, kinds).await?,
            Of::Mail(address) => self.addressed(address, kinds).await?,
            Of::Named(name) => self.named(name, kinds).await?,
            Of::LastMessage => return Err(self.which(command, kinds)),
        };
        let mut fitting: Vec<Record> = Vec::new();
        for record in &found {
            for record in self.fitting(record, kinds).await? {
                if !fitting.iter().any(|r| r.record == record.record) {
                    fitting.push(record);
                }
            }
        }
        self.only(command, of, &found, fitting, kinds).await
    }

    /// Returns the one record of `fitting`; otherwise says that there is none, or asks which.
    async fn only(
        &self,
        command: &Command,
        of: &Of,
        found: &[Record],
        mut fitting: Vec<Record>,
        kinds: &[Kind],
    ) -> Done<Record> {
        match fitting.len() {
            1 => Ok(fitting.remove(0)),
            0 => Err(self.nothing(command, of, found, kinds)),
            _ => Err(self.question(command, of, &fitting).await?.into()),
        }
    }

    /// As [`Desk::find_record`], of what was not taken away.
    pub async fn find_present(
        &self,
        session: &Session,
        command: &Command,
        of: &Of,
        kinds: &[Kind],
    ) -> Done<Record> {
        self.still_there(self.find_record(session, command, of, kinds).await?)
    }

    /// Finds the one record that `command` is about, as it stands: nothing else stands for it, and
    /// a merged one is itself.
    pub async fn find_itself(
        &self,
        session: &Session,
        command: &Command,
        of: &Of,
        kinds: &[Kind],
    ) -> Done<Record> {
        let found = match of {
            Of::It => match session.context {
                Some(context) => self.record_itself(context).await?.into_iter().collect(),
                None => return Err(self.which(command, kinds)),
            },
            Of::Exact(record) => self.record_itself(*record).await?.into_iter().collect(),
            Of::Number(number) => self.numbered_itself(*number, kinds).await?,
            Of::Mail(address) => self.addressed(address, kinds).await?,
            Of::Named(name) => self.named(name, kinds).await?,
            Of::LastMessage => return Err(self.which(command, kinds)),
        };
        let fitting = found.iter().filter(|r| kinds.contains(&r.record.kind)).cloned().collect();
        self.only(command, of, &found, fitting, kinds).await
    }

    /// Returns the record whose number was given, if that one was merged into another.
    pub async fn merged_away(&self, of: &Of) -> Done<Option<Record>> {
        let found = match of {
            Of::Exact(record) => self.record_itself(*record).await?,
            Of::Number(ShortNumber { kind: Some(kind), number }) => {
                self.store().by_number(*kind, *number).await?
            }
            _ => None,
        };
        Ok(found.filter(|r| !r.get("merged_into").is_null()))
    }

    async fn record_itself(&self, record: RecordRef) -> Done<Option<Record>> {
        match record.kind {
            Kind::Message | Kind::Attachment => Ok(None),
            _ => Ok(self.store().record(record).await?),
        }
    }

    async fn numbered_itself(&self, number: ShortNumber, kinds: &[Kind]) -> Done<Vec<Record>> {
        let mut found = Vec::new();
        let one = number.kind.map(|k| vec![k]);
        for kind in one.as_deref().unwrap_or(kinds) {
            found.extend(self.store().by_number(*kind, number.number).await?);
        }
        Ok(found)
    }

    /// Loads a record; a merged one as what it became part of.
    pub(super) async fn load(&self, record: RecordRef) -> Done<Option<Record>> {
        if matches!(record.kind, Kind::Message | Kind::Attachment) {
            // A message is no record: its customer stands for it.
            let customer = self.store().message(record.id).await?.and_then(|m| m.customer);
            let Some(customer) = customer else { return Ok(None) };
            return Ok(self.store().record(RecordRef::new(Kind::Customer, customer)).await?);
        }
        let record = self.store().merged_into(record).await?;
        Ok(self.store().record(record).await?)
    }

    async fn numbered(&self, number: ShortNumber, kinds: &[Kind]) -> Done<Vec<Record>> {
        let mut found = Vec::new();
        for record in self.numbered_itself(number, kinds).await? {
            found.extend(self.load(record.record).await?);
        }
        Ok(found)
    }

    async fn addressed(&self, address: &str, kinds: &[Kind]) -> Done<Vec<Record>> {
        let Some(identity) = self.store().identity("email", address).await? else { return Ok(Vec::new()) };
        for kind in BY_NAME.iter().filter(|k| kinds.contains(k) || kinds.contains(&Kind::Customer)) {
            if let Some(id) = identity.get(kind.name()).id() {
                return Ok(self.load(RecordRef::new(*kind, id)).await?.into_iter().collect());
            }
        }
        Ok(Vec::new())
    }

    /// Tells whether `of` names somebody, and nobody is called so.
    pub async fn is_nobody(&self, of: &Of, kinds: &[Kind]) -> Done<bool> {
        match of {
            Of::Named(name) if name.contains(char::is_alphanumeric) => {
                Ok(self.named(name, kinds).await?.is_empty())
            }
            _ => Ok(false),
        }
    }

    /// Tells whether `words` are nothing but a customer's name, or words of it, written as names are.
    pub async fn is_name(&self, words: &str) -> Done<bool> {
        let lower = words.to_lowercase();
        let has_all = |record: &Record| {
            let name = record.text("name").to_lowercase();
            lower.split_whitespace().all(|word| name.split_whitespace().any(|part| part == word))
        };
        let is_like_one = words.split_whitespace().count() <= NAME_WORDS_MAX
            && words.split_whitespace().all(|word| word.chars().next().is_some_and(|c| !c.is_lowercase()));
        Ok(is_like_one && self.named(words, &[Kind::Customer]).await?.iter().any(has_all))
    }

    /// Finds who is called so: by whole and begun words first, else by words that are near.
    async fn named(&self, name: &str, kinds: &[Kind]) -> Done<Vec<Record>> {
        self.index().await?;
        let searcher = self.app.workflows.searcher();
        let mut hits = searcher.complete(name, BY_NAME, self.visible().await?, CANDIDATES_MAX)?;
        if hits.is_empty() {
            let request = Request {
                query: Query::parse(name),
                kinds: BY_NAME.to_vec(),
                visible: self.visible().await?,
                limit: CHOICES_MAX,
                ..Request::default()
            };
            let answer = searcher.search(&request)?;
            // Some of the words are not enough to say that somebody is meant.
            hits = if answer.relaxed { Vec::new() } else { answer.hits };
        }
        let mut found = Vec::new();
        for hit in &hits {
            let record = self.load(RecordRef::new(hit.kind, hit.id)).await?.filter(|r| !r.deleted);
            found
                .extend(record.filter(|r| kinds.contains(&r.record.kind) || kinds.contains(&Kind::Customer)));
        }
        // A person and their company of the same name: who asks for a person means the person.
        let same = |r: &Record| r.text("name").to_lowercase() == name.to_lowercase();
        if found.iter().filter(|r| same(r)).count() == 1 {
            found.retain(same);
        }
        Ok(found)
    }

    /// Returns what stands for a record where one of `kinds` is wanted.
    async fn fitting(&self, record: &Record, kinds: &[Kind]) -> Done<Vec<Record>> {
        if kinds.contains(&record.record.kind) {
            return Ok(vec![record.clone()]);
        }
        if !kinds.contains(&Kind::Customer) {
            return Ok(Vec::new());
        }
        if record.record.kind == Kind::Company {
            return self.people_of(record).await;
        }
        Ok(self.linked(record, "customer", Kind::Customer).await?.into_iter().collect())
    }

    /// Returns the customers of a company, latest heard of first.
    pub async fn people_of(&self, company: &Record) -> Done<Vec<Record>> {
        let filter = rapport_storage::records::Filter {
            equal: vec![("company", company.record.id.into())],
            order: Some(("last_in", true)),
            ..Default::default()
        };
        Ok(self.store().list(Kind::Customer, &filter).await?)
    }

    fn which(&self, command: &Command, kinds: &[Kind]) -> Stop {
        let word = self.word(command);
        let kind = kinds.iter().copied().find(|k| k.letter().is_some()).unwrap_or(Kind::Customer);
        let example = ShortNumber::of(kind, 12);
        Card::new(self.prompts().which_record(self.language, word, example)).into()
    }

    fn nothing(&self, command: &Command, of: &Of, found: &[Record], kinds: &[Kind]) -> Stop {
        let (prompts, language) = (self.prompts(), self.language);
        let said = match (of, found.first()) {
            (Of::It, _) => return self.which(command, kinds),
            (_, Some(record)) => {
                let wanted = kinds.first().copied().unwrap_or(Kind::Customer);
                prompts.wrong_kind(language, Numbered(record.short()), wanted)
            }
            (Of::Number(number), None) => prompts.no_such_record(language, *number),
            (of, None) => prompts.not_found(language, &of.to_string()),
        };
        Card::new(said).into()
    }

    async fn question(&self, command: &Command, of: &Of, records: &[Record]) -> Done<Card> {
        let query = of.to_string();
        let mut card = Card::new(self.prompts().which_one(self.language, &query, records.len()));
        for record in records.iter().take(CHOICES_MAX) {
            let aside = match record.record.kind {
                Kind::Customer => self.linked_name(record, "company", Kind::Company).await?,
                Kind::Company => self.prompts().label(self.language, Kind::Company).to_owned(),
                _ => self.linked_name(record, "customer", Kind::Customer).await?,
            };
            let label = self.beside(&self.titled(record).await?, &aside);
            let of = match record.record.kind.letter() {
                Some(_) => Of::Number(record.short()),
                None => Of::Exact(record.record),
            };
            card = card.choice(label, command.about(of));
        }
        Ok(card)
    }

    /// Returns a command's word in the asker's language.
    pub fn word(&self, command: &Command) -> &'static str {
        let spec = command.name().spec();
        if self.language == rapport_model::reading::Language::Zh { spec.chinese } else { spec.word }
    }
}
