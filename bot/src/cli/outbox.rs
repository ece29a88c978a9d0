//! `rapport outbox`: messages that have not left, for whoever runs the service. Works beside it.

use std::process::ExitCode;

use clap::Subcommand;
use rapport_model::job::Outbound;
use rapport_storage::stuck::ListedOutbound;
use rapport_storage::{Access, Store};
use serde_json::{Value, json};

use super::Common;
use super::operator::{Operator, print_list};
use crate::channel::chat::page::Page;
use crate::commands::console;
use crate::told::ToldOutgoing as Told;

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
        let told = Told::load(operator.voice(), store, std::slice::from_ref(&one)).await?;
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
                print_one(&told, &one, as_json);
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
    let told = Told::load(operator.voice(), store, all).await?;
    if as_json {
        all.iter().for_each(|one| println!("{}", json(&told, one)));
    } else {
        print_list(all.iter().map(|one| (told.state(one), told.what(one), told.error(one))));
    }
    Ok(())
}

/// Returns what a message says; of a card for a chat only the words, for it may hold by what it is answered.
fn body(message: &Outbound) -> String {
    let card = Page::read(&message.body).filter(|_| message.text == Outbound::ANSWER);
    card.map_or_else(|| message.body.clone(), |page| console::render(&page.card, 110, false))
}

fn print_one(told: &Told<'_>, one: &ListedOutbound, as_json: bool) {
    let message = &one.message;
    if as_json {
        let mut all = json(told, one);
        all["body"] = body(message).into();
        println!("{all}");
        return;
    }
    println!("{}\n{}", told.what(one), told.state(one));
    told.error(one).iter().for_each(|error| println!("{error}"));
    println!("{}\n\n{}", message.id, body(message).trim_end());
}

fn json(told: &Told<'_>, one: &ListedOutbound) -> Value {
    let message = &one.message;
    json!({
        "id": message.id, "state": one.state, "channel": message.channel.name(), "to": told.to(one),
        "subject": message.subject, "text": message.text, "send_at": message.send_at, "made_at": one.made_at,
        "attempts": one.attempts, "last_error": one.last_error,
    })
}
