//! Packing what goes into a backup, and opening it: zstd, then `age` where there are recipients.

use std::io::{Read as _, Write as _};
use std::path::Path;

use age::x25519::{Identity, Recipient};

/// A middling level: what is sealed does not get smaller by any.
const LEVEL: i32 = 3;
/// What one packed thing may hold: the keys of ten million people.
const BYTES_MAX: u64 = 2 << 30;

/// Packs for some recipients, or for nobody in particular.
pub(crate) struct Packer {
    recipients: Vec<Recipient>,
    /// Names end with it, so that what was encrypted for others is never taken for the same.
    end: String,
}

impl Packer {
    /// Takes public keys, `age1…`.
    ///
    /// # Errors
    /// One is none.
    pub(crate) fn new(recipients: &[String]) -> Result<Self, String> {
        let mut texts: Vec<&str> = recipients.iter().map(|text| text.trim()).collect();
        texts.sort_unstable();
        texts.dedup();
        let parse = |text: &&str| {
            let wrong = |why| format!("{text:?}: {why}; write a public key of age-keygen, such as age1ql3z…");
            text.parse::<Recipient>().map_err(wrong)
        };
        let recipients: Vec<Recipient> = texts.iter().map(parse).collect::<Result<_, _>>()?;
        let digest = blake3::hash(texts.join(" ").as_bytes()).to_hex();
        let end = if recipients.is_empty() { String::new() } else { format!(".{}.age", &digest[..8]) };
        Ok(Self { recipients, end })
    }

    /// Returns with what names of packed things end: nothing, or `.….age`.
    pub(crate) fn end(&self) -> &str {
        &self.end
    }

    /// Tells whether others cannot read what is packed.
    pub(crate) fn encrypts(&self) -> bool {
        !self.recipients.is_empty()
    }

    /// Compresses and encrypts.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub(crate) fn pack(&self, plain: &[u8]) -> std::io::Result<Vec<u8>> {
        self.encrypt(zstd::bulk::compress(plain, LEVEL)?)
    }

    /// Encrypts what is compressed already.
    ///
    /// # Errors
    /// As [`Packer::pack`].
    pub(crate) fn encrypt(&self, bytes: Vec<u8>) -> std::io::Result<Vec<u8>> {
        if self.recipients.is_empty() {
            return Ok(bytes);
        }
        let recipients = self.recipients.iter().map(|recipient| recipient as &dyn age::Recipient);
        let encryptor = age::Encryptor::with_recipients(recipients).map_err(std::io::Error::other)?;
        let mut out = Vec::with_capacity(bytes.len() + 1024);
        let mut writer = encryptor.wrap_output(&mut out)?;
        writer.write_all(&bytes)?;
        writer.finish()?;
        Ok(out)
    }
}

/// Opens what was packed.
#[derive(Default)]
pub(crate) struct Opener {
    identities: Vec<Identity>,
}

impl Opener {
    /// Reads a file of identities, as `age-keygen` writes it.
    ///
    /// # Errors
    /// It cannot be read, or holds none.
    pub(crate) fn of(file: &Path) -> Result<Self, String> {
        let text =
            std::fs::read_to_string(file).map_err(|e| format!("cannot read {}: {e}", file.display()))?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let wrong = |why: &str| {
            format!("{}: {why}; it must hold AGE-SECRET-KEY-1…, as age-keygen writes it", file.display())
        };
        let identities: Vec<Identity> =
            lines.map(|line| line.parse::<Identity>()).collect::<Result<_, _>>().map_err(wrong)?;
        if identities.is_empty() { Err(wrong("there is no identity in it")) } else { Ok(Self { identities }) }
    }

    /// Tells whether there is anything to open what is encrypted.
    pub(crate) fn has_identity(&self) -> bool {
        !self.identities.is_empty()
    }

    /// Decrypts, where the name says that it is encrypted.
    ///
    /// # Errors
    /// Why it does not open.
    pub(crate) fn decrypt(&self, name: &str, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        if !name.ends_with(".age") {
            return Ok(bytes);
        }
        if self.identities.is_empty() {
            return Err(format!("{name} is encrypted: name the file of the identity with --identity"));
        }
        let other = |e: age::DecryptError| match e {
            age::DecryptError::NoMatchingKeys => {
                format!("{name} is encrypted to somebody else: none of the identities opens it")
            }
            e => format!("{name} does not open ({e}): it is damaged"),
        };
        let decryptor = age::Decryptor::new_buffered(&bytes[..]).map_err(other)?;
        let identities = self.identities.iter().map(|identity| identity as &dyn age::Identity);
        let mut reader = decryptor.decrypt(identities).map_err(other)?;
        let mut out = Vec::with_capacity(bytes.len());
        reader.read_to_end(&mut out).map_err(|e| format!("{name} does not open ({e}): it is damaged"))?;
        Ok(out)
    }

    /// Decrypts and unpacks.
    ///
    /// # Errors
    /// Why it does not open.
    pub(crate) fn open(&self, name: &str, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        let packed = self.decrypt(name, bytes)?;
        let damaged = |e: std::io::Error| format!("{name} does not unpack ({e}): it is damaged");
        let mut out = Vec::with_capacity(packed.len() * 3);
        let reader = zstd::stream::read::Decoder::new(&packed[..]).map_err(damaged)?;
        reader.take(BYTES_MAX).read_to_end(&mut out).map_err(damaged)?;
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use age::secrecy::ExposeSecret as _;

    fn opener(text: &str) -> Result<Opener, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Opener::of(file.path())
    }

    #[test]
    fn what_is_packed_opens_for_whom_it_is_meant() {
        let (ann, bob) = (Identity::generate(), Identity::generate());
        let packer = Packer::new(&[ann.to_public().to_string()]).unwrap();
        let name = format!("x.zst{}", packer.end());
        let packed = packer.pack(b"words").unwrap();
        let text = format!("# created\n{}\n", ann.to_string().expose_secret());
        let anns = opener(&text).unwrap();
        assert_eq!(anns.open(&name, packed.clone()).unwrap(), b"words");
        let bobs = opener(bob.to_string().expose_secret()).unwrap();
        for (opener, says) in [(bobs, "somebody else"), (Opener::default(), "--identity")] {
            let said = opener.open(&name, packed.clone()).unwrap_err();
            assert!(said.contains(says), "{said}");
        }
        for end in [0, 10, packed.len() - 1] {
            assert!(anns.open(&name, packed[..end].to_vec()).unwrap_err().contains("damaged"));
        }
        assert!(!packer.end().is_empty() && Packer::new(&[]).unwrap().end().is_empty());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert!(Packer::new(&["ssh-ed25519 AAAA".into()]).err().unwrap().contains("age-keygen"));
        for text in ["", "# nothing", "AGE-SECRET-KEY-1X", "age1ql3z"] {
            assert!(opener(text).err().unwrap().contains("AGE-SECRET-KEY"), "{text:?}");
        }
    }
}
