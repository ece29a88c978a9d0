//! The service: channels, commands, command line, and the wiring of them all.

pub mod channel;
