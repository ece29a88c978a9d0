//! The signature of what leaves, and of what comes in (Standard Webhooks 1.0, symmetric); pure.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

const PREFIX: &str = "whsec_";

/// Reads a secret: `whsec_` and 24 to 64 bytes in Base64.
///
/// # Errors
/// It is none; nothing of it is said.
pub(crate) fn key(secret: &str) -> Result<Vec<u8>, String> {
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

/// Tells whether one of the signatures of a message is right, in a time that tells nothing of how much of it is.
/// `timestamp` is as it was sent.
pub(crate) fn verifies(key: &[u8], id: &str, timestamp: &str, body: &[u8], signatures: &str) -> bool {
    // While a secret is changed there are several.
    let mut all = signatures.split(' ').filter_map(|one| STANDARD.decode(one.strip_prefix("v1,")?).ok());
    all.any(|signature| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        mac.verify_slice(&signature).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_right_for_just_what_was_signed() {
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let good = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        let says =
            |id: &str, at: &str, body: &str, signed: &str| verifies(&key, id, at, body.as_bytes(), signed);
        let (id, at, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "{\"test\": 2432232314}");
        assert!(says(id, at, body, good));
        assert!(says(id, at, body, &format!("v1,AAAA v1a,xx {good}")), "while a secret is changed");
        for signed in ["", "v1,", "v1", &good[3..], &good.replace("g0", "G0"), &good[..good.len() - 4]] {
            assert!(!says(id, at, body, signed), "{signed}");
        }
        assert!(!says("msg_other", at, body, good) && !says(id, "1614265331", body, good));
        assert!(!says(id, at, "{}", good));
        assert!(!verifies(b"another key of ours", id, at, body.as_bytes(), good));
    }

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
