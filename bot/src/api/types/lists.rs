//! The closed lists of the trade, as schemas.

use rapport_model::event::Promiser;
use rapport_model::message::{Automation, Direction};
use rapport_model::people::{
    CustomerSegment, Interaction, Lifecycle, Outcome, Priority, Role, Scope, TicketStatus,
};
use rapport_model::reading::{Intent, Mood};
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};

macro_rules! lists {
    ($($function:ident $nullable:literal = $type:ident, $what:literal;)*) => {$(
        pub(super) fn $function() -> Object {
            list($what, $type::ALL.iter().map(|one| one.name()), $nullable)
        }
    )*};
}
lists! {
    role false = Role, "What somebody may do, at most.";
    scope false = Scope, "Whose customers are seen: everybody's, those of the team and of nobody, or one's own.";
    lifecycle false = Lifecycle, "Where a customer stands in their life with the house.";
    maybe_lifecycle true = Lifecycle, "Where a customer stands in their life with the house.";
    maybe_segment true = CustomerSegment, "What sort of customer somebody is.";
    priority false = Priority, "How soon it wants care.";
    maybe_priority true = Priority, "How soon it wants care.";
    status false = TicketStatus, "Whether it waits for the house, waits for the customer, or is settled.";
    maybe_interaction true = Interaction, "What was done with a customer beside writing.";
    maybe_outcome true = Outcome, "How a call ended.";
    direction false = Direction, "Which way it went.";
    automation false = Automation, "Whether a machine wrote it.";
    intent false = Intent, "What it wants.";
    mood false = Mood, "How it feels.";
    maybe_promiser true = Promiser, "Whose promise it is about.";
}

fn list(what: &str, names: impl Iterator<Item = &'static str>, nullable: bool) -> Object {
    let of = if nullable { SchemaType::from_iter([Type::String, Type::Null]) } else { Type::String.into() };
    let names = names.map(serde_json::Value::from).chain(nullable.then_some(serde_json::Value::Null));
    ObjectBuilder::new().schema_type(of).enum_values(Some(names)).description(Some(what)).build()
}
