//! The service's own work in words, for whoever runs it: at a terminal and on a page.

mod jobs;
mod outgoing;

use chrono_tz::Tz;
use rapport_model::Timestamp;
use rapport_model::reading::Language;
use rapport_prompts::Prompts;

pub(crate) use jobs::ToldJobs;
pub(crate) use outgoing::ToldOutgoing;

/// What says things, in whose language and by whose clocks.
#[derive(Clone, Copy)]
pub(crate) struct Voice<'a> {
    pub(crate) prompts: &'a Prompts,
    pub(crate) language: Language,
    pub(crate) zone: Tz,
    /// The present.
    pub(crate) now: Timestamp,
}

impl Voice<'_> {
    /// Says something.
    pub(crate) fn say<T>(&self, text: impl FnOnce(&Prompts, Language) -> T) -> T {
        text(self.prompts, self.language)
    }
}
