//! `help`.

use super::card::{Block, Card};
use super::desk::Desk;
use super::guess;
use super::table::{COMMANDS, Spec};

impl Desk<'_> {
    /// Lists the commands, or tells more about one.
    pub(super) fn help(&self, about: Option<&str>) -> Card {
        let (prompts, language) = (self.prompts(), self.language);
        let spec = about.and_then(|word| Spec::by_word(word).or_else(|| guess::surely(word, true)));
        let (Some(spec), Some(_)) = (spec, about) else {
            let mut card = self.overview();
            if let Some(word) = about {
                card.title = prompts.no_such_command(language, &super::safe::quoted(word));
            }
            return card;
        };
        let text = prompts.help_for(language, spec.word).unwrap_or_default();
        let (usage, rest) = text.split_once('\n').unwrap_or((&text, ""));
        let words: Vec<&str> = spec.words().filter(|w| *w != spec.word && !w.contains('?')).collect();
        let mut card = Card::new(usage).block(Block::Fixed(rest.to_owned()));
        card.footer = prompts.help_aliases(language, &words);
        card
    }

    fn overview(&self) -> Card {
        let (prompts, language) = (self.prompts(), self.language);
        let text = prompts.help(language);
        let (heading, footer) = (text.lines().next().unwrap_or(""), text.lines().last().unwrap_or(""));
        let mut card = Card::new(heading);
        for spec in COMMANDS {
            card = card.field(prompts.usage(language, spec.word), prompts.purpose(language, spec.word));
        }
        card.footer = footer.to_owned();
        card
    }
}
