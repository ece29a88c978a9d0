//! `correct`: says what a message should have been read as. It counts at once, and the engine learns
//! from it when it is next trained (`rapport nlp train --from-store`).

use rapport_model::message::Direction;
use rapport_model::reading::{Correction, Intent, Mood, Reading};
use rapport_model::{Change, Kind, RecordRef};
use rapport_storage::messages::Loaded;

use super::card::Card;
use super::command::{Command, Of};
use super::desk::{Desk, Done};
use super::message::message_meant;
use super::safe::quoted;
use super::session::Session;

/// Messages among which a customer's last one is looked for.
const MESSAGES_MAX: u32 = 20;
/// No intent, mood or urgency has more words.
const NAME_WORDS_MAX: usize = 3;

/// What a word of a correction says.
enum Said {
    Intent(Intent),
    Mood(Mood),
    Urgent(bool),
}

impl Desk<'_> {
    pub(super) async fn correct(
        &self,
        session: &mut Session,
        command: &Command,
        of: &Of,
        words: &str,
    ) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let found = self.message_to_correct(session, command, of).await?;
        let Some((message, before)) = found.and_then(|m| m.reading.clone().map(|reading| (m, reading)))
        else {
            return Ok(vec![Card::new(prompts.not_read_yet(language))]);
        };
        let record = RecordRef::new(Kind::Message, message.id);
        session.context = Some(record);
        let correction = match self.correction(words, &before) {
            Ok(correction) => correction,
            Err(unknown) => {
                let (intents, moods) = (self.all_of::<Intent>(), self.all_of::<Mood>());
                let known: Vec<&str> = intents.iter().chain(&moods).map(String::as_str).collect();
                return Ok(vec![Card::new(prompts.unknown_label(language, &quoted(&unknown), &known))]);
            }
        };
        let said = self.understood(&message);
        if message.corrected.as_ref() == Some(&correction) {
            return Ok(vec![Card::new(prompts.correction_same(language, &said))]);
        }
        let old = message.corrected.as_ref().map(ToString::to_string);
        let change = Change::update(record)
            .set("corrected", old.as_deref(), correction.to_string().as_str())
            .set("intent", before.intent().name.name(), correction.intents[0].name())
            .set("mood", before.sentiment.label.name(), correction.mood.name())
            .set("urgent", before.urgent, correction.urgent);
        let written = self.write(vec![change]).await?;
        let mut reading = before;
        reading.correct(&correction);
        let after = Loaded { reading: Some(reading), ..message };
        let mut card = self.written(prompts.corrected(language, &self.understood(&after), &said), &written);
        card.footer = prompts.correction_learned(language);
        Ok(vec![card])
    }

    /// Finds the message that is meant: the one in view, or the last of the customer in view.
    async fn message_to_correct(
        &self,
        session: &mut Session,
        command: &Command,
        of: &Of,
    ) -> Done<Option<Loaded>> {
        if let Some(id) = message_meant(session, of) {
            return Ok(self.store().message(id).await?);
        }
        let of = if *of == Of::LastMessage { &Of::It } else { of };
        let customer = self.find_record(session, command, of, &[Kind::Customer]).await?;
        let messages = self.store().messages_of(customer.record.id, MESSAGES_MAX).await?;
        Ok(messages.into_iter().find(|m| m.direction == Direction::In))
    }

    /// Reads `complaint, negative`; what is not said stays as it was read.
    ///
    /// # Errors
    /// The words that name nothing.
    fn correction(&self, words: &str, before: &Reading) -> Result<Correction, String> {
        let mut correction =
            Correction { intents: Vec::new(), mood: before.sentiment.label, urgent: before.urgent };
        for part in words.split([',', '，', '、', ';', '；']).map(str::trim).filter(|p| !p.is_empty()) {
            let part: Vec<&str> = part.split_whitespace().collect();
            let mut rest = part.as_slice();
            while !rest.is_empty() {
                let most = rest.len().min(NAME_WORDS_MAX);
                let found = (1..=most).rev().find_map(|n| Some((self.label_said(&rest[..n].join(" "))?, n)));
                let Some((said, n)) = found else { return Err(rest.join(" ")) };
                match said {
                    Said::Intent(intent) if correction.intents.contains(&intent) => {}
                    Said::Intent(intent) => correction.intents.push(intent),
                    Said::Mood(mood) => correction.mood = mood,
                    Said::Urgent(is) => correction.urgent = is,
                }
                rest = &rest[n..];
            }
        }
        if correction.intents.is_empty() {
            correction.intents = before.intents.iter().take(1).map(|intent| intent.name).collect();
        }
        Ok(correction)
    }

    fn label_said(&self, word: &str) -> Option<Said> {
        let word = word.to_lowercase();
        let urgent = match word.as_str() {
            "urgent" | "紧急" => Some(true),
            "not urgent" | "calm" | "不紧急" | "不急" => Some(false),
            _ => None,
        };
        let named = word.replace(' ', "_");
        urgent
            .map(Said::Urgent)
            .or_else(|| self.meant(&word).or_else(|| self.meant(&named)).map(Said::Intent))
            .or_else(|| self.meant(&word).map(Said::Mood))
    }
}
