//! `rapport outbox`: messages that have not left, for whoever runs the service. Works beside it.

use std::collections::HashMap;
use std::process::ExitCode;

use clap::Subcommand;
use rapport_model::job::{Outbound, Recipient};
use rapport_model::message::ChannelKind;
use rapport_model::{Id, Kind};
use rapport_prompts::{Span, When};
use rapport_storage::stuck::ListedOutbound;
use rapport_storage::{Access, Store};
use serde_json::{Value, json};

use super::Common;
use super::operator::{Operator, print_list};
use crate::channel::chat::page::Page;
use crate::commands::console;

const LIST: &str = "rapport outbox list";

/// Look at messages that have not left, those that need a decision first; send one again; cancel
/// one.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example: rapport outbox list; rapport outbox resend 1")]
pub(crate) enum Outbox {
    /// List messages: those whose fate is unknown, those that failed, those that wait, then
    /// those that were lately held back
    List {
        /// How many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
    /// Show one message with its words
    Show {
        /// Its number in the last list, or its id
        message: String,
    },
    /// Let a message leave now; one whose fate is unknown may then arrive twice
    Resend {
        /// Its number in the last list, or its id
        message: String,
    },
    /// Cancel a message: it will not leave
    Drop {
        /// Its number in the last list, or its id
        message: String,
    },
}

impl Outbox {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let operator = Operator::of(common, "outbox")?;
        let access = match self {
            Self::List { .. } | Self::Show { .. } => Access::Read,
            Self::Resend { .. } | Self::Drop { .. } => Access::Amend,
        };
        let store = common.store(access).await?;
        let code = self.answer(&operator, &store, common.json).await;
        store.close().await;
        code
    }

    async fn answer(&self, operator: &Operator, store: &Store, as_json: bool) -> anyhow::Result<ExitCode> {
        let which = match self {
            Self::List { limit } => return list(operator, store, *limit, as_json).await,
            Self::Show { message } | Self::Resend { message } | Self::Drop { message } => message,
        };
        let found = match operator.shown.find(which) {
            Some(id) => store.outgoing(id).await?,
            None => None,
        };
        let Some(one) = found else { return operator.not_listed(which, LIST) };
        let told = Told::load(operator, store, std::slice::from_ref(&one)).await?;
        let (id, what) = (one.message.id, told.what(&one));
        let done = match self {
            Self::Resend { .. } => store.resend(id).await?.then(|| {
                operator.say(|p, l| match &one.state[..] {
                    "unknown" => p.outgoing_resent_unknown(l, &what),
                    _ => p.outgoing_resent(l, &what),
                })
            }),
            Self::Drop { .. } => {
                store.drop_outgoing(id).await?.then(|| operator.say(|p, l| p.outgoing_dropped(l, &what)))
            }
            _ => {
                told.print(&one, as_json);
                return Ok(ExitCode::SUCCESS);
            }
        };
        let refused = || operator.say(|p, l| p.outgoing_settled(l, &what, &told.state(&one)));
        operator.answer(done, refused, id, as_json)
    }
}

async fn list(operator: &Operator, store: &Store, limit: u32, as_json: bool) -> anyhow::Result<ExitCode> {
    let all = store.unsent(limit).await?;
    operator.shown.remember(all.iter().map(|one| one.message.id));
    print(operator, store, &all, as_json).await?;
    if as_json {
        return Ok(ExitCode::SUCCESS);
    }
    match all.first().map(|one| &one.state[..]) {
        None => println!("{}", operator.say(|p, l| p.outbox_none(l))),
        Some("unknown" | "failed") => println!("{}", operator.say(|p, l| p.outbox_hint(l))),
        Some(_) => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints messages, one a line.
///
/// # Errors
/// The store failed.
pub(super) async fn print(
    operator: &Operator,
    store: &Store,
    all: &[ListedOutbound],
    as_json: bool,
) -> anyhow::Result<()> {
    let told = Told::load(operator, store, all).await?;
    if as_json {
        all.iter().for_each(|one| println!("{}", told.json(one)));
    } else {
        print_list(all.iter().map(|one| (told.state(one), told.what(one), told.error(one))));
    }
    Ok(())
}

/// Returns the webhook that an event goes to.
fn hook_of(message: &Outbound) -> Option<&str> {
    let key = message.idempotency_key.strip_prefix("webhook/")?;
    key.split('/').next().filter(|_| message.channel == ChannelKind::Webhook)
}

/// Returns what a message says; of a card for a chat only the words, for it may hold by what it is answered.
fn body(message: &Outbound) -> String {
    let card = Page::read(&message.body).filter(|_| message.text == Outbound::ANSWER);
    card.map_or_else(|| message.body.clone(), |page| console::render(&page.card, 110, false))
}

/// Messages in words, with the names of whom they are for.
struct Told<'a> {
    operator: &'a Operator,
    names: HashMap<Id, String>,
}

impl<'a> Told<'a> {
    async fn load(operator: &'a Operator, store: &Store, all: &[ListedOutbound]) -> anyhow::Result<Self> {
        let customer = |one: &ListedOutbound| match one.message.to {
            Recipient::Customer(id) => Some(id),
            Recipient::User(_) | Recipient::Chat(_) => None,
        };
        let mut ids: Vec<Id> = all.iter().filter_map(customer).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut names = HashMap::new();
        for record in store.records(Kind::Customer, &ids).await? {
            names.insert(record.record.id, format!("{} {}", record.short(), record.text("name")));
        }
        for user in store.users().await? {
            names.insert(user.id, if user.name.is_empty() { user.handle } else { user.name });
        }
        Ok(Self { operator, names })
    }

    fn to<'s>(&'s self, one: &'s ListedOutbound) -> &'s str {
        let name = match one.message.to {
            Recipient::User(id) | Recipient::Customer(id) => self.names.get(&id),
            Recipient::Chat(_) => return hook_of(&one.message).unwrap_or("?"),
        };
        name.map_or("?", |name| name.trim())
    }

    fn what(&self, one: &ListedOutbound) -> String {
        let message = &one.message;
        let subject = match message.channel {
            // Their words are made when they leave.
            ChannelKind::Webhook | ChannelKind::Model => &message.text,
            _ if message.subject.is_empty() => &message.body,
            _ => &message.subject,
        };
        self.operator.say(|p, l| p.outgoing(l, subject, self.to(one), message.channel.name()))
    }

    fn state(&self, one: &ListedOutbound) -> String {
        let (now, at) = (self.operator.now, one.message.send_at);
        self.operator.say(|p, l| match &one.state[..] {
            "unknown" => p.state_unknown(l),
            "failed" => p.state_failed(l),
            "sending" => p.state_sending(l),
            "sent" => p.state_sent(l),
            "cancelled" => p.state_cancelled(l),
            _ if at > now => p.state_later(l, When { at, zone: self.operator.zone }),
            _ => p.state_due(l, Span(now.since(at))),
        })
    }

    fn error(&self, one: &ListedOutbound) -> Option<String> {
        let n = usize::try_from(one.attempts).unwrap_or(0);
        one.last_error.as_deref().map(|why| self.operator.say(|p, l| p.last_error(l, why, n)))
    }

    fn print(&self, one: &ListedOutbound, as_json: bool) {
        let message = &one.message;
        if as_json {
            let mut all = self.json(one);
            all["body"] = body(message).into();
            println!("{all}");
            return;
        }
        println!("{}\n{}", self.what(one), self.state(one));
        self.error(one).iter().for_each(|error| println!("{error}"));
        println!("{}\n\n{}", message.id, body(message).trim_end());
    }

    fn json(&self, one: &ListedOutbound) -> Value {
        let message = &one.message;
        json!({
            "id": message.id, "state": one.state, "channel": message.channel.name(), "to": self.to(one),
            "subject": message.subject, "text": message.text, "send_at": message.send_at, "made_at": one.made_at,
            "attempts": one.attempts, "last_error": one.last_error,
        })
    }
}
