//! Help: what can be asked, in an overview and command by command.

use rapport_model::reading::Language;

use crate::Prompts;

/// The commands, in the order of the overview.
pub const COMMANDS: &[&str] = &[
    "find", "show", "timeline", "summary", "history", "new", "edit", "note", "log", "tag", "reply", "draft",
    "template", "rsvp", "attach", "files", "claim", "meet", "assign", "task", "tasks", "ticket", "tickets",
    "snooze", "follow", "unfollow", "stage", "deal", "deals", "pipeline", "link", "merge", "split", "next",
    "digest", "report", "workflow", "why", "correct", "undo", "campaign", "export", "import", "privacy",
    "dnd", "mute", "useful", "lang", "tz", "who", "page", "unlink", "help",
];

/// The parts of a command's help in `help.txt`.
pub(crate) const PARTS: [&str; 3] = ["usage", "purpose", "examples"];

impl Prompts {
    /// Returns the overview: each command with its purpose.
    pub fn help(&self, language: Language) -> String {
        let colon = if language == Language::En { ": " } else { "：" };
        let mut text = self.help_text(language, "heading").to_owned();
        for command in COMMANDS {
            text.extend(["\n/", *command, colon, self.purpose(language, command)]);
        }
        text.extend(["\n", self.help_text(language, "footer")]);
        text
    }

    /// Returns how a command is written, what it is for, and two examples; `None` if there is no
    /// such command.
    pub fn help_for(&self, language: Language, command: &str) -> Option<String> {
        let command = COMMANDS.iter().find(|c| **c == command.trim_start_matches('/'))?;
        let [usage, purpose, examples] =
            PARTS.map(|part| self.help_text(language, &format!("{command}.{part}")));
        Some(format!("{usage}\n{purpose}\n{examples}"))
    }

    /// Returns how a command is written; empty if there is no such command.
    pub fn usage(&self, language: Language, command: &str) -> &str {
        self.help_text(language, &format!("{command}.usage"))
    }

    /// Returns what a command is for, in one line: also what chat programs show beside it.
    pub fn purpose(&self, language: Language, command: &str) -> &str {
        self.help_text(language, &format!("{command}.purpose"))
    }

    fn help_text(&self, language: Language, name: &str) -> &str {
        self.locale(language).sources.get(&format!("help/{name}")).map_or("", |source| &source.text)
    }
}

/// Returns the key of every help text that every language must have.
pub(crate) fn keys() -> Vec<String> {
    let parts = COMMANDS.iter().flat_map(|c| PARTS.map(|part| format!("help/{c}.{part}")));
    parts.chain(["help/heading".to_owned(), "help/footer".to_owned()]).collect()
}
