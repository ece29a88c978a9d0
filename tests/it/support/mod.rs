//! What the tests are written with.

mod app;
mod mail;
mod postgres;
mod program;

pub use app::{TestApp, rules_without_schedules};
pub use mail::{Mail, Random, correspondence};
pub use postgres::{Database, Server, run};
pub use program::{Program, Running, shared};
