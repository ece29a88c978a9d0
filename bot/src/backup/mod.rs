//! Backups: everything that the data directory and the database hold, apart from both.
//!
//! ```text
//! PLACE/                          a directory, or a prefix on S3
//!   rapport-backups.json          whose backups these are
//!   erasures.json                 who was erased: blind values only; every restore erases them again
//!   keys/2026-11-30T020000Z…      wrapped keys; the newest open every backup
//!   pieces/ab/abcd….zst[.….age]   rows and files, named by what they hold: unchanged ones are kept once
//!   blobs/ab/abcd…[.….age]        large mails, sealed as in the data directory
//!   2026-11-30T020000Z/
//!     parts.zst                   which pieces and blobs it is made of, with their digests
//!     manifest.json               written last: with it the backup is there
//! ```
//! What is encrypted is an `age` file of its own each, and zstd within: `age -d -i KEY FILE | zstd -d`.
//!
//! **Keys** are wrapped by the master key, as in the store. The master key itself goes along where it is
//! encrypted to recipients, and nowhere else: whoever finds an unencrypted backup reads nothing with it
//! alone, and whoever has the recipients' identity needs nothing else to restore. A restore takes the newest
//! keys, not those of the time: of somebody who was erased meanwhile there is none among them.

mod list;
mod manifest;
mod pack;
mod place;
mod restore;
mod retention;
mod s3;
mod serve;
mod state;
mod take;
mod verify;

pub(crate) use list::{list, select};
pub(crate) use manifest::Manifest;
pub(crate) use pack::{Opener, Packer};
pub(crate) use place::Place;
pub(crate) use restore::{Restore, Target};
pub(crate) use serve::{how, note};
pub(crate) use state::State;
pub(crate) use take::{config_file, take};
pub(crate) use verify::{Verified, verify};

/// How far something long is: what was done, and of how much.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Progress {
    pub done: u64,
    pub of: u64,
}
