//! Our signature of links that customers follow.

use crate::keys::hex;
use crate::open::Store;

/// How long a signature is, in bytes.
pub const SIGNATURE_BYTES: usize = 16;

impl Store {
    /// Returns our signature of what a link says. A link of one sort is none of another.
    pub fn link_signature(&self, sort: &str, said: &[u8]) -> [u8; SIGNATURE_BYTES] {
        self.inner.keyring.secrets.blind(&format!("link/{sort}"), &hex(said))
    }

    /// Tells whether a signature is ours, in a time that tells nothing of how much of it is right.
    pub fn is_link_signature(&self, sort: &str, said: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> bool {
        let ours = self.link_signature(sort, said);
        std::hint::black_box(ours.iter().zip(signature).fold(0, |wrong, (a, b)| wrong | (a ^ b))) == 0
    }
}
