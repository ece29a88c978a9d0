//! What the tests are written with.

use std::path::Path;

mod app;
mod bot_api;
mod browser;
mod chromium;
mod discord_api;
mod http_peer;
mod mail;
mod mail_server;
mod multipart;
mod postgres;
mod program;
pub mod s3;

pub use app::{TestApp, rules_without_schedules};
pub use bot_api::{BotApi, Fault, PATIENCE, Shown};
pub use browser::{Browser, Reply, SERVED};
pub use chromium::{Chromium, Look};
pub use discord_api::{DiscordApi, Form, Where};
pub use http_peer::{Answer, HttpPeer};
pub use mail::{Mail, Random, correspondence};
pub use mail_server::MailServer;
pub use postgres::{Database, Server, run};
pub use program::{ENGINE, Program, Running, shared};

/// Copies a directory with all that is in it.
pub fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            copy_dir(&entry.path(), &to.join(entry.file_name()));
        } else {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}
