//! What colleagues are told of what was decided.

use rapport_model::action::{Audience, Severity};
use rapport_model::event::{Anomaly, Event, What};
use rapport_model::job::{Outbound, Recipient};
use rapport_model::message::{Automation, Direction};
use rapport_model::people::User;
use rapport_model::reading::Intent;
use rapport_model::{Id, RecordRef};
use rapport_prompts::{NoticeContext, PromptError, When};
use rapport_storage::alerts::Alert;
use rapport_storage::messages::Loaded;
use rapport_storage::work::Work;

use super::{Decided, Scene, words_for};
use crate::alerts::gather;
use crate::anomaly::level;
use crate::preferences::Notice;

/// How much of a message a notice quotes.
const EXCERPT_CHARS_MAX: usize = 160;

impl Scene<'_> {
    /// Makes one notice for each colleague it is for; followers get what the owner gets.
    pub(super) fn notify(
        &self,
        decided: &Decided,
        to: Audience,
        (text, severity): (&str, Severity),
        ticket: Option<RecordRef>,
        work: &mut Work,
    ) -> Result<(), PromptError> {
        let owner = self.facts.owner.as_ref().filter(|_| to == Audience::Owner);
        let mut readers = match (owner, to) {
            (Some(owner), _) => vec![owner],
            (None, Audience::Owner) => self.team.clone(),
            (None, Audience::Managers) => self.managers.clone(),
        };
        if to == Audience::Owner {
            let others =
                self.followers.iter().filter(|one| !readers.iter().any(|reader| reader.id == one.id));
            readers.extend(others.copied().collect::<Vec<_>>());
        }
        let urgent = severity == Severity::Alert || self.reading.is_some_and(|reading| reading.urgent);
        let rule = (severity > Severity::Info).then_some(decided.action.rule.as_str());
        self.tell((Some(decided.id), rule), &readers, (text, urgent), ticket, work)
    }

    /// Tells those who follow the customer or the ticket of a mail that came in of late, unless they are
    /// told of it otherwise.
    ///
    /// # Errors
    /// The house's own text is wrong.
    pub fn tell_followers(&self, work: &mut Work) -> Result<(), PromptError> {
        let is_news =
            |m: &&Loaded| m.direction == Direction::In && m.automation == Automation::None && !m.history;
        if self.message.filter(is_news).is_none() {
            return Ok(());
        }
        let is_told = |user: &&User| work.outbox.iter().any(|o| o.to == Recipient::User(user.id));
        let readers: Vec<&User> = self.followers.iter().copied().filter(|user| !is_told(user)).collect();
        self.tell((None, None), &readers, ("mail_followed", false), None, work)
    }

    /// Makes one notice for each of these colleagues who wants it; the first has the id, if there is one. The
    /// alerts of a rule wait to be told together where many came before.
    fn tell(
        &self,
        (mut id, rule): (Option<Id>, Option<&str>),
        readers: &[&User],
        (text, urgent): (&str, bool),
        ticket: Option<RecordRef>,
        work: &mut Work,
    ) -> Result<(), PromptError> {
        let key = self.notice_key(text);
        let customer = self.customer.map(|c| c.record);
        let all: Vec<RecordRef> = ticket.into_iter().chain(customer).collect();
        let notice = Notice { text, about: &all, urgent };
        for reader in readers {
            let Some(send_at) = self.preferences.leaves(&notice, reader, self.now, self.zone) else {
                continue;
            };
            let id = id.take().unwrap_or_else(|| (self.new_id)());
            if let Some(rule) = rule {
                let told_at = self.heard.note(reader.id, text, self.now);
                work.jobs.extend(told_at.map(|at| gather(reader.id, text, at)));
                work.alerts.push(Alert {
                    id,
                    reader: reader.id,
                    text: text.to_owned(),
                    rule: rule.to_owned(),
                    customer: customer.map(|customer| customer.id),
                    at: self.now,
                    waits: told_at.is_some(),
                });
                if told_at.is_some() {
                    continue;
                }
            }
            let language = self.preferences.language_of(reader, self.language);
            let said =
                self.with_notice(Some(reader), |context| self.prompts.notice(language, text, context))?;
            work.outbox.push(Outbound {
                answers: self.message.map(|m| m.id),
                about: ticket.or(customer),
                cause: Some(self.event.id),
                subject: said.subject,
                body: said.body,
                html: said.html,
                ..Outbound::notice(id, reader.id, text, send_at, format!("{key}/{}", reader.id))
            });
        }
        Ok(())
    }

    /// A figure is told once a day and again when it is twice as unusual, a message once.
    fn notice_key(&self, text: &str) -> String {
        match &self.event.what {
            What::Anomaly(anomaly) => {
                let day = self.now.local(self.zone).date_naive();
                let of = anomaly.intent.map_or(anomaly.figure.name(), Intent::name);
                format!("notice/{of}/{day}/{}", level(anomaly.score))
            }
            What::Message(facts) => format!("notice/{text}/{}", facts.message),
            What::ServiceLevel(d) => format!("notice/{text}/{}/{}/{}", d.ticket, d.goal, d.reached),
            _ => format!("notice/{text}/{}", self.event.id),
        }
    }

    pub(super) fn phrase(&self, text: &str) -> Result<String, PromptError> {
        self.with_notice(None, |context| self.prompts.phrase(self.language, text, context))
    }

    pub(super) fn excerpt(&self) -> String {
        let text = self.message.map_or("", Loaded::own_text);
        harmless(&rapport_nlp::text::excerpt(text, EXCERPT_CHARS_MAX))
    }

    /// Says something with what is known; times are meant by the clocks of `reader`, else the house's.
    pub(crate) fn with_notice<T>(
        &self,
        reader: Option<&User>,
        say: impl FnOnce(&NoticeContext<'_>) -> T,
    ) -> T {
        let zone = reader.map_or(self.zone, |reader| self.preferences.zone_of(reader, self.zone));
        let deadline = match &self.event.what {
            What::ServiceLevel(deadline) => Some(deadline),
            _ => None,
        };
        let excerpt = self.excerpt();
        let number = self.customer.map_or(String::new(), |c| c.short().to_string());
        let words = self.reading.map_or(&[][..], |r| words_for(r, r.intent().name));
        say(&NoticeContext {
            customer: self.customer.map_or("", |c| c.text("name")),
            number: &number,
            subject: self.message.map_or("", |m| m.subject.as_str()),
            excerpt: &excerpt,
            intent: self.reading.map(|r| r.intent().name),
            mood: self.reading.map(|r| r.sentiment.label),
            why: words,
            ticket: None,
            anomaly: anomaly_of(self.event).map(|anomaly| (anomaly, When { at: self.event.at, zone })),
            record: self.record.map_or("", |(_, titled)| titled),
            goal: deadline.map(|deadline| deadline.goal),
            due: deadline.map(|deadline| When { at: deadline.due, zone }),
            silence: match &self.event.what {
                What::Silence(silence) => Some(silence),
                _ => None,
            },
            soured: match &self.event.what {
                What::Soured(soured) => Some(soured),
                _ => None,
            },
            ..NoticeContext::default()
        })
    }
}

fn anomaly_of(event: &Event) -> Option<&Anomaly> {
    match &event.what {
        What::Anomaly(anomaly) => Some(anomaly),
        _ => None,
    }
}

/// Makes customer text safe to show in a chat: no link opens, nobody is mentioned.
pub fn harmless(text: &str) -> String {
    text.replace("http://", "hxxp://").replace("https://", "hxxps://").replace('@', "＠")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_link_does_not_open_and_nobody_is_mentioned() {
        assert_eq!(harmless("@everyone see https://x.test"), "＠everyone see hxxps://x.test");
    }
}
