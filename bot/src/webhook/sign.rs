//! The signature of what leaves (Standard Webhooks 1.0, symmetric); pure.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

const PREFIX: &str = "whsec_";

/// Reads a secret: `whsec_` and 24 to 64 bytes in Base64.
///
/// # Errors
/// It is none; nothing of it is said.
pub(super) fn key(secret: &str) -> Result<Vec<u8>, String> {
    let bytes = secret.trim().strip_prefix(PREFIX).and_then(|text| STANDARD.decode(text).ok());
    let bytes = bytes.filter(|bytes| (24..=64).contains(&bytes.len()));
    bytes.ok_or_else(|| "the secret is none: write whsec_ and 24 to 64 random bytes in Base64".to_owned())
}

/// Signs a message: its id, its time in seconds, and its body.
pub(super) fn sign(key: &[u8], id: &str, timestamp: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_signs_as_the_standard_says() {
        // The example of the specification.
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = sign(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}");
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn what_is_no_secret_is_said_and_not_shown() {
        for secret in
            ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_short", "whsec_!!!!", "whsec_AAAAAAAA"]
        {
            let why = key(secret).unwrap_err();
            assert!(
                why.contains("whsec_ and 24") && !why.contains("AAAA") && !why.contains("short"),
                "{why}"
            );
        }
    }
}
