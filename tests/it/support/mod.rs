//! What the tests are written with.

mod app;
mod mail;
mod program;

pub use app::TestApp;
pub use mail::{Mail, Random, correspondence};
pub use program::{Program, Running, shared};
