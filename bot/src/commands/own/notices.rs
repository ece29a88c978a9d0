//! `mute`, `follow` and `unfollow`, and what followers are told of changes.

use rapport_model::job::Outbound;
use rapport_model::{Change, Kind, Op, Record, RecordRef};
use rapport_prompts::NoticeContext;
use rapport_workflows::preferences::{Chosen, name};

use super::super::card::Card;
use super::super::command::{Command, Of};
use super::super::desk::{Desk, Done};
use super::super::session::Session;
use super::command::{Muted, Own};

/// What can be muted and followed.
const ABOUT: &[Kind] = &[Kind::Customer, Kind::Ticket];

impl Desk<'_> {
    pub(in super::super) async fn mute(
        &self,
        session: &mut Session,
        command: &Command,
        what: &Muted,
        off: bool,
    ) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let chosen = self.chosen();
        let (stored, said, was_muted, again) = match what {
            Muted::Topic(topic) => {
                let said = prompts.label(language, *topic).to_owned();
                let muted = chosen.muted.contains(topic);
                (format!("{}{topic}", name::MUTED), said, muted, Muted::Topic(*topic))
            }
            Muted::Record(of) => {
                let record = self.find_record(session, command, of, ABOUT).await?;
                session.context = Some(record.record);
                let muted = chosen.muted_records.contains(&record.record);
                let of = Of::Number(record.short());
                (under(name::MUTED, record.record), self.titled(&record).await?, muted, Muted::Record(of))
            }
        };
        self.app.workflows.prefer(self.user, &stored, (!off).then_some("1")).await?;
        let card = Card::new(match off {
            true => prompts.muted_off(language, &said),
            false => prompts.muted(language, &said),
        });
        if was_muted != off {
            return Ok(vec![card]);
        }
        let back = Own::Mute { what: again, off: !off };
        Ok(vec![card.button(prompts.button_undo(language), Command::Own(back))])
    }

    pub(in super::super) async fn follow(
        &self,
        session: &mut Session,
        command: &Command,
        of: &Of,
        off: bool,
    ) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let record = self.find_present(session, command, of, ABOUT).await?;
        session.context = Some(record.record);
        let title = self.titled(&record).await?;
        let stored = under(name::FOLLOWED, record.record);
        let before = self.app.workflows.prefer(self.user, &stored, (!off).then_some("1")).await?;
        let card = Card::new(match off {
            true => prompts.unfollowed(language, &title),
            false if record.record.kind == Kind::Ticket => prompts.followed_ticket(language, &title),
            false => prompts.followed(language, &title),
        });
        if before.is_some() != off {
            return Ok(vec![card]);
        }
        let of = Of::Number(record.short());
        let back = if off { Own::Follow(of) } else { Own::Unfollow(of) };
        Ok(vec![card.button(prompts.button_undo(language), Command::Own(back))])
    }

    /// Returns what the asker chose.
    pub(super) fn chosen(&self) -> Chosen {
        self.app.workflows.preferences().of(self.user.id).cloned().unwrap_or_default()
    }

    /// Returns what tells those who follow a ticket, or its customer, what the asker changes about it.
    pub(in super::super) async fn for_followers(
        &self,
        ticket: &Record,
        change: &Change,
    ) -> Done<Vec<Outbound>> {
        let workflows = &self.app.workflows;
        let mut outbox = Vec::new();
        if change.op != Op::Update || !workflows.preferences().anybody_follows() {
            return Ok(outbox);
        }
        let customer = ticket.get("customer").id().map(|id| RecordRef::new(Kind::Customer, id));
        let followed: Vec<RecordRef> = customer.into_iter().chain([ticket.record]).collect();
        for reader in workflows.followers(&followed) {
            if reader.id == self.user.id {
                continue;
            }
            // What was done is said in the reader's language, as far as they see it.
            let theirs = Desk::new(self.app, reader, None);
            if !theirs.store().sees(ticket.record).await? {
                continue;
            }
            let Some(done) = theirs.deed(change).await? else { continue };
            let number = ticket.short().to_string();
            let context = NoticeContext {
                customer: self.user.display_name(),
                number: &number,
                subject: ticket.text("title"),
                excerpt: &done,
                ..NoticeContext::default()
            };
            let key = format!("notice/followed/{}/{}", ticket.record.id, self.store().new_id());
            let about = Some(ticket.record);
            outbox.extend(workflows.notices(&[reader], "ticket_followed", &context, about, &key)?);
        }
        Ok(outbox)
    }
}

/// Returns the name under which a choice about a record is stored.
fn under(prefix: &str, record: RecordRef) -> String {
    format!("{prefix}{}:{}", record.kind, record.id)
}
