//! Records: customers, companies, deals, tasks, tickets, notes.

use rapport_model::Kind;

use super::super::operation::{Group, Operation};
use super::super::schema::Shape;
use super::super::{audit, companies, customers, deals, notes, tasks, tickets, types};
use super::{
    COMPANY, CURSOR, CUSTOMER, LIFECYCLE, LIMIT, OWNER, PAGE, PRIORITY, STAGE, STATE, STATUS, TAG, UPDATED,
    list, one, patch, post,
};

pub(super) const RECORDS: &[Operation] = &[
    list(
        "list_customers",
        "/customers",
        "Lists customers, those made last first.",
        Group::Customers,
        (Shape::of::<types::Customers>(), &[OWNER, LIFECYCLE, COMPANY, TAG, UPDATED, LIMIT, CURSOR]),
        |call| Box::pin(customers::list(call)),
    ),
    one(
        "get_customer",
        "/customers/{id}",
        "Shows a customer.",
        Group::Customers,
        Shape::of::<types::Customer>(),
        |call| Box::pin(customers::show(call)),
    ),
    Operation {
        more: "Somebody who is much like others is refused (409) unless anyway is true.",
        ..post(
            "create_customer",
            "/customers",
            "Makes a customer.",
            Group::Customers,
            (Some(Shape::of::<types::NewCustomer>()), Shape::of::<types::CustomerWritten>()),
            |call| Box::pin(customers::make(call)),
            |call, made| Box::pin(customers::again(call, made)),
        )
    },
    patch(
        "change_customer",
        "/customers/{id}",
        "Changes a customer.",
        Group::Customers,
        (Shape::of::<types::ChangeCustomer>(), Shape::of::<types::CustomerWritten>()),
        |call| Box::pin(customers::change(call)),
        |call, made| Box::pin(customers::again(call, made)),
    ),
    list(
        "get_customer_history",
        "/customers/{id}/history",
        "Lists what was done to a customer, newest first.",
        Group::Customers,
        (Shape::of::<types::Acts>(), PAGE),
        |call| Box::pin(audit::of_record(call, Kind::Customer)),
    ),
    list(
        "list_companies",
        "/companies",
        "Lists companies, those made last first.",
        Group::Companies,
        (Shape::of::<types::Companies>(), &[OWNER, TAG, UPDATED, LIMIT, CURSOR]),
        |call| Box::pin(companies::list(call)),
    ),
    one(
        "get_company",
        "/companies/{id}",
        "Shows a company.",
        Group::Companies,
        Shape::of::<types::Company>(),
        |call| Box::pin(companies::show(call)),
    ),
    Operation {
        more: "One that is much like others is refused (409) unless anyway is true.",
        ..post(
            "create_company",
            "/companies",
            "Makes a company.",
            Group::Companies,
            (Some(Shape::of::<types::NewCompany>()), Shape::of::<types::CompanyWritten>()),
            |call| Box::pin(companies::make(call)),
            |call, made| Box::pin(companies::again(call, made)),
        )
    },
    patch(
        "change_company",
        "/companies/{id}",
        "Changes a company.",
        Group::Companies,
        (Shape::of::<types::ChangeCompany>(), Shape::of::<types::CompanyWritten>()),
        |call| Box::pin(companies::change(call)),
        |call, made| Box::pin(companies::again(call, made)),
    ),
    list(
        "get_company_history",
        "/companies/{id}/history",
        "Lists what was done to a company, newest first.",
        Group::Companies,
        (Shape::of::<types::Acts>(), PAGE),
        |call| Box::pin(audit::of_record(call, Kind::Company)),
    ),
    list(
        "list_deals",
        "/deals",
        "Lists deals, those made last first.",
        Group::Deals,
        (Shape::of::<types::Deals>(), &[OWNER, STAGE, CUSTOMER, COMPANY, UPDATED, LIMIT, CURSOR]),
        |call| Box::pin(deals::list(call)),
    ),
    one("get_deal", "/deals/{id}", "Shows a deal.", Group::Deals, Shape::of::<types::Deal>(), |call| {
        Box::pin(deals::show(call))
    }),
    post(
        "create_deal",
        "/deals",
        "Opens a deal.",
        Group::Deals,
        (Some(Shape::of::<types::NewDeal>()), Shape::of::<types::DealWritten>()),
        |call| Box::pin(deals::make(call)),
        |call, made| Box::pin(deals::again(call, made)),
    ),
    patch(
        "change_deal",
        "/deals/{id}",
        "Changes a deal.",
        Group::Deals,
        (Shape::of::<types::ChangeDeal>(), Shape::of::<types::DealWritten>()),
        |call| Box::pin(deals::change(call)),
        |call, made| Box::pin(deals::again(call, made)),
    ),
    list(
        "get_deal_history",
        "/deals/{id}/history",
        "Lists what was done to a deal, newest first.",
        Group::Deals,
        (Shape::of::<types::Acts>(), PAGE),
        |call| Box::pin(audit::of_record(call, Kind::Deal)),
    ),
    list(
        "list_tasks",
        "/tasks",
        "Lists tasks, those made last first.",
        Group::Tasks,
        (Shape::of::<types::Tasks>(), &[OWNER, STATE, CUSTOMER, UPDATED, LIMIT, CURSOR]),
        |call| Box::pin(tasks::list(call)),
    ),
    one("get_task", "/tasks/{id}", "Shows a task.", Group::Tasks, Shape::of::<types::Task>(), |call| {
        Box::pin(tasks::show(call))
    }),
    post(
        "create_task",
        "/tasks",
        "Makes a task.",
        Group::Tasks,
        (Some(Shape::of::<types::NewTask>()), Shape::of::<types::TaskWritten>()),
        |call| Box::pin(tasks::make(call)),
        |call, made| Box::pin(tasks::again(call, made)),
    ),
    patch(
        "change_task",
        "/tasks/{id}",
        "Changes a task.",
        Group::Tasks,
        (Shape::of::<types::ChangeTask>(), Shape::of::<types::TaskWritten>()),
        |call| Box::pin(tasks::change(call)),
        |call, made| Box::pin(tasks::again(call, made)),
    ),
    list(
        "get_task_history",
        "/tasks/{id}/history",
        "Lists what was done to a task, newest first.",
        Group::Tasks,
        (Shape::of::<types::Acts>(), PAGE),
        |call| Box::pin(audit::of_record(call, Kind::Task)),
    ),
    list(
        "list_tickets",
        "/tickets",
        "Lists tickets, those made last first.",
        Group::Tickets,
        (
            Shape::of::<types::Tickets>(),
            &[OWNER, STATUS, PRIORITY, CUSTOMER, COMPANY, UPDATED, LIMIT, CURSOR],
        ),
        |call| Box::pin(tickets::list(call)),
    ),
    one(
        "get_ticket",
        "/tickets/{id}",
        "Shows a ticket.",
        Group::Tickets,
        Shape::of::<types::Ticket>(),
        |call| Box::pin(tickets::show(call)),
    ),
    post(
        "create_ticket",
        "/tickets",
        "Opens a ticket.",
        Group::Tickets,
        (Some(Shape::of::<types::NewTicket>()), Shape::of::<types::TicketWritten>()),
        |call| Box::pin(tickets::make(call)),
        |call, made| Box::pin(tickets::again(call, made)),
    ),
    patch(
        "change_ticket",
        "/tickets/{id}",
        "Changes a ticket.",
        Group::Tickets,
        (Shape::of::<types::ChangeTicket>(), Shape::of::<types::TicketWritten>()),
        |call| Box::pin(tickets::change(call)),
        |call, made| Box::pin(tickets::again(call, made)),
    ),
    list(
        "get_ticket_history",
        "/tickets/{id}/history",
        "Lists what was done to a ticket, newest first.",
        Group::Tickets,
        (Shape::of::<types::Acts>(), PAGE),
        |call| Box::pin(audit::of_record(call, Kind::Ticket)),
    ),
    list(
        "list_notes",
        "/notes",
        "Lists notes, those made last first.",
        Group::Notes,
        (Shape::of::<types::Notes>(), &[CUSTOMER, COMPANY, UPDATED, LIMIT, CURSOR]),
        |call| Box::pin(notes::list(call)),
    ),
    one("get_note", "/notes/{id}", "Shows a note.", Group::Notes, Shape::of::<types::Note>(), |call| {
        Box::pin(notes::show(call))
    }),
    post(
        "create_note",
        "/notes",
        "Writes a note.",
        Group::Notes,
        (Some(Shape::of::<types::NewNote>()), Shape::of::<types::NoteWritten>()),
        |call| Box::pin(notes::make(call)),
        |call, made| Box::pin(notes::again(call, made)),
    ),
];
