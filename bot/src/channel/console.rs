//! The console as a channel: notices for colleagues who sit at it.

use std::sync::{Mutex, PoisonError};

use rapport_model::Id;
use rapport_model::job::{Outbound, Receipt};

use super::{Envelope, Sent};

/// Notices for the colleagues who are at the console. While nobody is, notices wait in the
/// outbox.
#[derive(Debug, Default)]
pub struct Console {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Who sits at it; empty while it is closed.
    present: Vec<Id>,
    shown: Vec<Sent>,
}

impl Console {
    /// Opens the console for colleagues.
    pub fn open(&self, users: impl IntoIterator<Item = Id>) {
        self.lock().present = users.into_iter().collect();
    }

    /// Tells whether anybody sits at it.
    pub fn is_open(&self) -> bool {
        !self.lock().present.is_empty()
    }

    /// Tells whether `user` sits at it.
    pub fn is_present(&self, user: Id) -> bool {
        self.lock().present.contains(&user)
    }

    /// Takes a notice.
    pub fn send(&self, message: &Outbound, envelope: &Envelope) -> Receipt {
        let receipt = Receipt { reference: format!("console-{}", message.id) };
        let sent = Sent { message: message.clone(), envelope: envelope.clone(), receipt: receipt.clone() };
        self.lock().shown.push(sent);
        receipt
    }

    /// Returns the notices that came since the last call, oldest first.
    pub fn take(&self) -> Vec<Sent> {
        std::mem::take(&mut self.lock().shown)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
