//! What the commands for whoever runs the service share.

use std::process::ExitCode;

use chrono_tz::Tz;
use rapport_model::reading::Language;
use rapport_model::{Id, Timestamp};
use rapport_prompts::{Prompts, format};
use serde_json::json;

use super::Common;
use super::shown::Shown;
use crate::told::Voice;

/// Whoever looks, with their language and zone.
pub(crate) struct Operator {
    prompts: Prompts,
    language: Language,
    /// The zone in which times are said.
    pub(crate) zone: Tz,
    /// The present.
    pub(crate) now: Timestamp,
    /// The numbers of the list that was shown last.
    pub(crate) shown: Shown,
}

impl Operator {
    pub(crate) fn of(common: &Common, list: &str) -> anyhow::Result<Self> {
        let (dir, config) = (common.data()?, common.config()?);
        let settings = config.settings().map_err(anyhow::Error::msg)?;
        Ok(Self {
            prompts: crate::app::prompts(&dir)?,
            language: settings.language,
            zone: settings.zone,
            now: common.clock()?.now(),
            shown: Shown::of(&dir, list),
        })
    }

    /// Says something in the operator's language.
    pub(crate) fn say<T>(&self, text: impl FnOnce(&Prompts, Language) -> T) -> T {
        text(&self.prompts, self.language)
    }

    /// Returns what says things in words.
    pub(crate) fn voice(&self) -> Voice<'_> {
        let Self { prompts, language, zone, now, .. } = self;
        Voice { prompts, language: *language, zone: *zone, now: *now }
    }

    /// Says that nothing has that number.
    pub(crate) fn not_listed(&self, which: &str, command: &str) -> anyhow::Result<ExitCode> {
        eprintln!("rapport: {}", self.say(|prompts, language| prompts.not_listed(language, which, command)));
        Ok(ExitCode::FAILURE)
    }

    /// Says what was done, or why not.
    pub(crate) fn answer(
        &self,
        done: Option<String>,
        refused: impl FnOnce() -> String,
        id: Id,
        as_json: bool,
    ) -> anyhow::Result<ExitCode> {
        let (said, code) = match &done {
            Some(said) => (said.clone(), ExitCode::SUCCESS),
            None => (refused(), ExitCode::FAILURE),
        };
        match (as_json, &done) {
            (true, _) => println!("{}", json!({ "id": id, "done": done.is_some(), "said": said })),
            (false, Some(_)) => println!("{said}"),
            (false, None) => eprintln!("rapport: {said}"),
        }
        Ok(code)
    }
}

/// Prints a numbered list: state, what, and perhaps a line about what went wrong.
pub(crate) fn print_list(items: impl Iterator<Item = (String, String, Option<String>)>) {
    let items: Vec<_> = items.collect();
    let width = items.iter().map(|(state, ..)| format::columns(state)).max().unwrap_or(0);
    for (i, (state, what, error)) in items.iter().enumerate() {
        println!("{:>3}  {}  {what}", i + 1, format::pad(state, width));
        if let Some(error) = error {
            println!("{:>1$}{error}", "", 3 + 2 + width + 2);
        }
    }
}
