//! Notices to colleagues about the service's own work: what did not arrive, what cannot be read.

use chrono::NaiveDate;
use rapport_model::job::{Outbound, Recipient};
use rapport_model::people::User;
use rapport_model::{Kind, Record, RecordRef};
use rapport_prompts::NoticeContext;
use rapport_storage::work::Work;
use rapport_workflows::WorkflowError;

use crate::app::App;

impl App {
    /// Tells whoever wrote a message, else the customer's owner, else the managers, that it did not
    /// arrive. An automatic mail's fate is in the outbox for whoever runs the service; only what a
    /// person wrote, or what bounced, is worth a notice.
    ///
    /// # Errors
    /// The store failed, or the house's own text is wrong.
    pub(crate) async fn tell_undelivered(&self, message: &Outbound, why: &str) -> Result<(), WorkflowError> {
        let Some(customer) = self.addressee(message).await? else { return Ok(()) };
        let reader = message.author.or(customer.get("owner").id()).and_then(|id| self.workflows.user(id));
        let readers: Vec<&User> = reader.map_or_else(|| self.workflows.managers().collect(), |one| vec![one]);
        let key = format!("notice/undelivered/{}", message.id);
        self.tell_of_mail(&readers, "alert_undelivered", (message, &customer), why, &key).await
    }

    /// Tells the managers that a mailbox cannot be read, once a day.
    ///
    /// # Errors
    /// As [`App::tell_undelivered`].
    pub(crate) async fn tell_unread(&self, mailbox: &str, why: &str) -> Result<(), WorkflowError> {
        let readers: Vec<&User> = self.workflows.managers().collect();
        let context = NoticeContext { subject: mailbox, excerpt: why, ..NoticeContext::default() };
        let key = format!("notice/mailbox/{mailbox}/{}", self.today());
        self.tell(&readers, "alert_mailbox", &context, None, &key).await
    }

    /// Tells the managers that another program wants to be told nothing any more, once a day.
    ///
    /// # Errors
    /// As [`App::tell_undelivered`].
    pub(crate) async fn tell_hook_gone(&self, hook: &str) -> Result<(), WorkflowError> {
        let readers: Vec<&User> = self.workflows.managers().collect();
        let context = NoticeContext { subject: hook, ..NoticeContext::default() };
        let key = format!("notice/webhook/{hook}/{}", self.today());
        self.tell(&readers, "alert_webhook", &context, None, &key).await
    }

    /// Tells the managers that a list of another program's cannot be fetched, once a day.
    ///
    /// # Errors
    /// As [`App::tell_undelivered`].
    pub(crate) async fn tell_not_pulled(&self, pull: &str, why: &str) -> Result<(), WorkflowError> {
        let readers: Vec<&User> = self.workflows.managers().collect();
        let context = NoticeContext { subject: pull, excerpt: why, ..NoticeContext::default() };
        let key = format!("notice/pull/{pull}/{}", self.today());
        self.tell(&readers, "alert_pull", &context, None, &key).await
    }

    /// Tells the managers that an automatic answer was held back which might have begun a loop, once a
    /// day for each customer.
    ///
    /// # Errors
    /// As [`App::tell_undelivered`].
    pub(crate) async fn tell_loop(&self, message: &Outbound, why: &str) -> Result<(), WorkflowError> {
        let Some(customer) = self.addressee(message).await? else { return Ok(()) };
        let readers: Vec<&User> = self.workflows.managers().collect();
        let key = format!("notice/loop/{}/{}", customer.record.id, self.today());
        self.tell_of_mail(&readers, "alert_loop", (message, &customer), why, &key).await
    }

    /// Tells the managers that it is proven who asks about what is held of them, so that they can go on.
    ///
    /// # Errors
    /// As [`App::tell_undelivered`].
    pub(crate) async fn tell_proven(&self, request: &Record) -> Result<(), WorkflowError> {
        let customer = match request.get("customer").id() {
            Some(id) => self.store().record(RecordRef::new(Kind::Customer, id)).await?,
            None => None,
        };
        let readers: Vec<&User> = self.workflows.managers().collect();
        let context = NoticeContext {
            customer: customer.as_ref().map_or("", |customer| customer.text("name")),
            number: &customer.as_ref().map_or(String::new(), |customer| customer.short().to_string()),
            record: &request.short().to_string(),
            ..NoticeContext::default()
        };
        let key = format!("notice/alert_request_proven/{}", request.record.id);
        self.tell(&readers, "alert_request_proven", &context, Some(request.record), &key).await
    }

    /// Returns the customer whom a message is for.
    async fn addressee(&self, message: &Outbound) -> Result<Option<Record>, WorkflowError> {
        let Recipient::Customer(customer) = message.to else { return Ok(None) };
        Ok(self.store().record(RecordRef::new(Kind::Customer, customer)).await?)
    }

    /// Returns the day by the clocks of the house.
    fn today(&self) -> NaiveDate {
        self.store().clock().now().local(self.workflows.settings().zone).date_naive()
    }

    async fn tell_of_mail(
        &self,
        readers: &[&User],
        text: &str,
        (message, customer): (&Outbound, &Record),
        why: &str,
        key: &str,
    ) -> Result<(), WorkflowError> {
        let number = customer.short().to_string();
        let context = NoticeContext {
            customer: customer.text("name"),
            number: &number,
            subject: &message.subject,
            excerpt: why,
            ..NoticeContext::default()
        };
        self.tell(readers, text, &context, Some(customer.record), key).await
    }

    async fn tell(
        &self,
        readers: &[&User],
        text: &str,
        context: &NoticeContext<'_>,
        about: Option<RecordRef>,
        key: &str,
    ) -> Result<(), WorkflowError> {
        self.workflows.refresh().await?;
        let outbox = self.workflows.notices(readers, text, context, about, key)?;
        self.store().commit(vec![Work { outbox, ..Work::default() }]).await?;
        Ok(())
    }
}
