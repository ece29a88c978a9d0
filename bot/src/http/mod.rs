//! What the service serves over HTTP: the pages that customers reach from a mail, those that colleagues see,
//! the interface for other programs, and the figures for whoever runs it.
//!
//! It listens in plain, where the house's own proxy reaches it, which has the certificate. Everything
//! that comes is bounded: how much, for how long, how often, how many at once.

mod api;
mod board;
mod bucket;
mod figures;
mod guard;
mod inbound;
pub mod links;
mod pages;
mod server;

pub(crate) use bucket::{Buckets, of_one_customer};
pub use server::{Limits, Server};

/// Returns where a link to the pages for colleagues leads.
pub(crate) fn link_to_desk(base: &str, secret: &str) -> String {
    format!("{base}{}/in/{secret}", board::ROOT)
}

/// The parts of the service in which customers act themselves, as the journal names them.
pub const OF_CUSTOMERS: [&str; 5] = ["link", "news", "preferences", "proof", "rating"];
