//! From what was typed to what is answered.

use rapport_model::people::{Role, Scope, User};
use rapport_model::{Id, Kind, RecordRef, ShortNumber, Timestamp};
use rapport_nlp::rep;

use super::card::Card;
use super::command::{Command, Of, Undoing};
use super::desk::{Desk, Done, Stop};
use super::files::Received;
use super::govern::{Campaign, Govern};
use super::own::Own;
use super::parse::{INPUT_BYTES_MAX, ParseError, trim};
use super::plain;
use super::session::Session;
use super::survey::Survey;
use crate::App;
use crate::watchful::Watched;

/// Does what `text` asks for, and returns what to show. What a colleague can put right is a card,
/// never an error.
///
/// # Errors
/// The store or the index failed; nothing was written.
pub async fn run(app: &App, user: &User, session: &mut Session, text: &str) -> anyhow::Result<Vec<Card>> {
    // What was chosen elsewhere holds here, too.
    app.workflows.refresh().await?;
    let desk = Desk::new(app, user, session.cause);
    let done = desk.answer(session, text).await;
    shown(session, desk.now, done)
}

/// As [`run`] for what was said with files: they go with the answer in hand, or wait for one. Without
/// words they are taken all the same.
///
/// # Errors
/// As [`run`].
pub(crate) async fn run_with(
    app: &App,
    user: &User,
    session: &mut Session,
    text: &str,
    received: Received,
) -> anyhow::Result<Vec<Card>> {
    app.workflows.refresh().await?;
    let desk = Desk::new(app, user, session.cause);
    let problems = desk.hold_files(session, received);
    let done = desk.answer_with(session, text, problems).await;
    shown(session, desk.now, done)
}

/// Does what a button asks for, whatever question waits. Where the button was shown when the record
/// that it changes had been changed `seen` times, and somebody else has changed it since, that is told
/// instead. Words that came with the press answer what the button asks for, and are never a command
/// themselves. As [`run`].
///
/// # Errors
/// As [`run`].
pub async fn press(
    app: &App,
    user: &User,
    session: &mut Session,
    command: &str,
    seen: Option<(RecordRef, i64)>,
    words: Option<&str>,
) -> anyhow::Result<Vec<Card>> {
    session.awaiting = None;
    app.workflows.refresh().await?;
    let desk = Desk::new(app, user, session.cause);
    let done = match desk.changed_since(seen, command).await {
        Ok(Some(card)) => Ok(vec![with_quote(card, words)]),
        Ok(None) => desk.pressed(session, command, words).await,
        Err(stop) => Err(stop),
    };
    shown(session, desk.now, done)
}

/// Returns a customer's mail as a card for `user`, as things stand now; nothing if it is gone.
///
/// # Errors
/// The store failed.
pub async fn mail_card(app: &App, user: &User, mail: Id) -> anyhow::Result<Option<Card>> {
    match Desk::new(app, user, None).mail_card(mail).await {
        Ok(card) => Ok(card),
        Err(Stop::Card(card)) => Ok(Some(*card)),
        Err(Stop::Failed(e)) => Err(e),
    }
}

/// Returns a customer's mail as a card for all who read a team's chat, as things stand now: nothing in
/// it says who wrote what. Nothing if it is gone.
///
/// # Errors
/// The store failed.
pub async fn team_card(app: &App, mail: Id) -> anyhow::Result<Option<Card>> {
    let nobody = User {
        id: Id(0),
        handle: String::new(),
        name: String::new(),
        address: None,
        role: Role::Viewer,
        scope: Scope::All,
        team: String::new(),
        zone: String::new(),
        language: String::new(),
    };
    match Desk::new(app, &nobody, None).team_card(mail).await {
        Ok(card) => Ok(card),
        Err(Stop::Card(card)) => Ok(Some(*card)),
        Err(Stop::Failed(e)) => Err(e),
    }
}

fn shown(session: &mut Session, now: Timestamp, done: Done) -> anyhow::Result<Vec<Card>> {
    let cards = match done {
        Ok(cards) => cards,
        Err(Stop::Card(card)) => vec![*card],
        Err(Stop::Failed(e)) => return Err(e),
    };
    session.shown(&cards, now);
    Ok(cards)
}

impl Desk<'_> {
    async fn answer(&self, session: &mut Session, text: &str) -> Done {
        let text = trim(text);
        if let Some(command) = session.awaiting.take()
            && !text.starts_with('/')
            && text.len() <= INPUT_BYTES_MAX
        {
            return self.go_on(session, command, text).await;
        }
        if let Some(sure) = session.sure(self.now) {
            if is_no(text) {
                session.buttons.clear();
                return Ok(vec![Card::new(self.prompts().cancelled(self.language))]);
            }
            if is_yes(text) {
                return self.typed(session, &sure).await;
            }
        }
        if let Some(pressed) = text.parse().ok().and_then(|place| session.button(place)) {
            let pressed = pressed.to_owned();
            return self.typed(session, &pressed).await;
        }
        if matches!(text.trim_start_matches('/').to_lowercase().as_str(), "more" | "更多") {
            return match session.more.clone() {
                Some(command) => self.carry_out(session, command).await,
                None => Ok(vec![Card::new(self.prompts().no_more(self.language))]),
            };
        }
        self.typed(session, text).await
    }

    async fn answer_with(&self, session: &mut Session, text: &str, problems: Vec<String>) -> Done {
        let mut cards: Vec<Card> = problems.into_iter().map(Card::new).collect();
        if !trim(text).is_empty() {
            cards.extend(match self.answer(session, text).await {
                Err(Stop::Card(card)) => vec![*card],
                done => done?,
            });
        }
        cards.extend(self.tray_card(session).await?);
        Ok(cards)
    }

    /// Gives a command the words that it waited for; “no” leaves it.
    async fn go_on(&self, session: &mut Session, command: Command, words: &str) -> Done {
        if words.is_empty() || is_no(words) {
            return Ok(vec![Card::new(self.prompts().cancelled(self.language))]);
        }
        self.carry_out(session, with_words(command, words)).await
    }

    async fn pressed(&self, session: &mut Session, command: &str, words: Option<&str>) -> Done {
        let mut cards = match self.typed(session, command).await {
            Err(Stop::Card(card)) => vec![*card],
            done => done?,
        };
        let Some(words) = words else { return Ok(cards) };
        if let Some(command) = session.awaiting.take() {
            // A form has a way out of its own: “No” is an answer here.
            if matches!(words.trim().to_lowercase().as_str(), "cancel" | "取消" | "算了") {
                return Ok(vec![Card::new(self.prompts().cancelled(self.language))]);
            }
            return self.carry_out(session, with_words(command, words)).await;
        }
        if let Some(last) = cards.pop() {
            cards.push(with_quote(last, Some(words)));
        }
        Ok(cards)
    }

    async fn typed(&self, session: &mut Session, text: &str) -> Done {
        match plain::read(text, &self.rep_context()) {
            Ok(parsed) => {
                // Who changes the language is answered in the new one.
                let is_told = parsed.corrected && !matches!(parsed.command, Command::Own(Own::Language(_)));
                let understood = is_told.then(|| parsed.command.to_string());
                let mut cards = self.carry_out(session, parsed.command).await?;
                if let (Some(understood), Some(card)) = (understood, cards.last_mut()) {
                    card.footer = self.prompts().understood_as(self.language, &understood);
                }
                Ok(cards)
            }
            Err(e) => Ok(vec![self.not_understood(e)]),
        }
    }

    /// What the words of this colleague are read against.
    pub(super) fn rep_context(&self) -> rep::Context<'_> {
        let settings = self.app.workflows.settings();
        rep::Context {
            now: self.now,
            zone: self.zone,
            region: &settings.region,
            currency: &settings.currency,
        }
    }

    fn not_understood(&self, e: ParseError) -> Card {
        let (prompts, language) = (self.prompts(), self.language);
        match e {
            ParseError::Nothing => Card::new(prompts.nothing_typed(language)),
            ParseError::TooLong => Card::new(prompts.too_long(language, INPUT_BYTES_MAX / 1024)),
            ParseError::Incomplete(name) => {
                let word = name.spec().word;
                let card = Card::new(prompts.missing_words(language, prompts.usage(language, word)));
                prompts.help_for(language, word).map_or(card.clone(), |help| {
                    // The usage was said; what remains are purpose and examples.
                    let rest = help.split_once('\n').map_or("", |(_, rest)| rest);
                    card.block(super::card::Block::Fixed(rest.to_owned()))
                })
            }
            ParseError::Unknown { input, guesses: [first, second] } => {
                let input = super::safe::quoted(&input);
                let short = |text: &str| rapport_prompts::format::clip(text, 60);
                Card::new(prompts.unknown_command(language, &input, &short(&first), &short(&second)))
                    .button(short(&first), &first)
                    .button(short(&second), &second)
            }
        }
    }

    pub(super) async fn carry_out(&self, session: &mut Session, command: Command) -> Done {
        let command = of_campaign(command);
        let needed = command.role();
        if rank(self.user.role) < rank(needed) {
            let (prompts, language) = (self.prompts(), self.language);
            self.app.watch(Watched::Refusals, &self.user.handle, self.user.display_name(), 1).await;
            let what = prompts.purpose(language, command.name().spec().word);
            let mut letters = what.chars();
            let what: String =
                letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect();
            return Ok(vec![Card::new(prompts.refused(language, &what, needed))]);
        }
        session.more = None;
        if !matches!(command, Command::Survey(Survey::Next)) {
            session.n_next = 0;
        }
        match &command {
            Command::Find(search) => self.find(session, search).await,
            Command::Show(of) => self.show(session, &command, of).await,
            Command::ShowAsOf { of, at } => self.show_as_of(session, &command, of, at).await,
            Command::Timeline { of, since, page } => {
                self.timeline(session, &command, of, since.as_deref(), *page).await
            }
            Command::History { of, page } => self.history(session, &command, of, *page).await,
            Command::Note { of, text } => self.note(session, &command, of, text).await,
            Command::Reply { of, text } => self.reply(session, &command, of, text).await,
            Command::Draft(step) => self.draft(session, *step).await,
            Command::Compose(compose) => self.compose(session, &command, compose).await,
            Command::Rsvp { of, attendance, text } => {
                self.rsvp(session, &command, of, *attendance, text).await
            }
            Command::Attach(path) => self.attach(session, path).await,
            Command::Claim(of) => self.claim(session, &command, of).await,
            Command::Files(of) => self.files(session, &command, of).await,
            Command::Meet { identity, company } => self.meet(*identity, *company).await,
            Command::Task(words) => self.task(session, words).await,
            Command::ChangeTask(of, change) => self.change_task(session, &command, of, change).await,
            Command::Tasks(whose, page) => self.tasks(session, *whose, *page).await,
            Command::OpenTicket { of, priority, text } => {
                self.open_ticket(session, &command, of, *priority, text).await
            }
            Command::ChangeTicket(of, change) => self.change_ticket(session, &command, of, change).await,
            Command::Tickets(queue, page) => self.tickets(session, *queue, *page).await,
            Command::Stage { of, words } => self.stage(session, &command, of, words).await,
            Command::Merge { kept, merged } => self.merge(session, &command, kept, merged).await,
            Command::Split(of) => self.split(session, &command, of).await,
            Command::Digest(period) => self.digest(period).await,
            Command::Why(of) => self.why(session, &command, of).await,
            Command::Correct { of, words } => self.correct(session, &command, of, words).await,
            Command::Undo(Undoing::Last) => self.undo_last(session).await,
            Command::Undo(Undoing::Times(n)) => self.undo_times(session, *n).await,
            Command::Undo(Undoing::Act(act)) => self.undo_act(*act).await,
            Command::Undo(Undoing::Record(of)) => self.undo_on(session, &command, of).await,
            Command::Help(about) => Ok(vec![self.help(about.as_deref())]),
            Command::Keep(keep) => self.keep(session, &command, keep).await,
            Command::Own(own) => self.own(session, &command, own).await,
            Command::Survey(Survey::Summary(of)) => self.summary(session, &command, of).await,
            Command::Survey(Survey::Next) => self.next(session).await,
            Command::Survey(Survey::Report(words)) => self.report(words).await,
            Command::Govern(Govern::Workflow(steer)) => self.workflow(session, &command, steer).await,
            Command::Govern(Govern::Campaign(campaign)) => self.campaign(session, campaign).await,
            Command::Govern(Govern::Register) => self.register().await,
            Command::Govern(Govern::Requests) => self.requests().await,
            Command::Govern(Govern::Answer { step, of, why }) => {
                self.request_step(session, &command, (*step, of, why)).await
            }
            Command::Govern(Govern::Grant { of, how }) => self.grant(session, &command, of, how).await,
            Command::Govern(Govern::Export { filter, sure }) => self.export(session, filter, *sure).await,
            Command::Govern(Govern::Import { sort, sure }) => self.bring(session, *sort, *sure).await,
            Command::Govern(Govern::Unimport(batch)) => self.take_table_back(*batch).await,
            Command::Govern(Govern::Privacy { right, of, sure }) => {
                self.privacy(session, &command, (*right, of, *sure)).await
            }
        }
    }
}

impl Desk<'_> {
    async fn own(&self, session: &mut Session, command: &Command, own: &Own) -> Done {
        match own {
            Own::Language(wanted) => self.speak(*wanted).await,
            Own::Zone(wanted) => self.live_in(wanted.as_deref()).await,
            Own::Rest(wanted) => self.rest(wanted).await,
            Own::Mute { what, off } => self.mute(session, command, what, *off).await,
            Own::Follow(of) => self.follow(session, command, of, false).await,
            Own::Unfollow(of) => self.follow(session, command, of, true).await,
            Own::Useful { alert, useful } => self.judge(*alert, *useful).await,
            Own::Who => self.who().await,
            Own::Page => self.page().await,
            Own::Unlink { chat, sure } => self.unlink(session, *chat, *sure).await,
        }
    }
}

/// Shows words for which nothing waits any more: whoever wrote them has them still.
fn with_quote(card: Card, words: Option<&str>) -> Card {
    match words {
        Some(words) => card.quote(super::plain(words)),
        None => card,
    }
}

/// Gives a command the words that it waited for.
fn with_words(command: Command, words: &str) -> Command {
    let text = words.to_owned();
    match command {
        Command::Note { of, .. } => Command::Note { of, text },
        Command::Reply { of, .. } => Command::Reply { of, text },
        Command::Rsvp { of, attendance, .. } => Command::Rsvp { of, attendance, text },
        Command::OpenTicket { of, priority, .. } => Command::OpenTicket { of, priority, text },
        Command::Task(head) => Command::Task(format!("{head} {words}")),
        Command::Keep(keep) => Command::Keep(keep.with_words(words)),
        Command::Govern(govern) => Command::Govern(govern.with_words(words)),
        other => other,
    }
}

/// Takes a campaign's number alone as a question about the campaign: who may see what of one is its own matter.
fn of_campaign(command: Command) -> Command {
    match command {
        Command::Show(of @ Of::Number(ShortNumber { kind: Some(Kind::Campaign), .. })) => {
            Command::Govern(Govern::Campaign(Campaign::Show(of)))
        }
        other => other,
    }
}

fn is_yes(text: &str) -> bool {
    matches!(text.to_lowercase().as_str(), "yes" | "是" | "是的" | "确定")
}

fn is_no(text: &str) -> bool {
    matches!(text.to_lowercase().as_str(), "no" | "cancel" | "否" | "取消" | "不" | "算了")
}

fn rank(role: Role) -> u8 {
    match role {
        Role::Viewer => 0,
        Role::Rep => 1,
        Role::Manager => 2,
        Role::Owner => 3,
    }
}
