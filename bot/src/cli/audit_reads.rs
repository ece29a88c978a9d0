//! `rapport audit reads`: who looked at which customers.

use std::collections::HashMap;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use rapport_model::people::User;
use rapport_model::reads::{ReadWhat, Reader};
use rapport_model::{Id, Kind};
use rapport_prompts::When;
use rapport_storage::Access;
use rapport_storage::reads::{Read, Reads};
use serde_json::json;

use super::Common;
use super::erase::find;
use super::operator::Operator;

/// Which reads to list.
#[derive(Debug, Args)]
pub(crate) struct ReadsOf {
    /// Only of this customer and of those merged into them: C12
    #[arg(long, value_name = "NUMBER")]
    of: Option<String>,
    /// Only by this colleague, and by programs with a token of theirs
    #[arg(long, value_name = "USER")]
    by: Option<String>,
    /// Only from this time on
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only before this time
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// How many lines
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
}

impl ReadsOf {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let operator = Operator::of(common, "reads")?;
        let store = common.store(Access::Read).await?;
        let time = |text: &Option<String>| text.as_deref().map(|t| common.time(t)).transpose();
        let users = store.users().await?;
        let by = self.by.as_deref().map(|handle| {
            let user = users.iter().find(|user| user.handle == handle);
            user.map(|user| user.id)
                .with_context(|| format!("there is no colleague {handle}: see `rapport user list`"))
        });
        let of = match &self.of {
            Some(number) => Some(find(&store, number).await?.record.id),
            None => None,
        };
        let which = Reads {
            of,
            by: by.transpose()?,
            since: time(&self.since)?,
            until: time(&self.until)?,
            after: None,
            newest_first: true,
            limit: self.limit,
        };
        let reads = store.reads(&which).await?;
        let ids: Vec<Id> = reads.iter().filter_map(|read| read.customer).collect();
        let customers = store.records(Kind::Customer, &ids).await?;
        store.close().await;
        let numbers: HashMap<Id, String> =
            customers.iter().map(|customer| (customer.record.id, customer.short().to_string())).collect();
        if reads.is_empty() && !common.json {
            println!("{}", operator.say(|prompts, language| prompts.seen_none(language)));
        }
        for read in &reads {
            let number = read.customer.and_then(|id| numbers.get(&id));
            let user = users.iter().find(|user| user.id == read.reader.user);
            if common.json {
                println!("{}", as_json(read, number, user));
            } else {
                println!("{:<6} {}", number.map_or("", String::as_str), said(&operator, read, user));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn as_json(read: &Read, number: Option<&String>, user: Option<&User>) -> serde_json::Value {
    json!({
        "first_at": read.first_at, "last_at": read.last_at, "reader": read.reader.actor(),
        "user": user.map(|user| &user.handle), "customer": number, "way": read.way, "what": read.what, "n": read.n,
    })
}

fn said(operator: &Operator, read: &Read, user: Option<&User>) -> String {
    let n = usize::try_from(read.n).unwrap_or(usize::MAX);
    operator.say(|prompts, language| {
        let name = user.map_or_else(|| prompts.by_former(language), |user| user.display_name().to_owned());
        let who = match (read.reader, usize::try_from(read.reader.token)) {
            (Reader::OPERATOR, _) => prompts.seen_operator(language),
            (_, Ok(token)) if token > 0 => prompts.seen_token(language, &name, token),
            _ => name,
        };
        let what = match read.what {
            ReadWhat::List => prompts.seen_list(language, n),
            what => prompts.seen_what(language, prompts.label(language, what), n),
        };
        let at = When { at: read.last_at, zone: operator.zone };
        prompts.seen_line(language, at, &who, &what, prompts.label(language, read.way))
    })
}
