//! `rapport init`: a configuration and keys to begin with.
//!
//! What is asked (`ask`) and what is written (`toml`) know no files; what is there already is never
//! overwritten. Secrets go into files of their own, each for its owner alone.

mod answers;
mod ask;
mod checks;
mod terminal;
mod toml;
mod unit;
mod write;

use std::io::{IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use rapport_model::reading::Language;
use rapport_prompts::Prompts;
use rapport_storage::{Access, Store};
use serde_json::json;

use self::answers::Answers;
use self::ask::Asking;
use super::Common;
use crate::Config;
use crate::config::FILE;

/// Make a data directory: a commented rapport.toml, the files of its secrets, and the keys. On a
/// terminal it asks; elsewhere, and with --yes, it writes what is usual. What is there already stays as
/// it is.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples: rapport init --data /var/lib/rapport\n          rapport init --systemd --data /var/lib/rapport > /etc/systemd/system/rapport.service"
)]
pub(crate) struct Init {
    /// Ask nothing, and write what is usual
    #[arg(short, long)]
    yes: bool,
    /// Ask though nobody sits at a terminal: one answer a line on standard input
    #[arg(long, conflicts_with = "yes")]
    ask: bool,
    /// Print the unit with which systemd runs the service on the data directory, and do nothing else
    #[arg(long, conflicts_with_all = ["yes", "ask"])]
    systemd: bool,
}

impl Init {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let dir = common.data()?;
        let dir =
            std::path::absolute(&dir).with_context(|| format!("cannot tell where {} is", dir.display()))?;
        let config = common.config.as_deref().map(std::path::absolute).transpose();
        let config = config.context("cannot tell where the configuration is")?;
        if self.systemd {
            let program = std::env::current_exe().context("cannot tell where this program is")?;
            print!("{}", unit::of(&program, &dir, config.as_deref()).map_err(anyhow::Error::msg)?);
            return Ok(ExitCode::SUCCESS);
        }
        let prompts = crate::app::prompts(&dir)?;
        let language = language(common.lang.as_deref(), |name| std::env::var(name).ok());
        let file = config.clone().unwrap_or_else(|| dir.join(FILE));
        let asks = self.ask || (!self.yes && !common.json && at_a_terminal());
        let said =
            Said { prompts: &prompts, language, dir: &dir, config: config.as_deref(), json: common.json };

        // Nobody answers questions in vain.
        let plan = if file.try_exists().with_context(|| write::advice("look at", &file))? {
            None
        } else {
            write::may(&dir)?;
            let usual = Answers::usual(language, |name| std::env::var(name).ok());
            let answers = if asks { said.ask(usual)? } else { Some(usual) };
            let Some(answers) = answers else {
                eprintln!("rapport: {}", prompts.init_cut_off(language));
                return Ok(ExitCode::FAILURE);
            };
            Some(write::Plan::of(&answers, &prompts, language, &dir)?)
        };
        let done = match &plan {
            None => write::Done { left: vec![file.clone()], ..write::Done::default() },
            Some(plan) => plan.write(&file)?,
        };
        let keys = make_store(common, &dir).await?;
        said.tell(&done, keys.as_deref());
        Ok(ExitCode::SUCCESS)
    }
}

fn at_a_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// Returns the language of `--lang`, else the one that the environment asks for.
fn language(said: Option<&str>, environment: impl Fn(&str) -> Option<String>) -> Language {
    let of_locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| environment(name).filter(|value| !value.is_empty()));
    match said.or(of_locale.as_deref()) {
        Some(code) if code.starts_with("zh") => Language::Zh,
        _ => Language::En,
    }
}

/// Makes the store and its keys where there are none; returns the master key's file if it is new.
async fn make_store(common: &Common, dir: &Path) -> anyhow::Result<Option<PathBuf>> {
    let key = dir.join("keys/master.key");
    let had_key = key.exists();
    let place = Config::load(dir, common.config.as_deref())?.place();
    // Perhaps the service is at work on it.
    if let Ok(store) = Store::open_at(dir, &place, Access::Read, common.clock()?).await {
        store.close().await;
        return Ok(None);
    }
    let store = Store::open_at(dir, &place, Access::Write, common.clock()?).await?;
    store.close().await;
    Ok((!had_key && key.exists()).then_some(key))
}

/// To whom what is said, and how.
struct Said<'a> {
    prompts: &'a Prompts,
    language: Language,
    dir: &'a Path,
    /// The configuration, where it does not lie in the data directory.
    config: Option<&'a Path>,
    json: bool,
}

impl Said<'_> {
    /// Asks everything; nothing comes back where the answers end too early.
    fn ask(&self, usual: Answers) -> anyhow::Result<Option<Answers>> {
        let _on = terminal::watch();
        let mut out: Box<dyn Write> =
            if self.json { Box::new(std::io::stderr()) } else { Box::new(std::io::stdout()) };
        writeln!(out, "{}\n", self.prompts.init_begin(self.language, &self.dir.display().to_string()))?;
        let mut read = terminal::read;
        let mut asking = Asking::new(self.prompts, self.language, &mut read, &mut *out);
        Ok(asking.all(usual)?)
    }

    /// Tells what was done and what is next.
    fn tell(&self, done: &write::Done, keys: Option<&Path>) {
        let names = |paths: &[PathBuf]| paths.iter().map(|p| p.display().to_string()).collect::<Vec<_>>();
        let (left, wanted) = (names(&done.left), names(&done.wanted));
        let (written, secrets) = (names(&done.written), names(&done.secrets));
        if self.json {
            let keys = keys.map(|path| path.display().to_string());
            println!(
                "{}",
                json!({
                    "dir": self.dir.display().to_string(), "written": written, "secrets": secrets,
                    "left": left, "wanted": wanted, "master_key": keys,
                })
            );
            return;
        }
        let (prompts, language) = (self.prompts, self.language);
        println!();
        left.iter().for_each(|path| println!("{}", prompts.init_left(language, path)));
        secrets.iter().for_each(|path| println!("{}", prompts.init_secret_written(language, path)));
        written.iter().for_each(|path| println!("{}", prompts.init_written(language, path)));
        if let Some(path) = keys {
            println!("{}", prompts.init_keys_made(language, &path.display().to_string()));
        }
        wanted.iter().for_each(|path| println!("{}", prompts.init_secret_wanted(language, path)));
        let path = |path: &Path| quoted(&path.display().to_string());
        let config = self.config.map_or_else(String::new, |file| format!(" --config {}", path(file)));
        let command = |words: &str| format!("rapport {words} --data {}{config}", path(self.dir));
        let unit = format!("{} > /etc/systemd/system/rapport.service", command("init --systemd"));
        println!("\n{}", prompts.init_next(language, &command("check"), &command("run"), &unit));
    }
}

/// Writes a word so that a shell reads it as one.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_speaks_the_language_that_was_named_or_that_of_the_environment() {
        let of = |said, variable: &'static str, value: &'static str| {
            language(said, |name| (name == variable).then(|| value.to_owned()))
        };
        assert_eq!(of(Some("en"), "LANG", "zh_CN.UTF-8"), Language::En);
        assert_eq!(of(None, "LANG", "zh_CN.UTF-8"), Language::Zh);
        assert_eq!(of(None, "LC_ALL", ""), Language::En);
        assert_eq!(of(None, "LC_MESSAGES", "de_DE"), Language::En);
    }

    #[test]
    fn a_path_is_one_word_for_the_shell() {
        assert_eq!(quoted("/var/lib/rapport"), "/var/lib/rapport");
        assert_eq!(quoted("/home/ann's data"), r"'/home/ann'\''s data'");
    }
}
