//! What the contracts are written with.

mod engine;
mod mail;
mod server;
mod words;

pub use engine::{House, MIA, copy_key, hold};
pub use mail::{Mail, mail};
pub use server::{Server, connect, drop_database, new_database};
pub use words::{Kept, event, job, kept, letter, notice, reading, step};

/// Writes a contract down once; it becomes a test on each engine. `house` is a fresh store with
/// a clock that stands.
macro_rules! contract {
    ($(#[$doc:meta])* async fn $name:ident($house:ident: House) $body:block) => {
        $(#[$doc])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn contract($house: $crate::support::House) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                $crate::support::hold(rapport_storage::Engine::Sqlite, contract).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                $crate::support::hold(rapport_storage::Engine::Postgres, contract).await;
            }
        }
    };
}
pub(crate) use contract;
