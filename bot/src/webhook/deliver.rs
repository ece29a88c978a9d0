//! Events leave: looked up, checked, signed, posted; tried again ever later, and given up visibly.

use std::net::SocketAddr;

use futures_util::future::join_all;
use rapport_model::hook::hook_number;
use rapport_model::job::{Outbound, Receipt, Recipient};
use rapport_model::message::ChannelKind;
use rapport_model::time::{HOUR, MINUTE, SECOND};
use rapport_model::{Id, Timestamp};

use super::payload::{event_id, event_of};
use super::{Webhook, guard, sign};
use crate::app::App;
use crate::net::{Answer, Failure, JSON, Question, addresses, post};

/// Events that are posted to a webhook side by side.
const TOGETHER: u32 = 4;
/// Events of webhooks that are not there any more are given up so many at once.
const ORPHANS_TOGETHER: u32 = 50;
/// Of an answer so much is read: it says nothing that matters.
const ANSWER_BYTES_MAX: usize = 4 << 10;
/// How long is waited after each try; after the last it is given up.
const WAITS: [i64; 9] =
    [5 * SECOND, 30 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR];
/// A longer pause than this is not kept, whoever asks for it.
const PAUSE_MAX: i64 = 24 * HOUR;

/// Why an event did not arrive.
#[derive(Debug)]
pub(super) enum Missed {
    /// It may later, and after so long at the earliest.
    Later(i64, String),
    /// Nobody there wants any more of it.
    Gone,
    /// Never, as things are set up.
    Never(String),
}

impl Missed {
    /// Says it to whoever runs the service.
    pub(super) fn reason(self) -> String {
        match self {
            Self::Later(_, why) | Self::Never(why) => why,
            Self::Gone => "it answers that it is gone (status 410)".to_owned(),
        }
    }
}

impl App {
    /// Sends what is due to other programs. Returns how many events were dealt with.
    ///
    /// # Errors
    /// The store failed. What was being sent is sent again, with the same id.
    pub async fn deliver_webhooks(&self) -> anyhow::Result<usize> {
        let each = join_all(self.webhooks.iter().map(|hook| self.deliver_to(hook))).await;
        let mut n = self.give_up_orphans().await?;
        for sent in each {
            n += sent?;
        }
        Ok(n)
    }

    /// Sends what is due to one of them.
    ///
    /// # Errors
    /// As [`App::deliver_webhooks`].
    pub async fn deliver_to(&self, hook: &Webhook) -> anyhow::Result<usize> {
        let due = self.store().due_for_hook(&hook.name, TOGETHER).await?;
        if due.is_empty() {
            return Ok(0);
        }
        let claimed = self.store().claim_outgoing(&due).await?;
        let sent = join_all(claimed.iter().map(|message| self.tell_hook(hook, message))).await;
        sent.into_iter().collect::<anyhow::Result<()>>()?;
        Ok(claimed.len())
    }

    async fn tell_hook(&self, hook: &Webhook, message: &Outbound) -> anyhow::Result<()> {
        let store = self.store();
        if !store.may_send(message.id).await? {
            return Ok(());
        }
        if store.hook_gone(&hook.name).await?.as_deref() == Some(hook.url.as_str()) {
            return Ok(store.give_up(message.id, GONE).await?);
        }
        if event_of(message).is_none() {
            return Ok(store.give_up(message.id, "no event of that name is known here").await?);
        }
        let body = self.event_body(message).await?;
        match hook.post(&event_id(message), store.clock().now(), body).await {
            Ok(()) => Ok(store.sent(message.id, Receipt { reference: event_id(message) }).await?),
            Err(Missed::Never(why)) => {
                tracing::warn!(webhook = hook.name, outbound.id = %message.id, reason = why, "not sent");
                Ok(store.give_up(message.id, &why).await?)
            }
            Err(Missed::Gone) => {
                tracing::warn!(webhook = hook.name, "it is gone; nothing is sent there any more");
                store.set_hook_gone(&hook.name, Some(hook.url.as_str())).await?;
                store.give_up(message.id, GONE).await?;
                Ok(self.tell_hook_gone(&hook.name).await?)
            }
            Err(Missed::Later(pause, why)) => {
                let n_tries = store.outgoing(message.id).await?.map_or(0, |one| one.attempts);
                match wait(n_tries, message.id) {
                    Some(wait) => {
                        let at = store.clock().now().plus(wait.max(pause));
                        Ok(store.postpone(message.id, at, &why).await?)
                    }
                    None => {
                        tracing::warn!(webhook = hook.name, outbound.id = %message.id, reason = why, "given up");
                        Ok(store.give_up(message.id, &why).await?)
                    }
                }
            }
        }
    }

    /// Gives up what waits for a webhook that the configuration does not have any more. Returns how much.
    ///
    /// # Errors
    /// The store failed.
    pub(crate) async fn give_up_orphans(&self) -> anyhow::Result<usize> {
        let store = self.store();
        let known: Vec<i64> = self.webhooks.iter().map(|hook| hook_number(&hook.name)).collect();
        let waiting = store.waiting_to_leave(ChannelKind::Webhook, ORPHANS_TOGETHER).await?;
        let is_orphan = |to| !matches!(to, Recipient::Chat(number) if known.contains(&number));
        let orphans: Vec<Id> = waiting.iter().filter(|one| is_orphan(one.to)).map(|one| one.id).collect();
        let claimed = store.claim_outgoing(&orphans).await?;
        for message in &claimed {
            store.give_up(message.id, "the configuration has no such webhook any more").await?;
        }
        Ok(claimed.len())
    }
}

/// Why nothing more is sent to a webhook that is gone.
const GONE: &str = "whoever is there answered that they are gone (status 410); change its url, or say \
                    `rapport webhook enable`";

/// Returns how long is waited after so many tries, a little longer for some than for others; nothing when
/// it was tried often enough.
fn wait(n_tries: i64, id: Id) -> Option<i64> {
    let wait = *WAITS.get(usize::try_from(n_tries).ok()?.checked_sub(1)?)?;
    // Those that failed together do not come again together.
    Some(wait + id.0.rem_euclid(wait / 5))
}

impl Webhook {
    async fn post(&self, id: &str, now: Timestamp, body: String) -> Result<(), Missed> {
        let secret = self.secret.read().await.map_err(|why| Missed::Later(0, why))?;
        let key = sign::key(&secret).map_err(|why| Missed::Later(0, why))?;
        let at = look_up(self).await?;
        let seconds = now.micros().div_euclid(SECOND);
        let signature = sign::sign(&key, id, seconds, &body);
        let question = Question {
            url: &self.url,
            head: vec![
                ("webhook-id", id.to_owned()),
                ("webhook-timestamp", seconds.to_string()),
                ("webhook-signature", signature),
            ],
            content_type: JSON,
            body,
            ca_file: self.ca_file.clone(),
            patience: self.patience,
            answer_bytes_max: ANSWER_BYTES_MAX,
            at: Some(at),
        };
        judged(post(question).await)
    }
}

/// Judges an answer by its status; what else it says is nothing to us.
fn judged(answer: Result<Answer, Failure>) -> Result<(), Missed> {
    let Answer { status, retry_after, .. } = match answer {
        Ok(answer) => answer,
        Err(Failure::Slow) => return Err(Missed::Later(0, "it does not answer in time".to_owned())),
        Err(Failure::Unreached(why)) => return Err(Missed::Later(0, format!("cannot reach it: {why}"))),
        Err(Failure::Broken(why)) => return Err(Missed::Later(0, why)),
    };
    match status {
        200..=299 => Ok(()),
        410 => Err(Missed::Gone),
        300..=399 => {
            Err(Missed::Later(0, format!("it leads elsewhere (status {status}), which is not followed")))
        }
        _ => {
            let pause = retry_after.map_or(0, |seconds| (i64::from(seconds) * SECOND).min(PAUSE_MAX));
            Err(Missed::Later(pause, format!("it answers with status {status}")))
        }
    }
}

/// Finds where a webhook is, and looks whether that may be written to. What is connected to then is just
/// that, whatever its name leads to a moment later.
pub(super) async fn look_up(hook: &Webhook) -> Result<Vec<SocketAddr>, Missed> {
    let looked = tokio::time::timeout(hook.patience, addresses(&hook.url)).await;
    let late = || Missed::Later(0, "nobody says in time where it is".to_owned());
    let all = looked.map_err(|_| late())?.map_err(|why| Missed::Later(0, why))?;
    match all.iter().find(|address| !hook.allow_private && !guard::is_public(address.ip())) {
        Some(address) => Err(Missed::Never(format!(
            "it is at {}, which is not of the open net; allow_private = true if that is meant so",
            address.ip()
        ))),
        None => Ok(all),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_tried_ever_later_and_for_three_days() {
        let waits: Vec<i64> = (1..).map_while(|n| wait(n, Id(7))).collect();
        assert_eq!(waits.len(), WAITS.len());
        assert!(waits.is_sorted() && waits[0] >= 5 * SECOND);
        assert!((48 * HOUR..72 * HOUR).contains(&waits.iter().sum()), "{waits:?}");
        assert_eq!((wait(0, Id(7)), wait(99, Id(7)), wait(-1, Id(7))), (None, None, None));
        assert!(wait(3, Id(1)) != wait(3, Id(1_000_001)), "not all at once");
    }

    #[test]
    fn an_answer_is_judged_by_its_status() {
        let says = |status, retry_after| {
            judged(Ok(Answer { status, retry_after, body: Vec::new(), is_whole: false }))
        };
        assert!(says(204, None).is_ok());
        assert!(matches!(says(410, None), Err(Missed::Gone)));
        assert!(matches!(says(302, None), Err(Missed::Later(0, why)) if why.contains("not followed")));
        assert!(matches!(says(503, Some(90)), Err(Missed::Later(pause, _)) if pause == 90 * SECOND));
        assert!(matches!(says(429, Some(u32::MAX)), Err(Missed::Later(PAUSE_MAX, _))));
        assert!(matches!(says(404, None), Err(Missed::Later(0, _))));
        assert!(matches!(judged(Err(Failure::Slow)), Err(Missed::Later(0, _))));
    }
}
