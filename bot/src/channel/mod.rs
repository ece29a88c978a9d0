//! The ways in and out: e-mail, chat, the console.

pub mod email;
