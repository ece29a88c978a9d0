//! What is said of the service and the law: what runs by itself, what leaves as a file, what people may ask for.

use rapport_model::people::{Lifecycle, Priority};

use crate::declare::texts;
use crate::slot::{Day, When};

texts! {
    TEXTS:

    /// Heads what runs by itself: the file that says so.
    fn workflows_heading(file: &str);
    /// Heads the rules.
    fn workflows_rules();
    /// Heads the sequences.
    fn workflows_sequences();
    /// Heads the schedules.
    fn workflows_schedules();
    /// How many steps a sequence has.
    fn workflow_steps(n: usize);
    /// When a schedule next runs.
    fn workflow_next(at: When);
    /// Who paused something, and when.
    fn workflow_paused_by(who: &str, at: When);
    /// Tells how that is steered.
    fn workflows_hint();
    /// Button: let something go on.
    fn button_resume(name: &str);
    /// Button: pause what runs by itself.
    fn button_pause(name: &str);
    /// Says that nothing of that name runs by itself, and what does.
    fn workflow_unknown(name: &str, known: &[&str]);
    /// Says that something is paused already.
    fn workflow_is_paused(name: &str);
    /// Says that something runs already.
    fn workflow_runs(name: &str);
    /// Says that something was paused, and what that means.
    fn workflow_paused(name: &str);
    /// Says that something goes on.
    fn workflow_resumed(name: &str);
    /// Says that a message was not read yet, so that no rule can be tried on it.
    fn test_unread();
    /// Heads what would act on a message.
    fn test_heading(subject: &str);
    /// What a rule would do, and why.
    fn test_line(rule: &str, deeds: &str, why: &str, paused: bool);
    /// Why a rule would act that asks for nothing of the message.
    fn test_any(day: Day);
    /// Says that no rule would act.
    fn test_none();
    /// Says that it was only tried.
    fn test_hint();
    /// Would: open a ticket.
    fn would_ticket(priority: Priority);
    /// Would: note that a ticket was answered.
    fn would_answered();
    /// Would: open a ticket again.
    fn would_reopen();
    /// Would: make a task.
    fn would_task(due: When);
    /// Would: open a deal.
    fn would_deal();
    /// Says that a rule would make tasks of promises.
    fn would_follow_promises();
    /// Says that a rule would close the tasks of promises.
    fn would_close_promises();
    /// Would: set where a customer stands.
    fn would_lifecycle(to: Lifecycle);
    /// Would: give the customer to who wrote.
    fn would_own();
    /// What a rule would do: tell another program.
    fn would_tell_hook(name: &str);
    /// Would: give the customer to a colleague.
    fn would_assign(who: &str);
    /// Would: write a note.
    fn would_note();
    /// Would: send no more automatic mail.
    fn would_opt_out();
    /// Would: note what somebody asks about what is held of them, and tell the managers.
    fn would_open_request();
    /// Would: tell who looks after the customer.
    fn would_tell_owner();
    /// Would: tell the managers.
    fn would_tell_managers();
    /// Would: plan a follow-up.
    fn would_follow_up(sequence: &str, at: When);
    /// Would: write to the customer.
    fn would_write();
    /// Says that no customers are meant.
    fn export_none(filter: &str);
    /// Says how many customers there are, and that files come at the machine.
    fn export_elsewhere(n: usize);
    /// Asks whether customers should be written into a file.
    fn export_sure(n: usize);
    /// Button: write the file.
    fn button_export();
    /// Says which file was written.
    fn exported(n: usize, path: &str);
    /// Says that a file could not be written, and why.
    fn export_failed(path: &str, why: &str);
    /// Heads what a customer allows.
    fn consent_heading(customer: &str);
    /// Says that something is allowed.
    fn consent_allows();
    /// Says that something is refused.
    fn consent_refuses();
    /// Heads what a customer said about it.
    fn consent_said();
    /// What a customer said about a purpose, when and by what.
    fn consent_line(at: When, purpose: &str, denied: bool, via: &str);
    /// Stands for mail of every purpose.
    fn consent_all();
    /// Says how much is known of a customer, and that files come at the machine.
    fn privacy_elsewhere(customer: &str, messages: usize, records: usize);
    /// Asks whether all that is known of a customer should be written into a file.
    fn privacy_export_sure(customer: &str, messages: usize, records: usize);
    /// Asks whether a customer should be erased.
    fn erase_sure(customer: &str, messages: usize);
    /// Says what an erasure cannot take back.
    fn erase_cannot();
    /// Button: erase a customer, who is named.
    fn button_erase(customer: &str);
    /// Says that a customer was erased before.
    fn erase_gone(number: &str);
    /// Says that a customer was erased: keys destroyed, messages unreadable, addresses removed.
    fn erased(number: &str, keys: usize, messages: i64, addresses: i64);
    /// Says what could not be reached.
    fn erase_left(what: &str);
    /// Says that what is held of a customer is only kept from now on.
    fn restriction_set(customer: &str);
    /// Says that this is so already, and since when.
    fn restriction_is(customer: &str, at: When);
    /// Says that this has ended.
    fn restriction_lifted(customer: &str);
    /// Says that it was not so.
    fn restriction_none(customer: &str);
    /// Notice on what is shown of a customer: it is only kept, and since when.
    fn restricted_since(at: When);
    /// Says that retention takes nothing of a customer from now on.
    fn hold_set(customer: &str);
    /// Says that this is so already, and since when.
    fn hold_is(customer: &str, at: When);
    /// Says that this has ended.
    fn hold_lifted(customer: &str);
    /// Says that it was not so.
    fn hold_none(customer: &str);
    /// Notice on what is shown of a customer: retention takes nothing, and since when.
    fn held_since(at: When);
    /// Heads the register of processing.
    fn register_title();
    /// Says whose register it is and when it was made.
    fn register_lead(house: &str, at: When);
    /// Who is responsible and who is asked, where the configuration says so.
    fn register_contact(controller: &str, contact: &str);
    /// Label: whose data.
    fn register_whose();
    /// Customers and who writes for them.
    fn register_customers();
    /// Colleagues.
    fn register_colleagues();
    /// Label: why.
    fn register_why();
    /// Label: by which right.
    fn register_basis();
    /// Label: encrypted data.
    fn register_sealed();
    /// Label: data that is not encrypted one by one.
    fn register_plain();
    /// What is learnt, where that is no record of its own.
    fn register_learnt();
    /// What the journal has.
    fn register_journal();
    /// Label: who sees it.
    fn register_seen_by();
    /// How many colleagues see everybody's, and how many only a part.
    fn register_colleagues_see(all: usize, part: usize);
    /// Everybody in the house.
    fn register_everybody();
    /// Label: how long.
    fn register_how_long();
    /// Until the person is erased.
    fn register_until_erased();
    /// Of what the law wants kept.
    fn register_books(fields: &[&str]);
    /// A time in days.
    fn register_days(what: &str, n: i64);
    /// A time in months.
    fn register_months(what: &str, n: i64);
    /// Heads where data goes.
    fn register_places();
    /// A mailbox's servers.
    fn register_mail(name: &str, hosts: &[&str]);
    /// A chat service.
    fn register_chat(service: &str, host: &str);
    /// A program that is told of what happens.
    fn register_hook(name: &str, host: &str);
    /// A language model's endpoint.
    fn register_llm(host: &str, model: &str);
    /// Where backups go.
    fn register_backup(to: &str, encrypted: bool);
    /// The database: a server, or a file.
    fn register_database(server: bool);
}
