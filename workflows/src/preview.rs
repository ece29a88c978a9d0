//! A text as a customer or a colleague would get it, without sending anything.

use rapport_model::reading::Language;
use rapport_model::time::DAY;
use rapport_model::{Id, Kind, RecordRef};
use rapport_prompts::{MailContext, NoticeContext, Text};

use crate::carry_out::{excerpt, words_for};
use crate::{WorkflowError, Workflows};

impl Workflows {
    /// Says the text that rules name so about a customer and their last mail: a mail in the customer's
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
        let messages = self.store.messages_of(customer, 1).await?;
        let (message, prompts) = (messages.last(), self.prompts());
        let subject = message.map_or("", |message| message.subject.as_str());
        if prompts.is_mail(name) {
            let owner = record.get("owner").id().and_then(|id| self.user(id));
            let since = record.get("last_out").time().or(record.get("last_in").time());
            let context = MailContext {
                customer_name: record.text("name"),
                owner_name: owner.map_or(&self.settings.house.name, |owner| owner.display_name()),
                house: &self.settings.house.name,
                subject,
                days: since.map_or(0, |since| self.store.clock().now().since(since) / DAY),
            };
            let language = language.unwrap_or_else(|| self.language_with(&record));
            return Ok(Some(prompts.mail(language, name, &context)?));
        }
        let language = language.unwrap_or(self.settings.language);
        let reading = message.and_then(|message| message.reading.as_ref());
        let (short, words) = (record.short().to_string(), message.map_or(String::new(), excerpt));
        let context = NoticeContext {
            customer: record.text("name"),
            number: &short,
            subject,
            excerpt: &words,
            intent: reading.map(|reading| reading.intent().name),
            mood: reading.map(|reading| reading.sentiment.label),
            why: reading.map_or(&[], |reading| words_for(reading, reading.intent().name)),
            record: &format!("{short} {}", record.text("name")),
            ..NoticeContext::default()
        };
        if prompts.is_notice(name) {
            return Ok(Some(prompts.notice(language, name, &context)?));
        }
        let subject = prompts.phrase(language, name, &context)?;
        Ok(Some(Text { subject, body: String::new(), html: None }))
    }
}
