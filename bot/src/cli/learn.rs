//! `rapport nlp train --from-store` and `rapport nlp rollback`: the house's own weights, learned from
//! what colleagues corrected.

use std::path::Path;

use anyhow::{Context as _, bail};
use rapport_model::Id;
use rapport_nlp::bert::{Bert, Heads};
use rapport_nlp::linear::{Compared, Example, Held, Source, TrainOptions, TrainingData, compare, train};
use rapport_storage::{Access, Store};
use rapport_workflows::understand::text_of;
use serde_json::json;

use super::Common;
use crate::understanding::{HEADS, HOUSE_MODELS, LINEAR};

/// What stands before the name of weights that were replaced, and of those taken back.
const BEFORE: &str = "before-";
const UNDONE: &str = "undone-";

/// Trains on `data` and on what was corrected in the store, and puts the weights to work if texts held
/// aside are read at least as well with the corrections as without.
pub(super) async fn from_store(
    common: &Common,
    mut data: TrainingData,
    options: &TrainOptions,
    mut bert: Option<Bert>,
) -> anyhow::Result<()> {
    let store = common.store(Access::Read).await?;
    let corrected = corrected(&store).await?;
    store.close().await;
    if corrected.is_empty() {
        bail!("nobody has corrected a message yet: “correct it: complaint, negative” in the chat does");
    }
    data.examples.extend(corrected);
    let mut embed = bert.as_mut().map(|bert| |encoder, texts: &[&str]| bert.embed(encoder, texts));
    eprintln!("training without and with the corrections, to compare; this takes some minutes");
    let compared = compare(&data, options, embed.as_mut().map(|embed| embed as _))?;
    let taken = compared.is_at_least_as_good();
    if taken {
        eprintln!("training on everything");
        let trained = train(&data, options)?;
        let dir = common.data()?.join(HOUSE_MODELS);
        std::fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
        // Both or none: heads are made for the linear engine beside them.
        let heads = embed.map(|mut embed| Heads::train(&trained, &mut embed)).transpose()?;
        replace(&dir, LINEAR, Some(trained.engine.bytes()))?;
        replace(&dir, HEADS, heads.map(|(heads, _)| heads.bytes()).as_deref())?;
    }
    say(common.json, &compared, taken);
    Ok(())
}

/// Takes the house's last weights back: those before them are at work again, the shipped ones if there
/// were none.
pub(super) fn rollback(common: &Common) -> anyhow::Result<()> {
    let dir = common.data()?.join(HOUSE_MODELS);
    if [LINEAR, HEADS].iter().all(|name| !dir.join(name).exists()) {
        bail!("{} has no weights of this house: the shipped ones are at work", dir.display());
    }
    for name in [LINEAR, HEADS] {
        rename(&dir, name, &format!("{UNDONE}{name}"))?;
        rename(&dir, &format!("{BEFORE}{name}"), name)?;
    }
    let now = if dir.join(LINEAR).exists() { "the weights before them" } else { "the shipped weights" };
    match common.json {
        true => println!("{}", json!({ "shipped": !dir.join(LINEAR).exists() })),
        false => println!("taken back; {now} read from the next start of the service on"),
    }
    Ok(())
}

/// Reads the corrected messages as examples.
async fn corrected(store: &Store) -> anyhow::Result<Vec<Example>> {
    let mut examples = Vec::new();
    let mut after = Id(i64::MIN);
    loop {
        let messages = store.corrected(after).await?;
        let Some(last) = messages.last() else { return Ok(examples) };
        after = last.id;
        for message in &messages {
            let text = text_of(message);
            // Of an erased person's messages no word is left.
            let Some(correction) = message.corrected.as_ref().filter(|_| !text.trim().is_empty()) else {
                continue;
            };
            examples.push(Example {
                text,
                intents: correction.intents.clone(),
                mood: Some(correction.mood),
                urgent: Some(correction.urgent),
                source: Source::House,
            });
        }
    }
}

/// Puts a file in the place of the one that is there, which is kept; with no bytes, only that.
fn replace(dir: &Path, name: &str, bytes: Option<&[u8]>) -> anyhow::Result<()> {
    let new = dir.join(format!("new-{name}"));
    if let Some(bytes) = bytes {
        std::fs::write(&new, bytes).with_context(|| format!("cannot write {}", new.display()))?;
    }
    rename(dir, name, &format!("{BEFORE}{name}"))?;
    if bytes.is_some() { rename(dir, &format!("new-{name}"), name) } else { Ok(()) }
}

/// Renames a file; where there is none, the one that has the new name goes, so that both names tell of
/// the same time.
fn rename(dir: &Path, from: &str, to: &str) -> anyhow::Result<()> {
    let (from, to) = (dir.join(from), dir.join(to));
    let done = match std::fs::rename(&from, &to) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => match std::fs::remove_file(&to) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        },
        renamed => renamed,
    };
    done.with_context(|| format!("cannot put {} in the place of {}", from.display(), to.display()))
}

fn say(json: bool, compared: &Compared, taken: bool) {
    if json {
        println!("{}", json!({ "compared": compared, "taken": taken }));
        return;
    }
    println!("corrections        {}", compared.corrections);
    for (what, [without, with]) in
        [("shipped, held aside", compared.shipped), ("corrected, held", compared.corrected)]
    {
        let percent = |of: fn(&Held) -> f32| {
            format!("{:.1}% right, {:.1}% with the corrections", of(&without) * 100.0, of(&with) * 100.0)
        };
        let (intents, moods) = (percent(|held| held.intents), percent(|held| held.moods));
        println!("{what:<19} {} texts: intents {intents}; moods {moods}", with.n);
    }
    println!(
        "{}",
        if taken {
            "taken: they read from the next start of the service on; “rapport nlp rollback” takes them back"
        } else {
            "not taken: texts held aside would be read worse; the weights at work stay"
        }
    );
}
