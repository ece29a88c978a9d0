//! Whole-program tests: the real service with a temporary store and a clock that is moved by
//! hand, and the real program as a process.

// Here an unwrap is an assertion, and the names say what the docs would.
#![allow(clippy::unwrap_used, missing_docs)]

mod a_year;
mod api;
mod architecture;
mod backup;
mod bad_input;
mod bench;
mod bert;
mod campaigns;
mod cluster;
mod corpus;
mod crash;
mod desk;
mod dialogue;
mod digest;
mod discord;
mod drafting;
mod erase;
mod follow_up;
mod forms;
mod fuzz;
mod import;
mod inbound;
mod init;
mod insight;
mod learning;
mod mail;
mod mail_in_chats;
mod main_job;
mod merging;
mod operate;
mod pages;
mod portrait;
mod privacy;
mod promises;
mod pull;
mod rules;
mod schedules;
mod service;
mod service_levels;
mod support;
mod telegram;
mod webhooks;
