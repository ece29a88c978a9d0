//! `rapport chat`: the console, where a colleague commands without an account anywhere.

use std::io::{BufRead, IsTerminal as _, Read as _, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use rapport_model::people::{Role, User};
use rapport_model::reading::Language;
use rapport_model::time::DAY;
use rapport_model::{Kind, Value};
use rapport_prompts::{Block as Words, When, Zoned};
use rapport_storage::records::Filter;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::MemHistory;
use rustyline::validate::Validator;
use rustyline::{Config, Editor, Helper};

use super::Common;
use crate::App;
use crate::channel::Sent;
use crate::commands::console::render;
use crate::commands::parse::INPUT_BYTES_MAX;
use crate::commands::{Block, COMMANDS, Card, Session, run};

/// Columns of an output that is no terminal.
const WIDTH: usize = 80;
/// Greetings show no more notices than this; the rest is counted.
const NOTICES_MAX: usize = 5;

/// Command the CRM from the terminal. Reads commands from a pipe, too.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport chat --as mia -c 'find leaking seal' -c 'why T1'")]
pub(crate) struct Chat {
    /// Who you are: a short name of the configuration [default: its first owner or manager]
    #[arg(long = "as", value_name = "USER")]
    user: Option<String>,
    /// Do this command and exit; can be given more than once
    #[arg(short, long = "command", value_name = "COMMAND")]
    commands: Vec<String>,
}

impl Chat {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let app = common.app().await?;
        let Some(mut user) = self.user(&app).cloned() else {
            let name = self.user.unwrap_or_default();
            let handles: Vec<&str> = app.workflows.users().iter().map(|u| u.handle.as_str()).collect();
            let language = app.workflows.settings().language;
            eprintln!("rapport: {}", app.workflows.prompts().unknown_user(language, &name, &handles));
            return Ok(ExitCode::from(2));
        };
        if let Some(lang) = &common.lang {
            user.language.clone_from(lang);
        }
        let stdin = std::io::stdin();
        if !self.commands.is_empty() {
            let mut desk = Desk::new(&app, &user, common.json);
            app.settle().await?;
            for command in &self.commands {
                desk.answer(command).await?;
            }
        } else if stdin.is_terminal() && !common.json {
            converse(&app, &user).await?;
        } else {
            read(&app, &user, common.json, &mut stdin.lock()).await?;
        }
        app.close().await;
        Ok(ExitCode::SUCCESS)
    }

    /// Finds who sits at the console: whoever is named, else who looks after everything, in the
    /// order of the configuration.
    fn user<'a>(&self, app: &'a App) -> Option<&'a User> {
        let users = app.workflows.users();
        let by_handle = |handle: &str| users.iter().find(|u| u.handle.eq_ignore_ascii_case(handle));
        if let Some(handle) = &self.user {
            return by_handle(handle.trim_start_matches('@'));
        }
        let in_charge = [Role::Owner, Role::Manager].iter().find_map(|role| {
            app.config.users.iter().find(|u| u.role == *role).and_then(|u| by_handle(&u.handle))
        });
        in_charge.or_else(|| app.config.users.first().and_then(|u| by_handle(&u.handle))).or(users.first())
    }
}

/// Talks with a colleague at the terminal until they leave.
///
/// # Errors
/// The store failed, or the terminal did.
pub(super) async fn converse(app: &App, user: &User) -> anyhow::Result<()> {
    let config = Config::builder().auto_add_history(true).build();
    let mut editor = Editor::<CommandWords, MemHistory>::with_history(config, MemHistory::new())
        .context("cannot use the terminal; give commands with -c or through a pipe")?;
    editor.set_helper(Some(CommandWords));
    let mut desk = Desk::new(app, user, false);
    app.channels.console.open([user.id]);
    app.settle().await?;
    desk.greet().await?;
    loop {
        desk.width = editor.dimensions().map_or(WIDTH, |(columns, _)| usize::from(columns));
        let prompt = format!("{}> ", user.handle);
        let line = tokio::task::block_in_place(|| editor.readline(&prompt));
        match line {
            Ok(line) if line.trim().is_empty() => {}
            Ok(line) if leaves(&line) => break,
            Ok(line) => desk.answer(&line).await?,
            // Ctrl-C empties the line, as in a shell.
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(e) => return Err(e).context("the terminal failed"),
        }
        app.settle().await?;
        desk.show_notices(usize::MAX)?;
    }
    app.channels.console.open([]);
    println!("{}", app.workflows.prompts().goodbye(desk.language()));
    Ok(())
}

/// Does the commands of a pipe, one a line.
async fn read(app: &App, user: &User, json: bool, lines: &mut impl BufRead) -> anyhow::Result<()> {
    let mut desk = Desk::new(app, user, json);
    app.channels.console.open([user.id]);
    app.settle().await?;
    desk.show_notices(usize::MAX)?;
    while let Some(line) = next_line(lines).context("cannot read the commands")? {
        if line.trim().is_empty() {
            continue;
        }
        if leaves(&line) {
            break;
        }
        desk.answer(&line).await?;
        app.settle().await?;
        desk.show_notices(usize::MAX)?;
    }
    app.channels.console.open([]);
    Ok(())
}

/// Reads a line, of a very long one only as much as shows that it is too long; `None` at the end.
fn next_line(from: &mut impl BufRead) -> std::io::Result<Option<String>> {
    let mut line = Vec::new();
    from.take(INPUT_BYTES_MAX as u64 + 2).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Ok(None);
    }
    if line.last() != Some(&b'\n') && line.len() > INPUT_BYTES_MAX {
        let mut rest = vec![0];
        while rest.last().is_some_and(|last| *last != b'\n') {
            rest.clear();
            from.take(INPUT_BYTES_MAX as u64).read_until(b'\n', &mut rest)?;
        }
    }
    Ok(Some(String::from_utf8_lossy(&line).into_owned()))
}

fn leaves(line: &str) -> bool {
    let word = line.trim().trim_start_matches('/').to_lowercase();
    matches!(word.as_str(), "quit" | "exit" | "bye" | "q" | "退出" | "再见")
}

/// One colleague at the console.
struct Desk<'a> {
    app: &'a App,
    user: &'a User,
    session: Session,
    json: bool,
    colour: bool,
    width: usize,
}

impl<'a> Desk<'a> {
    fn new(app: &'a App, user: &'a User, json: bool) -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
        let colour = std::io::stdout().is_terminal() && !json && !plain;
        Self { app, user, session: Session::local(), json, colour, width: WIDTH }
    }

    fn language(&self) -> Language {
        self.app.workflows.language_of(Some(self.user))
    }

    async fn answer(&mut self, line: &str) -> anyhow::Result<()> {
        let cards = run(self.app, self.user, &mut self.session, line).await?;
        cards.iter().try_for_each(|card| self.show(card))
    }

    fn show(&self, card: &Card) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string(card)?)?;
        } else {
            writeln!(out, "{}", render(card, self.width, self.colour))?;
        }
        Ok(out.flush()?)
    }

    /// Says who sits here and what waits for them.
    async fn greet(&self) -> anyhow::Result<()> {
        let (prompts, language) = (self.app.workflows.prompts(), self.language());
        let now = self.app.store().clock().now();
        let zone = self.app.workflows.zone_of(Some(self.user));
        let open = Filter { equal: vec![("closed_at", Value::Null)], limit: 10_000, ..Filter::default() };
        let due = Filter {
            equal: vec![("done_at", Value::Null), ("owner", self.user.id.into())],
            below: Some(("due", tonight(now, zone).into())),
            limit: 10_000,
            ..Filter::default()
        };
        let store = self.app.workflows.store_of(self.user);
        let n_tickets = store.list(Kind::Ticket, &open).await?.len();
        let n_tasks = store.list(Kind::Task, &due).await?.len();
        let notices = self.app.channels.console.take();
        let at = Zoned(When { at: now, zone });
        println!("{}", prompts.console_greeting(language, self.user.display_name(), self.user.role, at));
        println!("{}", prompts.console_waiting(language, n_tickets, n_tasks, notices.len()));
        println!("{}\n", prompts.console_hint(language));
        self.show_all(&notices, NOTICES_MAX)
    }

    /// Shows the notices that came meanwhile.
    fn show_notices(&self, most: usize) -> anyhow::Result<()> {
        self.show_all(&self.app.channels.console.take(), most)
    }

    fn show_all(&self, notices: &[Sent], most: usize) -> anyhow::Result<()> {
        let left_out = notices.len().saturating_sub(most);
        // The latest matter most.
        notices[left_out..].iter().try_for_each(|notice| self.show(&self.notice(notice)))?;
        if left_out > 0 {
            println!("{}\n", self.app.workflows.prompts().and_more(self.language(), left_out));
        }
        Ok(())
    }

    fn notice(&self, sent: &Sent) -> Card {
        let (prompts, language) = (self.app.workflows.prompts(), self.language());
        let card = Card::new(prompts.notice_heading(language, &sent.message.subject));
        let body = prompts.notice_body(language, Words(&sent.message.body));
        let mut card = card.block(Block::Fixed(body));
        if let Some(about) = &sent.envelope.about {
            card.footer = format!("show {about}, why {about}");
        }
        card
    }
}

/// Returns when the day ends.
fn tonight(now: rapport_model::Timestamp, zone: chrono_tz::Tz) -> rapport_model::Timestamp {
    use chrono::NaiveTime;
    let day = now.local(zone).date_naive().succ_opt();
    let midnight = day.map(|day| day.and_time(NaiveTime::MIN));
    midnight
        .and_then(|midnight| rapport_workflows::schedule::first_instant(zone, midnight))
        .unwrap_or_else(|| now.plus(DAY))
}

/// Completes the words of commands.
struct CommandWords;

impl Completer for CommandWords {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &rustyline::Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let (start, begun) = begun_word(&line[..at]);
        let Some(begun) = begun else { return Ok((at, Vec::new())) };
        let words = COMMANDS.iter().flat_map(|spec| [spec.word, spec.chinese]);
        let fitting = words.filter(|word| word.starts_with(&begun.to_lowercase()));
        Ok((start, fitting.map(|word| format!("{word} ")).collect()))
    }
}

/// Returns where the command's word begins, and as much of it as was typed: the first word, and
/// the word behind `help`.
fn begun_word(typed: &str) -> (usize, Option<&str>) {
    let bare = typed.strip_prefix('/').unwrap_or(typed);
    let bare = bare.strip_prefix("help ").or_else(|| bare.strip_prefix("帮助 ")).unwrap_or(bare);
    let start = typed.len() - bare.len();
    (start, (!bare.contains(char::is_whitespace) && !bare.is_empty()).then_some(bare))
}

impl Hinter for CommandWords {
    type Hint = String;
}
impl Highlighter for CommandWords {}
impl Validator for CommandWords {}
impl Helper for CommandWords {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_never_ends_is_read_in_bounds_and_the_next_one_is_whole() {
        let mut input = vec![b'x'; 3 * INPUT_BYTES_MAX];
        input.extend(b"\nhelp\nlast \xff line");
        let mut from = std::io::Cursor::new(input);
        let long = next_line(&mut from).unwrap().unwrap();
        assert!(long.len() > INPUT_BYTES_MAX && long.len() <= INPUT_BYTES_MAX + 2);
        assert_eq!(next_line(&mut from).unwrap().as_deref(), Some("help\n"));
        assert_eq!(next_line(&mut from).unwrap().as_deref(), Some("last \u{fffd} line"));
        assert_eq!(next_line(&mut from).unwrap(), None);
    }

    #[test]
    fn the_word_of_a_command_is_completed_but_not_its_words() {
        for (typed, expected) in [
            ("ti", (0, Some("ti"))),
            ("/ti", (1, Some("ti"))),
            ("help ti", (5, Some("ti"))),
            ("find ti", (0, None)),
            ("", (0, None)),
        ] {
            assert_eq!(begun_word(typed), expected, "{typed}");
        }
    }
}
