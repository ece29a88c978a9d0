//! Reads messages: the engine's reading with the entities, promises and questions found
//! in the same text.

use chrono_tz::Tz;
use rapport_model::Timestamp;
use rapport_model::reading::Reading;
use rapport_nlp::acts::{fulfils, law, promises, questions, rights};
use rapport_nlp::entities::{Context, extract};
use rapport_nlp::{Engine, NlpError};
use rapport_storage::messages::Loaded;

use crate::Settings;

/// The engine, with what entities are read by.
pub struct Reader {
    engine: Box<dyn Engine>,
    zone: Tz,
    region: String,
    currency: String,
    products: Vec<String>,
}

impl Reader {
    /// Makes a reader of an engine.
    pub fn new(engine: Box<dyn Engine>, settings: &Settings) -> Self {
        Self {
            engine,
            zone: settings.zone,
            region: settings.region.clone(),
            currency: settings.currency.clone(),
            products: settings.products.clone(),
        }
    }

    /// Reads texts, each with the time it was received.
    ///
    /// # Errors
    /// The engine cannot work.
    pub fn read(&mut self, texts: &[(&str, Timestamp)]) -> Result<Vec<Reading>, NlpError> {
        let bare: Vec<&str> = texts.iter().map(|(text, _)| *text).collect();
        let mut readings = self.engine.understand(&bare)?;
        for (reading, (text, received_at)) in readings.iter_mut().zip(texts) {
            let context = Context {
                received_at: *received_at,
                zone: self.zone,
                region: &self.region,
                currency: &self.currency,
                products: &self.products,
            };
            reading.entities = extract(text, &context);
            let today = received_at.local(self.zone).date_naive();
            reading.promises = promises(text, &reading.entities, today);
            reading.fulfils = fulfils(text);
            reading.questions = questions(text);
            reading.rights = rights(text);
            reading.law = law(text).filter(|_| !reading.rights.is_empty());
        }
        Ok(readings)
    }
}

/// Returns the text of a message that is read: its subject and what is new in it.
pub fn text_of(message: &Loaded) -> String {
    let own = message.own_text();
    if message.subject.is_empty() { own.to_owned() } else { format!("{}\n{own}", message.subject) }
}
