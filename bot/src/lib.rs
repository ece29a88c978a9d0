//! The service: channels, commands, command line, and the wiring of them all.

pub mod api;
pub mod app;
pub mod channel;
pub mod cli;
pub mod commands;
pub mod config;
pub mod demo;
pub mod http;
pub mod llm;
pub mod metrics;
pub mod service;
pub mod understanding;
pub mod webhook;

mod backup;
mod deliver;
mod intake;
mod net;
mod outdated;
mod pull;
mod register;
mod report;
mod tell;
mod told;
mod watchful;

pub use app::App;
pub use config::Config;
pub use pull::{PullFailed, Pulled};
