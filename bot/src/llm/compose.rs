//! From the mails of a conversation to words of a language model: gathered as the asker sees them, masked,
//! asked, put back.

use std::collections::BTreeSet;

use rapport_model::message::{Automation, Direction};
use rapport_model::reading::Language;
use rapport_model::{Id, Kind, Record, RecordRef};
use rapport_nlp::entities::Context;
use rapport_prompts::LlmContext;
use rapport_prompts::format::clip;
use rapport_storage::messages::Loaded;
use rapport_storage::{StorageError, Store};
use rapport_workflows::mask::{Mask, Sort};
use rapport_workflows::privacy::is_restricted;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Llm, Trouble};
use crate::app::App;

/// The tag of a customer of whom nothing leaves the house.
pub(crate) const KEPT_WITHIN: &str = "no-llm";
/// Mails that a model is told of.
const MESSAGES_MAX: u32 = 30;
/// Of each so many characters, and of all together.
const MAIL_CHARS_MAX: usize = 4_000;
const ALL_CHARS_MAX: usize = 20_000;
/// An answer has so many words at most, and a summary.
const ANSWER_WORDS_MAX: usize = 200;
const SUMMARY_WORDS_MAX: usize = 120;

/// What words are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// An answer to the last mail.
    Answer,
    /// A summary, in this language.
    Summary(Language),
}

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub task: Task,
    /// The mail that is answered; the customer or ticket that is summed up.
    pub about: RecordRef,
    /// What a colleague wants the answer to say.
    pub words: String,
}

/// Whose words a model wrote, and how well: kept beside them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    /// The model's name.
    pub model: String,
    /// Gaps where it named what it was not told.
    pub n_lost: usize,
    /// Whether it broke off.
    pub is_cut: bool,
}

/// Words of a model, for a colleague to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Composed {
    pub text: String,
    pub origin: Origin,
    /// The newest message that it knows.
    pub newest: Option<Id>,
}

/// Why nothing was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unwritten {
    /// There is no such customer any more, or no mail.
    Nothing,
    /// Nothing of this customer leaves the house.
    KeptWithin,
    /// What is held of this customer may only be kept.
    Restricted,
    /// The endpoint gave no words.
    Trouble(Trouble),
}

/// What of the records goes into a question.
struct Material {
    customer: Record,
    /// Oldest first.
    messages: Vec<Loaded>,
}

impl App {
    /// Has a language model write. `store` is the store as the asker sees it.
    ///
    /// # Errors
    /// The store failed.
    pub(crate) async fn compose(
        &self,
        llm: &Llm,
        store: &Store,
        wish: &Wish,
    ) -> Result<Result<Composed, Unwritten>, StorageError> {
        let Some(material) = gather(store, wish).await? else { return Ok(Err(Unwritten::Nothing)) };
        if is_kept_within(&material.customer) {
            return Ok(Err(Unwritten::KeptWithin));
        }
        if is_restricted(&material.customer) {
            return Ok(Err(Unwritten::Restricted));
        }
        let mut mask = Mask::new(self.known_of(store, &material).await?);
        let data = self.data(&mut mask, &material, &wish.words);
        let prompts = self.workflows.prompts();
        let house = &self.workflows.settings().house.name;
        let system = match wish.task {
            Task::Answer => {
                let language = self.workflows.language_with(&material.customer);
                prompts.llm_answer(language, &LlmContext { house, words_max: ANSWER_WORDS_MAX })
            }
            Task::Summary(language) => {
                prompts.llm_summary(language, &LlmContext { house, words_max: SUMMARY_WORDS_MAX })
            }
        };
        let trouble = |trouble| Ok(Err(Unwritten::Trouble(trouble)));
        let Ok(_place) = llm.free.try_acquire() else { return trouble(Trouble::Full) };
        let today = store.clock().now().utc().format("%Y-%m-%d").to_string();
        if !self.store().take_of_day(QUOTA, &today, llm.a_day).await? {
            return trouble(Trouble::Day(llm.a_day));
        }
        let words = match llm.ask(&system, &data, None).await {
            Ok(words) => words,
            Err(e) => return trouble(e),
        };
        let shown = mask.uncover(&words.text);
        if shown.text.trim().is_empty() {
            return trouble(Trouble::Empty);
        }
        let origin = Origin { model: llm.model().to_owned(), n_lost: shown.n_lost, is_cut: words.is_cut };
        let newest = material.messages.last().map(|message| message.id);
        Ok(Ok(Composed { text: shown.text.trim().to_owned(), origin, newest }))
    }

    /// Returns what the records know of the people in a conversation, and of the colleagues.
    async fn known_of(
        &self,
        store: &Store,
        material: &Material,
    ) -> Result<Vec<(Sort, String)>, StorageError> {
        let customer = &material.customer;
        let mut known = vec![(Sort::Person, customer.text("name").to_owned())];
        let mut addresses = BTreeSet::new();
        let id = customer.record.id;
        addresses.extend(store.identities_of(Kind::Customer, &[id]).await?.remove(&id).unwrap_or_default());
        if let Some(company) = customer.get("company").id() {
            let domains = store.identities_of(Kind::Company, &[company]).await?.remove(&company);
            known.extend(domains.into_iter().flatten().map(|domain| (Sort::Link, domain)));
            if let Some(company) = store.record(RecordRef::new(Kind::Company, company)).await? {
                let name = company.text("name");
                known.push((Sort::Company, name.to_owned()));
                // `Novak Cafe` is `Novak Cafe GmbH` to those who write of it.
                known.extend(name.rsplit_once(' ').map(|(name, _)| (Sort::Company, name.to_owned())));
            }
        }
        for message in &material.messages {
            for party in store.parties(message.id).await? {
                known.push((Sort::Person, party.name));
                addresses.insert(party.address);
            }
        }
        for user in self.workflows.users() {
            known.push((Sort::Person, user.name.clone()));
            addresses.extend(user.address.as_ref().map(|address| address.as_str().to_owned()));
        }
        for address in addresses {
            let domain = address.rsplit_once('@').map(|(_, domain)| domain.to_owned());
            let is_phone = domain.is_none() && address.chars().filter(char::is_ascii_digit).count() > 4;
            known.extend(domain.map(|domain| (Sort::Link, domain)));
            known.push((if is_phone { Sort::Phone } else { Sort::Address }, address));
        }
        Ok(known)
    }

    /// Writes the mails and the wish as JSON, masked: what is data cannot look like anything else.
    fn data(&self, mask: &mut Mask, material: &Material, wish: &str) -> String {
        let settings = self.workflows.settings();
        let context = |received_at| Context {
            received_at,
            zone: settings.zone,
            region: &settings.region,
            currency: &settings.currency,
            products: &settings.products,
        };
        // First, so that whoever is greeted has a placeholder, also where no mail names them.
        let name = mask.cover(material.customer.text("name"), &context(self.store().clock().now()));
        let mut room = ALL_CHARS_MAX;
        let mut mails = Vec::new();
        // The newest matter most.
        for message in material.messages.iter().rev() {
            let text = clip(message.own_text().trim(), MAIL_CHARS_MAX.min(room));
            room -= text.chars().count().min(room);
            let context = context(message.received_at);
            mails.push(json!({
                "from": if message.direction == Direction::In { "customer" } else { "house" },
                "day": message.received_at.local(settings.zone).format("%Y-%m-%d").to_string(),
                "subject": mask.cover(&clip(&message.subject, 200), &context),
                "text": mask.cover(&text, &context),
            }));
            if room == 0 {
                break;
            }
        }
        mails.reverse();
        let wish = mask.cover(wish, &context(self.store().clock().now()));
        json!({ "customer": name, "conversation": mails, "wish": wish }).to_string()
    }
}

/// What the day's questions are counted as.
pub(crate) const QUOTA: &str = "llm";

/// Tells whether nothing of a customer leaves the house.
fn is_kept_within(customer: &Record) -> bool {
    let tags: Vec<String> = serde_json::from_str(customer.text("tags")).unwrap_or_default();
    tags.iter().any(|tag| tag.eq_ignore_ascii_case(KEPT_WITHIN))
}

/// Loads whose conversation it is, and its mails: what people wrote, to each other.
async fn gather(store: &Store, wish: &Wish) -> Result<Option<Material>, StorageError> {
    let (customer, thread) = match wish.about.kind {
        Kind::Message => match store.message(wish.about.id).await? {
            Some(message) => (message.customer, Some(message.thread)),
            None => return Ok(None),
        },
        Kind::Customer => (Some(wish.about.id), None),
        _ => match store.record(wish.about).await? {
            Some(record) => (record.get("customer").id(), record.get("thread").id()),
            None => return Ok(None),
        },
    };
    let Some(customer) = customer else { return Ok(None) };
    let customer = store.merged_into(RecordRef::new(Kind::Customer, customer)).await?;
    let Some(customer) = store.record(customer).await?.filter(|customer| !customer.deleted) else {
        return Ok(None);
    };
    let mut messages = match thread {
        Some(thread) => store.messages_in(thread, MESSAGES_MAX).await?,
        None => store.messages_of(customer.record.id, MESSAGES_MAX).await?,
    };
    messages.retain(|m| m.automation == Automation::None && m.direction != Direction::Internal);
    messages.sort_by_key(|message| (message.received_at, message.id));
    Ok((!messages.is_empty()).then_some(Material { customer, messages }))
}
