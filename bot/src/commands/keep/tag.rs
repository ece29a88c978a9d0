//! `tag`: words by which customers and companies are told apart.

use std::collections::BTreeSet;

use rapport_model::{Change, Kind, Record};

use super::super::card::Card;
use super::super::command::{Command, Of};
use super::super::desk::{Desk, Done};
use super::super::safe::{plain, quoted};
use super::super::session::Session;

const ABOUT: &[Kind] = &[Kind::Customer, Kind::Company];
const TAGS_MAX: usize = 20;
const TAG_CHARS_MAX: usize = 40;

impl Desk<'_> {
    pub(super) async fn tag(&self, session: &mut Session, command: &Command, of: &Of, words: &str) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let record = self.find_present(session, command, of, ABOUT).await?;
        session.context = Some(record.record);
        let before = tags(&record);
        let name = self.titled(&record).await?;
        if words.is_empty() {
            return Ok(vec![self.tags_card(&name, &before)]);
        }
        let after = tagged(&before, &plain(words));
        if after.len() > TAGS_MAX || after.iter().any(|tag| tag.chars().count() > TAG_CHARS_MAX) {
            return Ok(vec![Card::new(prompts.tags_too_many(language, TAGS_MAX, TAG_CHARS_MAX))]);
        }
        if after == before {
            return Ok(vec![self.unchanged(&record)]);
        }
        let all = (!after.is_empty()).then(|| serde_json::to_string(&after).expect("tags are JSON"));
        let change = Change::update(record.record).set("tags", record.get("tags").clone(), all);
        let written = self.write(vec![change]).await?;
        let listed = |tags: &mut dyn Iterator<Item = &String>| {
            let tags: Vec<String> = tags.map(|tag| quoted(tag)).collect();
            prompts.list(language, &tags)
        };
        let added = listed(&mut after.difference(&before));
        let taken_off = listed(&mut before.difference(&after));
        let card = self
            .written(prompts.tagged(language, &name), &written)
            .field("+", added)
            .field("−", taken_off)
            .field(prompts.field(language, "tags"), listed(&mut after.iter()));
        Ok(vec![card])
    }

    fn tags_card(&self, name: &str, tags: &BTreeSet<String>) -> Card {
        let (prompts, language) = (self.prompts(), self.language);
        let tags: Vec<String> = tags.iter().map(|tag| quoted(tag)).collect();
        let tags = if tags.is_empty() { prompts.tags_none(language) } else { prompts.list(language, &tags) };
        Card::new(name).field(prompts.field(language, "tags"), tags)
    }
}

fn tags(record: &Record) -> BTreeSet<String> {
    serde_json::from_str(record.text("tags")).unwrap_or_default()
}

/// Returns the tags after `words`: `+vip` puts one on, `-cold` takes one off, a bare one is put on;
/// all of them small. Pure.
fn tagged(before: &BTreeSet<String>, words: &str) -> BTreeSet<String> {
    let mut after = before.clone();
    for word in words.split(|c: char| c.is_whitespace() || matches!(c, ',' | '，' | '、' | ';' | '；')) {
        let off = word.strip_prefix(['-', '－', '−']);
        let tag = off.unwrap_or(word).trim_matches(['+', '＋', '#', '"', '“', '”']).to_lowercase();
        if tag.is_empty() {
            continue;
        }
        match off {
            Some(_) => after.remove(&tag),
            None => after.insert(tag),
        };
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_go_on_and_off() {
        let set = |tags: &[&str]| tags.iter().map(|t| (*t).to_owned()).collect::<BTreeSet<String>>();
        for (before, words, after) in [
            (&[][..], "+VIP -cold", &["vip"][..]),
            (&["cold", "vip"], "-cold, press", &["press", "vip"]),
            (&["vip"], "-vip", &[]),
            (&[], "#大客户、批发", &["大客户", "批发"]),
            (&["a"], "+ - #", &["a"]),
        ] {
            assert_eq!(tagged(&set(before), words), set(after), "{words:?}");
        }
    }
}
