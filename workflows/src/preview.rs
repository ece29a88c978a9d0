//! A text as a customer or a colleague would get it, without sending anything.

use std::collections::HashSet;

use rapport_model::event::{Event, What};
use rapport_model::reading::Language;
use rapport_model::{Id, Kind, RecordRef};
use rapport_prompts::{NoticeContext, Text};

use crate::carry_out::Scene;
use crate::service::titled;
use crate::{Heard, WorkflowError, Workflows};

impl Workflows {
    /// Says the text that rules or campaigns name so about a customer and their last mail: a mail in the customer's
    /// language, a notice, or the title of a task or note in the house's; in `language`, where one is
    /// given. Nothing if there is no such customer.
    ///
    /// # Errors
    /// The store cannot be read, no text has that name, or the house's own text is wrong.
    pub async fn preview(
        &self,
        name: &str,
        customer: Id,
        language: Option<Language>,
    ) -> Result<Option<Text>, WorkflowError> {
        let about = RecordRef::new(Kind::Customer, customer);
        let Some(record) = self.store.record(about).await? else { return Ok(None) };
        let message = self.store.messages_of(customer, 1).await?.pop();
        let thread = message.as_ref().map(|message| message.thread);
        let known = self.store.known(&HashSet::from([customer]), &thread.into_iter().collect()).await?;
        let facts = self.facts(Some(customer), thread.unwrap_or_default(), &known);
        let now = self.store.clock().now();
        // Nothing happened: what a text says of an event stays empty.
        let what = What::Schedule { name: String::new(), planned: now };
        let event = Event { id: Id(0), at: now, about: None, cause: None, depth: 0, what };
        let (new_id, heard) = (|| self.store.new_id(), Heard::default());
        let scene = Scene {
            message: message.as_ref(),
            reading: message.as_ref().and_then(|message| message.reading.as_ref()),
            customer: Some(&record),
            ..self.scene(&event, &facts, &heard, now, &new_id)
        };
        let prompts = self.prompts();
        if prompts.is_news(name) {
            let language = language.unwrap_or_else(|| self.language_with(&record));
            return Ok(Some(self.news_text(
                name,
                &record,
                language,
                &self.shelf(&[record.record.id], now).await?,
            )?));
        }
        if prompts.is_mail(name) {
            return Ok(Some(scene.mail(language.unwrap_or_else(|| self.language_with(&record)), name)?));
        }
        let language = language.unwrap_or(self.settings.language);
        let titled = titled(&record);
        let said = scene.with_notice(None, |context| {
            let context = NoticeContext { record: &titled, ..*context };
            match prompts.is_notice(name) {
                true => prompts.notice(language, name, &context),
                false => prompts.phrase(language, name, &context).map(|subject| Text {
                    subject,
                    body: String::new(),
                    html: None,
                }),
            }
        });
        Ok(Some(said?))
    }
}
