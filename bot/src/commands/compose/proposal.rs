//! What a language model wrote, as a card; and that an answer of its becomes a draft as any other.

use rapport_model::job::{Outbound, Recipient};
use rapport_model::people::User;
use rapport_model::{Id, Kind, RecordRef};
use rapport_workflows::carry_out::harmless;

use super::super::card::Card;
use super::super::command::{Command, DraftStep};
use super::super::desk::{Desk, Done, Stop};
use super::super::parse;
use super::super::safe::plain;
use super::super::session::{Draft, Session};
use super::Compose;
use crate::App;
use crate::llm::{Composed, Origin};

/// Returns the card of what a language model wrote for a colleague; nothing where `message` is none, or
/// what it is about is gone.
///
/// # Errors
/// The store failed.
pub(crate) async fn machine_card(app: &App, user: &User, message: &Outbound) -> anyhow::Result<Option<Card>> {
    let desk = Desk::new(app, user, None);
    let card = match message.text.as_str() {
        Outbound::PROPOSAL => desk.proposal_card(message).await,
        Outbound::PROSE => desk.summed_up(message).await,
        _ => return Ok(None),
    };
    match card {
        Ok(card) => Ok(card),
        Err(Stop::Card(card)) => Ok(Some(*card)),
        Err(Stop::Failed(e)) => Err(e),
    }
}

impl Desk<'_> {
    /// Makes what was written the draft in hand.
    pub(super) async fn propose(&self, session: &mut Session, about: RecordRef, words: &Composed) -> Done {
        match self.machine_draft(about, &words.text, words.origin.clone(), words.newest).await? {
            Some(draft) => self.take_up(session, draft).await,
            None => Ok(vec![Card::new(self.prompts().draft_none(self.language))]),
        }
    }

    /// Takes up what was written a while ago, and goes on with it.
    pub(super) async fn take_proposal(&self, session: &mut Session, id: Id, step: DraftStep) -> Done {
        let none = || Card::new(self.prompts().draft_none(self.language));
        let proposal = self.store().outgoing(id).await?.map(|one| one.message);
        let Some(proposal) = proposal.filter(|one| one.to == Recipient::User(self.user.id)) else {
            return Ok(vec![none()]);
        };
        // Pressed twice, it leaves once.
        if self.store().outgoing_of_key(&key(id)).await?.is_some() {
            return Ok(vec![none()]);
        }
        let Some(draft) = self.draft_from(&proposal).await? else { return Ok(vec![none()]) };
        self.take_up(session, draft).await?;
        self.draft(session, step).await
    }

    /// Shows the draft that a proposal would be, with buttons that take it up.
    async fn proposal_card(&self, message: &Outbound) -> Done<Option<Card>> {
        let Some(draft) = self.draft_from(message).await? else { return Ok(None) };
        let mut card = self.draft_card(&draft).await?;
        for button in &mut card.buttons {
            if let Ok(Command::Draft(step)) = parse(&button.command).map(|parsed| parsed.command) {
                button.command = Command::Compose(Compose::Take { id: message.id, step }).to_string();
            }
        }
        Ok(Some(card))
    }

    async fn draft_from(&self, message: &Outbound) -> Done<Option<Draft>> {
        let (Some(about), Ok(origin)) = (message.about, serde_json::from_str(&message.subject)) else {
            return Ok(None);
        };
        if message.text != Outbound::PROPOSAL || !self.store().sees(about).await? {
            return Ok(None);
        }
        let draft = self.machine_draft(about, &message.body, origin, message.answers).await?;
        Ok(draft.map(|mut draft| {
            draft.message.idempotency_key = key(message.id);
            draft
        }))
    }

    /// Makes a draft of a machine's words; nothing if the mail that they answer is gone.
    async fn machine_draft(
        &self,
        about: RecordRef,
        words: &str,
        origin: Origin,
        newest: Option<Id>,
    ) -> Done<Option<Draft>> {
        let Some(answered) = self.store().message(about.id).await? else { return Ok(None) };
        let customer = match answered.customer {
            Some(customer) => self.store().record(RecordRef::new(Kind::Customer, customer)).await?,
            None => None,
        };
        let Some(customer) = customer.filter(|customer| !customer.deleted) else { return Ok(None) };
        let mut draft = self.draft_of(&customer, &answered, newest, words).await?;
        draft.by_machine = Some(origin);
        Ok(Some(draft))
    }

    async fn summed_up(&self, message: &Outbound) -> Done<Option<Card>> {
        let (Some(about), Ok(origin)) = (message.about, serde_json::from_str(&message.subject)) else {
            return Ok(None);
        };
        let Some(record) = self.store().record(about).await? else { return Ok(None) };
        let name = self.titled(&record).await?;
        Ok(Some(self.prose_card(name, &message.body, &origin)))
    }

    /// Shows a summary. It is somebody else's words.
    pub(super) fn prose_card(&self, name: String, text: &str, origin: &Origin) -> Card {
        let mut card = Card::new(name).quote(harmless(&plain(text)));
        let mut notes = vec![self.prompts().llm_summed_up(self.language, &origin.model)];
        notes.extend(self.shortcomings(origin));
        card.footer = notes.join("\n");
        card
    }

    /// Says what is wrong with a machine's words as far as that is known.
    pub(in super::super) fn shortcomings(&self, origin: &Origin) -> Vec<String> {
        let lost = (origin.n_lost > 0).then(|| self.prompts().llm_lost(self.language, origin.n_lost));
        let cut = origin.is_cut.then(|| self.prompts().llm_cut(self.language));
        lost.into_iter().chain(cut).collect()
    }
}

/// Returns the key of the mail that a proposal becomes.
fn key(proposal: Id) -> String {
    format!("proposal/{proposal}")
}
