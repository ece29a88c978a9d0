//! A language model that drafts answers and sums up, where the house has one.
//!
//! ```text
//! `draft C12` ─► compose: mails, masked ─► ask ─► words, put back ─► a draft as any other
//! in a chat:    outbox (channel `model`) ─► serve ─┘            └─► a card with its buttons
//! ```
//! Nothing that a model writes does anything: it is the text of a draft that a colleague reads and
//! sends, or of a summary. What leaves is masked ([`rapport_workflows::mask`]), and goes as data beside
//! what is asked for.

mod compose;
mod serve;
mod trouble;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::config::llm::LlmConfig;
use crate::config::secret::Secret;
use crate::net::{Failure, JSON, Question, post};
pub(crate) use compose::{Composed, KEPT_WITHIN, Origin, QUOTA, Task, Unwritten, Wish};
pub(crate) use trouble::Trouble;

/// An answer may have so many bytes.
const ANSWER_BYTES_MAX: usize = 1 << 20;
/// Of what a model writes so much is taken, in characters: more is no mail.
const TEXT_CHARS_MAX: usize = 8_000;
/// A pause that is asked for without saying how long, in seconds.
const PAUSE: u32 = 20;

/// Where words are asked for.
#[derive(Debug)]
pub struct Llm {
    url: Url,
    model: String,
    secret: Option<Secret>,
    patience: Duration,
    tokens_max: u32,
    ca_file: Option<PathBuf>,
    a_day: u32,
    at_once: u32,
    /// Questions that may be asked beside those that are being asked.
    free: Semaphore,
}

/// What a model wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    pub text: String,
    /// Whether they break off at the limit.
    pub is_cut: bool,
}

/// An endpoint's answer, as much of it as matters.
#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    content: Option<String>,
}

impl Llm {
    /// Takes what the configuration says.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(config: &LlmConfig) -> Result<Self, String> {
        Ok(Self {
            url: config.url()?,
            model: config.model.trim().to_owned(),
            secret: config.secret()?,
            patience: config.patience()?,
            tokens_max: config.tokens_max,
            ca_file: config.ca_file.clone(),
            a_day: config.a_day,
            at_once: config.at_once,
            free: Semaphore::new(config.at_once as usize),
        })
    }

    /// Returns the model's name.
    pub(crate) fn model(&self) -> &str {
        &self.model
    }

    /// Asks for one word, to see whether there is an answer.
    ///
    /// # Errors
    /// Why there is none, for whoever runs the service.
    pub async fn try_out(&self) -> Result<(), String> {
        match self.ask("Answer with the word: yes", "{}", Some(16)).await {
            Ok(_) | Err(Trouble::Empty | Trouble::Busy(_)) => Ok(()),
            Err(trouble) => Err(format!("llm: {trouble}")),
        }
    }

    /// Asks for words: `system` says what for, `data` is what they are about.
    ///
    /// # Errors
    /// There are none.
    pub(crate) async fn ask(
        &self,
        system: &str,
        data: &str,
        tokens_max: Option<u32>,
    ) -> Result<Words, Trouble> {
        let mut head = Vec::new();
        if let Some(secret) = &self.secret {
            let key = secret.read().await.map_err(Trouble::NoKey)?;
            head.push(("Authorization", format!("Bearer {key}")));
        }
        let body = json!({
            "model": self.model,
            "messages": [{ "role": "system", "content": system }, { "role": "user", "content": data }],
            "max_tokens": tokens_max.unwrap_or(self.tokens_max),
            "stream": false,
        });
        let question = Question {
            url: &self.url,
            head,
            content_type: JSON,
            body: body.to_string(),
            ca_file: self.ca_file.clone(),
            patience: self.patience,
            answer_bytes_max: ANSWER_BYTES_MAX,
            at: None,
        };
        let answer = match post(question).await {
            Ok(answer) => answer,
            Err(Failure::Slow) => return Err(Trouble::Slow(self.patience)),
            Err(Failure::Unreached(why) | Failure::Broken(why)) => return Err(Trouble::Unreached(why)),
        };
        match answer.status {
            200..=299 if !answer.is_whole => {
                Err(Trouble::Odd(format!("it has more than {} kB", ANSWER_BYTES_MAX >> 10)))
            }
            200..=299 => words(&answer.body),
            401 | 403 => Err(Trouble::Key),
            429 => Err(Trouble::Busy(answer.retry_after.unwrap_or(PAUSE))),
            status => Err(Trouble::Status(status)),
        }
    }
}

/// Reads what a model wrote. What it thought before is no part of it.
fn words(body: &[u8]) -> Result<Words, Trouble> {
    let odd = |e: serde_json::Error| Trouble::Odd(format!("it is no completion ({:?})", e.classify()));
    let completion: Completion = serde_json::from_slice(body).map_err(odd)?;
    let choice = completion.choices.into_iter().next().ok_or(Trouble::Empty)?;
    let text = choice.message.content.unwrap_or_default();
    let text = text.rsplit_once("</think>").map_or(text.as_str(), |(_, said)| said);
    let text = crate::commands::plain(text.trim());
    let clipped: String = text.trim().chars().take(TEXT_CHARS_MAX).collect();
    if clipped.is_empty() {
        return Err(Trouble::Empty);
    }
    let is_cut = choice.finish_reason.as_deref() == Some("length") || clipped.len() < text.trim().len();
    Ok(Words { text: clipped, is_cut })
}
