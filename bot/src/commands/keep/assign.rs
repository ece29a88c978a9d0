//! `assign`: a colleague gets a record to look after, and is told how it stands.

use rapport_model::event::Load;
use rapport_model::people::{Role, User};
use rapport_model::{Change, Id, Kind, Record};
use rapport_prompts::{NoticeContext, Numbered};

use super::super::card::Card;
use super::super::command::{Command, Of};
use super::super::desk::{Desk, Done};
use super::super::safe::quoted;
use super::super::session::Session;
use super::Keep;
use crate::outdated::HANDED_OVER;

/// What somebody looks after.
const ABOUT: &[Kind] = &[Kind::Customer, Kind::Ticket, Kind::Task, Kind::Deal, Kind::Company];
const BUTTONS_MAX: usize = 8;
const AUTO: &[&str] = &["auto", "automatically", "anybody", "自动", "自动分配"];
const EXCERPT_CHARS_MAX: usize = 280;

impl Desk<'_> {
    pub(super) async fn assign(&self, session: &mut Session, command: &Command, of: &Of, to: &str) -> Done {
        let record = self.find_present(session, command, of, ABOUT).await?;
        session.context = Some(record.record);
        if to.is_empty() {
            return Ok(vec![self.ask_whom(&record).await?]);
        }
        let to = match AUTO.contains(&to.to_lowercase().as_str()) {
            true => self.least_busy(&record).await?,
            false => self.colleague_called(to)?,
        };
        Ok(vec![self.hand_over(&record, to).await?])
    }

    async fn ask_whom(&self, record: &Record) -> Done<Card> {
        let (prompts, language) = (self.prompts(), self.language);
        let give = |to: &str| {
            let of = Of::Number(record.short());
            Command::Keep(Keep::Assign { of, to: to.to_owned() })
        };
        let mut card = Card::new(prompts.ask_assign(language, &self.titled(record).await?));
        for user in self.app.workflows.users().iter().filter(|user| may_own(user)).take(BUTTONS_MAX) {
            card = card.choice(quoted(user.display_name()), give(&user.handle));
        }
        Ok(card.choice(prompts.button_auto(language), give("auto")))
    }

    /// Makes a colleague the one who looks after a record, and tells them how it stands.
    pub(in super::super) async fn hand_over(&self, record: &Record, to: &User) -> Done<Card> {
        let (prompts, language) = (self.prompts(), self.language);
        let name = quoted(to.display_name());
        if !may_own(to) {
            return Err(Card::new(prompts.assign_viewer(language, &name)).into());
        }
        let before = record.get("owner").id();
        if before == Some(to.id) {
            return Ok(self.unchanged(record));
        }
        let outbox = match to.id == self.user.id {
            true => Vec::new(),
            false => self.told_of(record, to).await?,
        };
        let is_told = !outbox.is_empty();
        let change = Change::update(record.record).set("owner", before, to.id);
        let written = self.write_and_tell(vec![change], outbox).await?;
        let before = before.map(|id| self.colleague(id)).filter(|name| !name.is_empty());
        let said = prompts.assigned(language, Numbered(record.short()), &name, before.as_deref());
        // Whoever gave away what they then do not see cannot take it back.
        let card = match self.store().sees(record.record).await? {
            true => self.written(said, &written),
            false => Card::new(said),
        };
        Ok(if is_told { card.text(prompts.assign_told(language, &name)) } else { card })
    }

    /// Writes the notice to whoever gets a record: the last message, and what is open.
    pub(crate) async fn told_of(
        &self,
        record: &Record,
        to: &User,
    ) -> Done<Vec<rapport_model::job::Outbound>> {
        // In the words and by the clocks of who reads it.
        let theirs = self.for_reader(to);
        let customer = match record.record.kind {
            Kind::Customer => Some(record.clone()),
            _ => self.linked(record, "customer", Kind::Customer).await?,
        };
        let (mut open, mut subject, mut excerpt) = (Vec::new(), String::new(), String::new());
        let (mut name, mut number) = (String::new(), String::new());
        if let Some(customer) = &customer {
            let tickets = theirs.open_of(Kind::Ticket, "closed_at", customer).await?;
            let tasks = theirs.open_of(Kind::Task, "done_at", customer).await?;
            open = theirs.ticket_lines(&tickets).await?;
            open.extend(theirs.task_lines(&tasks).await?);
            let newest = match record.get("thread").id() {
                Some(thread) => self.store().messages_in(thread, 1).await?,
                None => self.store().messages_of(customer.record.id, 1).await?,
            };
            if let Some(message) = newest.first() {
                subject = quoted(&message.subject);
                excerpt = quoted(&rapport_nlp::text::excerpt(message.own_text(), EXCERPT_CHARS_MAX));
            }
            if customer.record != record.record {
                (name, number) = (self.name(customer).await?, customer.short().to_string());
            }
        }
        let context = NoticeContext {
            customer: &name,
            number: &number,
            subject: &subject,
            excerpt: &excerpt,
            who: &quoted(self.user.display_name()),
            record: &theirs.titled(record).await?,
            open: &open,
            ..NoticeContext::default()
        };
        let key = format!("notice/{HANDED_OVER}/{}", self.store().new_id());
        Ok(self.app.workflows.notices(&[to], HANDED_OVER, &context, Some(record.record), &key)?)
    }

    /// Returns the colleague of the conversation's mailbox, or else of the house, who has the least
    /// to do.
    async fn least_busy(&self, record: &Record) -> Done<&User> {
        let workflows = &self.app.workflows;
        let message = match record.get("thread").id() {
            Some(thread) => self.store().messages_in(thread, 1).await?.pop(),
            None => None,
        };
        let team = message.map_or_else(Vec::new, |message| workflows.team_of(&message.account).collect());
        let team: Vec<&User> = match team.is_empty() {
            true => workflows.users().iter().filter(|user| user.role == Role::Rep).collect(),
            false => team,
        };
        let ids: Vec<Id> = team.iter().map(|user| user.id).collect();
        let found = least(&self.store().loads(&ids).await?).and_then(|id| workflows.user(id));
        found.ok_or_else(|| Card::new(self.prompts().assign_nobody(self.language)).into())
    }
}

/// Who only reads looks after nothing.
pub(crate) fn may_own(user: &User) -> bool {
    user.role != Role::Viewer
}

/// Returns who has the least to do; of several the one who came first to the house. Pure.
fn least(loads: &[Load]) -> Option<Id> {
    loads.iter().min_by_key(|load| (load.open, load.user)).map(|load| load.user)
}
