//! Tasks that fall due: whoever has them is told.

use rapport_model::people::User;
use rapport_model::{Id, Kind, Record, RecordRef, Timestamp};
use rapport_prompts::NoticeContext;
use rapport_storage::work::Work;

use crate::service::titled;
use crate::{WorkflowError, Workflows};

impl Workflows {
    /// The `text` of a notice that a task is due.
    pub const TASK_DUE: &str = "task_due";

    /// Tells whether a task is still to be done by that time.
    pub fn is_due(task: &Record, at: Timestamp) -> bool {
        !task.deleted && task.get("done_at").is_null() && task.get("due").time() == Some(at)
    }

    /// Tells whoever has a task that it is due, unless it was done, moved or taken away since that was
    /// planned. What nobody has is told to the managers who see it.
    ///
    /// # Errors
    /// The store cannot be read, or the house's own text is wrong.
    pub(crate) async fn remind(
        &self,
        task: Id,
        planned: Timestamp,
        work: &mut Work,
    ) -> Result<(), WorkflowError> {
        let about = RecordRef::new(Kind::Task, task);
        let Some(task) = self.store.record(about).await?.filter(|task| Self::is_due(task, planned)) else {
            return Ok(());
        };
        let customer = match task.get("customer").id() {
            Some(id) => self.store.record(RecordRef::new(Kind::Customer, id)).await?,
            None => None,
        };
        let owner = task.get("owner").id().and_then(|id| self.user(id));
        let readers: Vec<&User> = match owner {
            Some(owner) => vec![owner],
            None => self.unowned(""),
        };
        let context = NoticeContext {
            customer: customer.as_ref().map_or("", |customer| customer.text("name")),
            number: &customer.as_ref().map_or(String::new(), |customer| customer.short().to_string()),
            record: &titled(&task),
            ..NoticeContext::default()
        };
        let key = format!("notice/{}/{}/{}", Self::TASK_DUE, about.id, planned.micros());
        work.outbox.extend(self.notices(&readers, Self::TASK_DUE, &context, Some(about), &key)?);
        Ok(())
    }
}
