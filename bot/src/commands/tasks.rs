//! `task` and `tasks`.

use chrono::{Datelike, Days, NaiveTime};
use rapport_model::people::User;
use rapport_model::{Change, Kind, Record, RecordRef, Timestamp, Value};
use rapport_nlp::entities::{Context, impossible_day};
use rapport_prompts::{TaskCreated, TaskLine};
use rapport_storage::records::Filter;
use rapport_workflows::schedule::first_instant;

use super::card::Card;
use super::command::{Command, Of, TaskChange, Whose};
use super::desk::{Desk, Done};
use super::note::about_record;
use super::safe::quoted;
use super::session::Session;
use super::wish::{due_in, tomorrow, wish};

const PER_PAGE: usize = 10;
const TASKS_MAX: u32 = 2_000;
const BUTTONS_MAX: usize = 5;
const TITLE_CHARS_MAX: usize = 200;

/// What a task can be about.
const ABOUT: &[Kind] = &[Kind::Customer, Kind::Ticket, Kind::Deal];

impl Desk<'_> {
    pub(super) async fn task(&self, session: &mut Session, words: &str) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let wish = wish(words, &self.context());
        if wish.title.is_empty() {
            return Ok(vec![Card::new(prompts.missing_words(language, prompts.usage(language, "task")))]);
        }
        if wish.due.is_none() && impossible_day(words, &self.context()).is_some() {
            return Ok(vec![self.no_time(words)]);
        }
        let due = wish.due.unwrap_or_else(|| tomorrow(self.now, self.zone));
        self.to_come(due)?;
        let owner: &User = match &wish.who {
            Some(who) => self.colleague_called(who)?,
            None => self.user,
        };
        let command = Command::Task(words.to_owned());
        let about = match (&wish.about, session.context) {
            (Some(of), _) => Some(self.find_record(session, &command, of, ABOUT).await?),
            // What is in context but cannot have a task is left out.
            (None, Some(_)) => self.find_record(session, &command, &Of::It, ABOUT).await.ok(),
            (None, None) => None,
        };
        let title = rapport_prompts::format::clip(&wish.title, TITLE_CHARS_MAX);
        let task = RecordRef::new(Kind::Task, self.store().new_id());
        let change =
            Change::create(task).with("title", title.as_str()).with("due", due).with("owner", owner.id);
        let change = match &about {
            Some(about) => about_record(change, about).with("thread", about.get("thread").id()),
            None => change,
        };
        let written = self.write(vec![change]).await?;
        let name = match &about {
            Some(about) => self.titled(about).await?,
            None => String::new(),
        };
        let number = written.number(task);
        let created = TaskCreated {
            number,
            title: &title,
            due: self.echoed(due),
            owner: &quoted(owner.display_name()),
            customer: (!name.is_empty()).then_some(&name),
        };
        let done = Command::ChangeTask(Of::Number(number), TaskChange::Done);
        let mut card = self.written(prompts.task_created(language, &created), &written);
        if wish.due.is_none() {
            card.footer = prompts.task_no_time(language);
        }
        Ok(vec![card.button(prompts.button_done(language), done)])
    }

    pub(super) async fn change_task(
        &self,
        session: &mut Session,
        command: &Command,
        of: &Of,
        change: &TaskChange,
    ) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let task = self.find_present(session, command, of, &[Kind::Task]).await?;
        session.context = Some(task.record);
        let title = self.name(&task).await?;
        let before = |field: &str| task.get(field).clone();
        let (change, said) = match change {
            TaskChange::Done if !before("done_at").is_null() => return Ok(vec![self.unchanged(&task)]),
            TaskChange::Done => (
                Change::update(task.record).set("done_at", before("done_at"), self.now),
                prompts.task_done(language, task.short(), &title),
            ),
            TaskChange::Due(words) => {
                let Some((due, _)) = due_in(words, &self.context()) else {
                    return Ok(vec![self.no_time(words)]);
                };
                self.to_come(due)?;
                let change = Change::update(task.record).set("due", before("due"), due).set(
                    "done_at",
                    before("done_at"),
                    Value::Null,
                );
                (change, prompts.task_moved(language, task.short(), &title, self.echoed(due)))
            }
        };
        if change.is_empty() {
            return Ok(vec![self.unchanged(&task)]);
        }
        let written = self.write(vec![change]).await?;
        Ok(vec![self.written(said, &written)])
    }

    /// Says that no time can be read in words, or that there is no such day.
    pub(super) fn no_time(&self, words: &str) -> Card {
        let (prompts, language) = (self.prompts(), self.language);
        Card::new(match impossible_day(words, &self.context()) {
            Some(day) => prompts.no_such_day(language, &quoted(&day)),
            None => prompts.unknown_time(language, &quoted(words)),
        })
    }

    /// Refuses a time that is past.
    pub(super) fn to_come(&self, due: Timestamp) -> Done<()> {
        if due > self.now {
            return Ok(());
        }
        Err(Card::new(self.prompts().time_is_past(self.language, self.echoed(due))).into())
    }

    pub(super) async fn tasks(&self, session: &mut Session, whose: Whose, page: usize) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let mut filter = Filter {
            equal: vec![("done_at", Value::Null)],
            order: Some(("due", false)),
            limit: TASKS_MAX,
            ..Filter::default()
        };
        match whose {
            Whose::Mine => filter.equal.push(("owner", self.user.id.into())),
            Whose::Team => {}
            Whose::Overdue => filter.below = Some(("due", self.now.into())),
            Whose::Today | Whose::Tomorrow | Whose::Week => {
                filter.equal.push(("owner", self.user.id.into()));
                filter.below = self.end_of(whose).map(|end| ("due", end.into()));
            }
        }
        let mut tasks = self.store().list(Kind::Task, &filter).await?;
        if whose == Whose::Tomorrow {
            let begin = self.end_of(Whose::Today);
            tasks.retain(|task| task.get("due").time() >= begin);
        }
        if tasks.is_empty() {
            let card = Card::new(prompts.tasks_empty(language));
            return Ok(vec![match whose {
                Whose::Mine => card.button(prompts.tasks_of_team(language), Command::Tasks(Whose::Team, 1)),
                _ => card,
            }]);
        }
        let overdue = tasks.iter().filter(|t| self.is_late(t)).count();
        let shown: Vec<Record> = tasks.iter().skip((page - 1) * PER_PAGE).take(PER_PAGE).cloned().collect();
        let mut card = Card::new(prompts.tasks_heading(language, tasks.len(), overdue));
        for line in self.task_lines(&shown).await? {
            card = card.item(line);
        }
        for task in shown.iter().take(BUTTONS_MAX) {
            card = card.button(task.short().to_string(), Command::Show(Of::Number(task.short())));
        }
        let next = Command::Tasks(whose, page + 1);
        Ok(vec![self.with_more(session, card, tasks.len(), page, PER_PAGE, next)])
    }

    /// Returns when the span ends in which listed tasks are due, in the colleague's zone; nothing for a
    /// list without one.
    fn end_of(&self, whose: Whose) -> Option<Timestamp> {
        let today = self.now.local(self.zone).date_naive();
        let days = match whose {
            Whose::Today => 1,
            Whose::Tomorrow => 2,
            Whose::Week => 7 - u64::from(today.weekday().num_days_from_monday()),
            Whose::Mine | Whose::Team | Whose::Overdue => return None,
        };
        first_instant(self.zone, today.checked_add_days(Days::new(days))?.and_time(NaiveTime::MIN))
    }

    fn is_late(&self, task: &Record) -> bool {
        task.get("due").time().is_some_and(|due| due < self.now)
    }

    /// Writes tasks as lines of a list.
    pub(super) async fn task_lines(&self, tasks: &[Record]) -> Done<Vec<String>> {
        let mut lines = Vec::with_capacity(tasks.len());
        for task in tasks {
            let title = self.name(task).await?;
            let customer = self.linked_name(task, "customer", Kind::Customer).await?;
            // Titles that the rules made name the customer already.
            let aside = (!customer.is_empty() && !title.contains(&customer)).then_some(customer.as_str());
            let line = TaskLine {
                number: task.short(),
                title: &title,
                due: task.get("due").time().map(|due| self.at(due)),
                overdue: self.is_late(task),
                customer: aside,
            };
            lines.push(self.prompts().task_line(self.language, &line));
        }
        Ok(lines)
    }

    pub(crate) fn context(&self) -> Context<'_> {
        let settings = self.app.workflows.settings();
        Context {
            received_at: self.now,
            zone: self.zone,
            region: &settings.region,
            currency: &settings.currency,
            products: &[],
        }
    }
}
