//! What must hold for whatever bytes come in: one module a target, each with a `check` that panics where
//! it does not.

pub mod classify;
pub mod parse;
pub mod thread;
pub mod trim;

pub mod mail;
