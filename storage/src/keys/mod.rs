//! Keys: the master key that lies beside the store, and the keys that it wraps.
//!
//! Every person and company has a key of its own, so that destroying the key erases them, also
//! from backups. The keys lie wrapped in a database of their own, apart from what they seal, and
//! are committed there **before** the transaction that first uses them.

mod database;
mod file;
mod keyring;
mod master;
mod rotate;
mod seal;

pub(crate) use database::make_empty;
pub(crate) use file::{key_file, open_key_file};
pub(crate) use keyring::{Keyring, Keys};
pub use master::Master;
pub(crate) use rotate::open as open_keyring;
pub(crate) use seal::{Cell, HOUSE_KEY, KeyId, Secrets, hex};
