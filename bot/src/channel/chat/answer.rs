//! From what somebody did in a chat to the answer.

use std::time::Duration;

use rapport_model::job::{Outbound, Recipient};
use rapport_model::message::ChannelKind;
use rapport_model::people::User;
use rapport_model::{Id, Kind, RecordRef};
use rapport_prompts::format;
use rapport_storage::StorageError;
use rapport_storage::chats::{Answer, Button, Update};
use rapport_storage::drafts::File;

use super::keys::with_keys;
use super::page::{Answered, Page, split};
use super::{Said, What};
use crate::App;
use crate::commands::card::Made;
use crate::commands::command::{Of, Search, Undoing};
use crate::commands::compose::Compose;
use crate::commands::files::Received;
use crate::commands::{Card, Command, Session, parse, press, run, run_with};

/// Returns the most that one message holds, in UTF-16 units; some room is left for what shows where parts
/// begin, and on Discord for what takes the meaning from marks in others' words.
const fn units_max(channel: ChannelKind) -> usize {
    if matches!(channel, ChannelKind::Discord) { 2_800 } else { 3_900 }
}
/// Returns the most that stands below a picture in one message (Telegram's own limit is 1,024).
const fn below_picture_max(channel: ChannelKind) -> usize {
    if matches!(channel, ChannelKind::Telegram) { 1_000 } else { units_max(channel) }
}
/// Of words that were passed on so much is looked for.
const SEARCHED_CHARS_MAX: usize = 80;
/// So often it is looked where a message stands that was answered.
const LOOKS_MAX: usize = 40;
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);
/// More messages than these are no answer.
const PAGES_MAX: usize = 8;

/// Does what was asked for in a chat, and commits the answer. Returns a word for whoever pressed a
/// button, where there is one.
///
/// # Errors
/// The store or the index failed. What was changed before that is not changed again by the next try.
pub(super) async fn answer(
    app: &App,
    channel: ChannelKind,
    update: &Update,
    said: Said,
    received: Received,
) -> anyhow::Result<Option<String>> {
    let clerk = Clerk { app, channel, update, said };
    let (answer, word) = clerk.answer(received).await?;
    app.store().answer(channel, update, answer).await?;
    Ok(word)
}

/// Commits that an update was done with, however it ended, with a card that says so.
///
/// # Errors
/// The store cannot be written.
pub async fn give_up(
    app: &App,
    channel: ChannelKind,
    update: &Update,
    said: Option<Said>,
) -> anyhow::Result<()> {
    let mut answer = Answer::default();
    if let Some(said) = said
        && let Some(user) = app.store().bound_to(channel, said.account).await?
    {
        let language = app.workflows.language_of(app.workflows.user(user));
        let card = Card::new(app.workflows.prompts().chat_failed(language));
        let clerk = Clerk { app, channel, update, said };
        answer = clerk.written(Recipient::User(user), vec![card], None, None).await?;
    }
    app.store().answer(channel, update, answer).await?;
    Ok(())
}

struct Clerk<'a> {
    app: &'a App,
    channel: ChannelKind,
    update: &'a Update,
    said: Said,
}

/// What a command led to.
struct Outcome {
    cards: Vec<Card>,
    /// The message whose place the card takes.
    edits: Option<i64>,
    word: Option<String>,
}

impl Outcome {
    fn of(cards: Vec<Card>) -> Self {
        Self { cards, edits: None, word: None }
    }

    fn word(word: String) -> Self {
        Self { cards: Vec::new(), edits: None, word: Some(word) }
    }
}

impl Clerk<'_> {
    async fn answer(&self, received: Received) -> anyhow::Result<(Answer, Option<String>)> {
        if let What::Prove(code) = &self.said.what {
            return Ok((self.prove(code).await?, None));
        }
        let bound = self.app.store().bound_to(self.channel, self.said.account).await?;
        // Who left the house is as unknown as a stranger.
        let Some(user) = bound.and_then(|id| self.app.workflows.user(id)) else {
            let workflows = &self.app.workflows;
            let refusal = || workflows.prompts().chat_stranger(workflows.settings().language);
            // In a team's chat others need not read it.
            return match self.said.what {
                What::Press { .. } => Ok((Answer::default(), Some(refusal()))),
                _ => Ok((self.refuse().await?, None)),
            };
        };
        // Whatever was said in a group goes on in private, whose chat has the account's number.
        let home = self.said.account;
        let state = self.app.store().chat_session(self.channel, home, user.id).await?;
        let mut session = state.map_or_else(Session::new, |state| Session::remembered(&state));
        session.cause = Some(self.update.id);
        session.channel = Some(self.channel);
        let outcome = self.react(user, &mut session, received).await?;
        let about = session.context();
        // What may be personal is for one pair of eyes. Who has just released the account still reads here
        // that it was done.
        let still = self.app.store().bound_to(self.channel, self.said.account).await? == Some(user.id);
        let to = if still { Recipient::User(user.id) } else { Recipient::Chat(self.said.chat) };
        let mut answer = self.written(to, outcome.cards, outcome.edits, about).await?;
        let is_told = outcome.word.is_some();
        if !self.said.is_private && !answer.outbox.is_empty() && !is_told {
            let language = self.app.workflows.language_of(Some(user));
            let note = Card::new(self.app.workflows.prompts().chat_answered_privately(language));
            let note = self.written(Recipient::Chat(self.said.chat), vec![note], None, None).await?;
            answer.outbox.extend(note.outbox);
        }
        answer.session = Some((user.id, home, session.to_remember()));
        Ok((answer, outcome.word))
    }

    async fn react(&self, user: &User, session: &mut Session, received: Received) -> anyhow::Result<Outcome> {
        let (app, prompts) = (self.app, self.app.workflows.prompts());
        let language = app.workflows.language_of(Some(user));
        if let Some(act) = app.store().act_because_of(self.update.id).await? {
            // The process ended between the deed and its answer.
            let undo = Command::Undo(Undoing::Act(act));
            let card = Card::new(prompts.chat_done_before(language));
            return Ok(Outcome::of(vec![card.button(prompts.button_undo(language), undo)]));
        }
        match &self.said.what {
            What::Text { text, answers } => {
                let shown = match answers {
                    Some(message) => self.shown(user.id, *message).await?,
                    None => None,
                };
                let mut line = text.clone();
                if let Some((about, kind)) = shown {
                    session.is_about(about);
                    // Who answers a notice does not answer what was asked before it.
                    if kind != Outbound::ANSWER {
                        session.forget_buttons();
                    }
                    if kind == Outbound::MAIL_CARD && !text.starts_with(['/', '／']) {
                        line = Command::Reply { of: Of::Exact(about), text: text.clone() }.to_string();
                        session.forget_question();
                    }
                }
                let cards = match self.said.files.is_empty() {
                    true => run(app, user, session, &line).await?,
                    false => run_with(app, user, session, &line, received).await?,
                };
                Ok(Outcome::of(cards))
            }
            What::Press { button, under, words } => {
                let button = match button {
                    Some(id) => app.store().button(*id).await?,
                    None => None,
                };
                let Some(button) = button else {
                    return Ok(Outcome::word(prompts.button_gone(language)));
                };
                if ![user.id, Button::ANYBODY].contains(&button.user) {
                    return Ok(Outcome::word(prompts.button_of_other(language)));
                }
                let words = words.as_deref();
                let cards = press(app, user, session, &button.command, button.record, words).await?;
                let in_place = cards.len() == 1 && self.said.is_private && takes_place(&button.command);
                // Who pressed it alone is told where the answer is.
                let word = (!self.said.is_private).then(|| prompts.chat_answered_privately(language));
                Ok(Outcome { cards, edits: under.filter(|_| in_place), word })
            }
            What::Forwarded(text) => {
                let mut cards = vec![self.forwarded(user, session, text)];
                if !self.said.files.is_empty() {
                    cards.extend(run_with(app, user, session, "", received).await?);
                }
                Ok(Outcome::of(cards))
            }
            What::Unreadable => Ok(Outcome::of(vec![Card::new(prompts.chat_unreadable(language))])),
            What::Prove(_) => Ok(Outcome::of(Vec::new())),
        }
    }

    /// Asks what to do with somebody else's words: they command nothing.
    fn forwarded(&self, user: &User, session: &Session, text: &str) -> Card {
        let prompts = self.app.workflows.prompts();
        let language = self.app.workflows.language_of(Some(user));
        let words = format::one_line(text);
        let mut card = Card::new(prompts.chat_forwarded(language)).quote(text.to_owned());
        let search = Search { words: format::clip(&words, SEARCHED_CHARS_MAX), page: 1, ..Search::default() };
        card = card.button(prompts.button_search(language), Command::Find(search));
        if let Some(about) = session.context() {
            let note = Command::Note { of: Of::Exact(about), text: words };
            card = card.button(prompts.button_note(language), note);
        }
        card
    }

    /// Returns what a message of ours shows, and what sort of message it is. One can be answered before
    /// it is noted where it stands: that is waited for.
    async fn shown(&self, user: Id, message: i64) -> Result<Option<(RecordRef, String)>, StorageError> {
        let (store, place) = (self.app.store(), super::Place { chat: self.said.chat, message });
        for _ in 0..LOOKS_MAX {
            let is_leaving = store.is_leaving(self.channel, user, self.said.chat).await?;
            let shown = store.shown_in(self.channel, &place.reference()).await?;
            if shown.is_some() || !is_leaving {
                return Ok(shown);
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        Ok(None)
    }

    /// Binds the account to whoever's code it is.
    async fn prove(&self, code: &str) -> anyhow::Result<Answer> {
        let (workflows, prompts) = (&self.app.workflows, self.app.workflows.prompts());
        // Who reads a code in a group could have been faster.
        let bound = match self.said.is_private {
            true => self.app.store().bind(self.channel, self.said.account, code).await?,
            false => None,
        };
        let Some(user) = bound.and_then(|id| workflows.user(id)) else {
            let card = Card::new(prompts.chat_code_wrong(workflows.settings().language));
            return self.written(Recipient::Chat(self.said.chat), vec![card], None, None).await;
        };
        tracing::info!(channel = %self.channel, user = user.handle, "an account was bound");
        let language = workflows.language_of(Some(user));
        let card = Card::new(prompts.chat_bound(language, user.display_name(), user.role))
            .text(prompts.chat_hint(language))
            .button(prompts.button_help(language), Command::Help(None));
        let mut answer = self.written(Recipient::User(user.id), vec![card], None, None).await?;
        answer.outbox.extend(self.app.binding_notices(user, self.channel).await?);
        Ok(answer)
    }

    /// Tells a stranger, once, that nothing is to be had here.
    async fn refuse(&self) -> anyhow::Result<Answer> {
        let workflows = &self.app.workflows;
        let card = Card::new(workflows.prompts().chat_stranger(workflows.settings().language));
        let mut answer = self.written(Recipient::Chat(self.said.chat), vec![card], None, None).await?;
        // What waits for its own answer gets one.
        if self.said.ticket.is_none() {
            for outgoing in &mut answer.outbox {
                outgoing.idempotency_key = format!("stranger/{}/{}", self.channel, self.said.account);
            }
        }
        Ok(answer)
    }

    /// Writes cards as messages with their buttons.
    async fn written(
        &self,
        to: Recipient,
        mut cards: Vec<Card>,
        edits: Option<i64>,
        about: Option<RecordRef>,
    ) -> anyhow::Result<Answer> {
        let store = self.app.store();
        let mut answer = Answer::default();
        let files: Vec<Id> = cards.iter_mut().flat_map(|card| std::mem::take(&mut card.files)).collect();
        let made: Vec<Made> = cards.iter_mut().flat_map(|card| std::mem::take(&mut card.made)).collect();
        let pages: Vec<Card> = cards
            .into_iter()
            .flat_map(|card| split(card, units_max(self.channel), below_picture_max(self.channel)))
            .collect();
        let whole = pages.len() == 1;
        for (n, card) in pages.into_iter().take(PAGES_MAX).enumerate() {
            let subject = card.title.clone();
            let (mut page, buttons) = match to {
                Recipient::User(user) => with_keys(store, user, card).await?,
                // What anybody reads nobody presses.
                _ => (Page { card, ..Page::default() }, Vec::new()),
            };
            page.answers = self.said.ticket.clone().map(|ticket| Answered { ticket, n });
            answer.buttons.extend(buttons);
            let group = matches!(to, Recipient::Chat(_));
            answer.outbox.push(Outbound {
                about,
                subject,
                body: page.write(),
                edits: edits.filter(|_| whole),
                ..self.message(to, Outbound::ANSWER, &format!("{group}/{n}"))
            });
        }
        // What anybody reads nobody is given.
        if matches!(to, Recipient::User(_)) {
            answer.outbox.extend(files.into_iter().map(|file| Outbound {
                about: Some(RecordRef::new(Kind::Attachment, file)),
                ..self.message(to, Outbound::FILE, &format!("file/{file}"))
            }));
            for (n, made) in made.into_iter().enumerate() {
                let message = self.message(to, Outbound::FILE, &format!("made/{n}"));
                let (name, bytes) = (made.name, made.text.into_bytes());
                answer.files.push((message.id, File { name, mime: "text/csv".into(), bytes }));
                answer.outbox.push(message);
            }
        }
        Ok(answer)
    }

    /// Makes a message without words; `name` tells it from the others that answer the same.
    fn message(&self, to: Recipient, text: &str, name: &str) -> Outbound {
        let store = self.app.store();
        let key = format!("{}/{}/{name}", self.channel, self.update.id);
        let message = Outbound::notice(store.new_id(), Id(0), text, store.clock().now(), key);
        Outbound { channel: self.channel, to, ..message }
    }
}

/// Tells whether what a button gives takes the place of the card that it stands under.
fn takes_place(command: &str) -> bool {
    let turns_page = command.split_whitespace().any(|word| word.starts_with("page:"));
    let goes_on = |command: &Command| {
        matches!(
            command,
            Command::Draft(_) | Command::Undo(Undoing::Act(_)) | Command::Compose(Compose::Take { .. })
        )
    };
    turns_page || parse(command).is_ok_and(|parsed| goes_on(&parsed.command))
}
