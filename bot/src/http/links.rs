//! Links that customers follow from a mail: whom one belongs to, what it is for, and our signature.
//!
//! A link is the letter of its page and a token: ids, then 16 bytes of signature, in the URL-safe
//! alphabet of base64. It holds nothing personal, cannot be guessed, and opens no other page.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rapport_model::time::DAY;
use rapport_model::{Id, Kind, RecordRef, Timestamp};
use rapport_storage::Store;
use rapport_storage::links::SIGNATURE_BYTES;

/// How long somebody can rate us after they were asked.
pub const RATING_VALID: i64 = 60 * DAY;
/// How long somebody can say yes to news after they ticked the box.
pub const NEWS_VALID: i64 = 7 * DAY;
/// A longer token is none of ours.
const TOKEN_CHARS_MAX: usize = 64;

/// A link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Leads to the end of automatic mail; for ever.
    Unsubscribe(Id),
    /// Leads to the choice of mails; for ever.
    Preferences(Id),
    /// Leads to a rating, for [`RATING_VALID`].
    Rating(RatingLink),
    /// Leads to where somebody says that it is they who ask about what is held of them.
    Proof(ProofLink),
    /// Leads to a yes to news, for [`NEWS_VALID`].
    News(NewsLink),
}

/// What a link by which somebody proves a request says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProofLink {
    /// Who asks.
    pub customer: Id,
    /// What they ask.
    pub request: Id,
}

/// What a link to a rating says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RatingLink {
    /// Who rates.
    pub customer: Id,
    /// The rating that there will be; made when the customer was asked, so that it tells when.
    pub rating: Id,
    /// The ticket or conversation that is rated.
    pub about: Option<RecordRef>,
}

/// What a link by which somebody says yes to news says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewsLink {
    /// Who says it.
    pub customer: Id,
    /// When they ticked the box, in seconds.
    pub asked: i64,
    /// The number of the form ([`form_number`]).
    pub form: i64,
    /// Whether the words beside the box were Chinese; else they were English.
    pub chinese: bool,
}

/// Returns the number by which a link names a form.
pub fn form_number(name: &str) -> i64 {
    let hash = blake3::hash(name.as_bytes());
    i64::from_be_bytes(*hash.as_bytes().first_chunk().expect("a hash is longer"))
}

impl NewsLink {
    /// Tells whether it is too late to say yes.
    pub fn is_expired(self, now: Timestamp) -> bool {
        now.since(Timestamp::from_secs(self.asked)) > NEWS_VALID
    }
}

/// The page that a link opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// `/u/…`
    Unsubscribe,
    /// `/p/…`
    Preferences,
    /// `/r/…`
    Rating,
    /// `/v/…`
    Proof,
    /// `/n/…`
    News,
}

impl Page {
    /// Returns the letter in its path, which the signature covers.
    const fn letter(self) -> &'static str {
        match self {
            Self::Unsubscribe => "u",
            Self::Preferences => "p",
            Self::Rating => "r",
            Self::Proof => "v",
            Self::News => "n",
        }
    }
}

impl Link {
    const fn page(self) -> Page {
        match self {
            Self::Unsubscribe(_) => Page::Unsubscribe,
            Self::Preferences(_) => Page::Preferences,
            Self::Rating(_) => Page::Rating,
            Self::Proof(_) => Page::Proof,
            Self::News(_) => Page::News,
        }
    }

    /// Returns the link's path.
    pub fn path(self, store: &Store) -> String {
        let letter = self.page().letter();
        let mut bytes = self.bytes();
        bytes.extend(store.link_signature(letter, &bytes));
        format!("/{letter}/{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Reads the token of a link to `page`; nothing if it is none of ours, whatever is wrong with it.
    pub fn read(store: &Store, page: Page, token: &str) -> Option<Self> {
        if token.len() > TOKEN_CHARS_MAX {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (said, signature) = bytes.split_last_chunk::<SIGNATURE_BYTES>()?;
        if !store.is_link_signature(page.letter(), said, signature) {
            return None;
        }
        let id = |at: usize| Some(Id(i64::from_be_bytes(said.get(at..at + 8)?.try_into().ok()?)));
        let customer = id(0)?;
        Some(match page {
            Page::Unsubscribe => Self::Unsubscribe(customer),
            Page::Preferences => Self::Preferences(customer),
            Page::Proof => Self::Proof(ProofLink { customer, request: id(8)? }),
            Page::Rating => {
                let about = match said.get(16) {
                    Some(b'T') => Some(RecordRef::new(Kind::Ticket, id(17)?)),
                    Some(_) => Some(RecordRef::new(Kind::Thread, id(17)?)),
                    None => None,
                };
                Self::Rating(RatingLink { customer, rating: id(8)?, about })
            }
            Page::News => {
                let chinese = *said.get(24)? == 1;
                Self::News(NewsLink { customer, asked: id(8)?.0, form: id(16)?.0, chinese })
            }
        })
    }

    fn bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(25 + SIGNATURE_BYTES);
        match self {
            Self::Unsubscribe(customer) | Self::Preferences(customer) => {
                bytes.extend(customer.0.to_be_bytes());
            }
            Self::Proof(ProofLink { customer, request }) => {
                bytes.extend(customer.0.to_be_bytes());
                bytes.extend(request.0.to_be_bytes());
            }
            Self::Rating(RatingLink { customer, rating, about }) => {
                bytes.extend(customer.0.to_be_bytes());
                bytes.extend(rating.0.to_be_bytes());
                if let Some(about) = about {
                    bytes.push(if about.kind == Kind::Ticket { b'T' } else { b'C' });
                    bytes.extend(about.id.0.to_be_bytes());
                }
            }
            Self::News(NewsLink { customer, asked, form, chinese }) => {
                for number in [customer.0, asked, form] {
                    bytes.extend(number.to_be_bytes());
                }
                bytes.push(u8::from(chinese));
            }
        }
        bytes
    }
}

impl RatingLink {
    /// Tells whether it is too late to rate.
    pub fn is_expired(self, now: Timestamp) -> bool {
        now.since(self.rating.made_at()) > RATING_VALID
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rapport_model::ManualClock;
    use rapport_storage::Access;
    use tempfile::TempDir;

    use super::*;

    async fn store(dir: &TempDir) -> Store {
        let clock = Arc::new(ManualClock::at(Timestamp::from_secs(1_773_309_600)));
        Store::open(dir.path(), Access::Write, clock).await.unwrap()
    }

    #[tokio::test]
    async fn a_link_says_what_it_said_on_its_own_page_in_its_own_house_alone() {
        let (dir, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let (store, foreign) = (store(&dir).await, store(&elsewhere).await);
        let rating = |about| Link::Rating(RatingLink { customer: Id(7), rating: store.new_id(), about });
        for link in [
            Link::Unsubscribe(Id(7)),
            Link::Preferences(Id(i64::MAX)),
            Link::Proof(ProofLink { customer: Id(7), request: Id(i64::MAX) }),
            rating(None),
            rating(Some(RecordRef::new(Kind::Ticket, Id(9)))),
            rating(Some(RecordRef::new(Kind::Thread, Id(-9)))),
            Link::News(NewsLink { customer: Id(7), asked: 1, form: form_number("contact"), chinese: true }),
        ] {
            let path = link.path(&store);
            let (start, token) = path.split_at(3);
            assert_eq!(start, format!("/{}/", link.page().letter()));
            assert!(token.len() <= TOKEN_CHARS_MAX, "{path}");
            assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'), "{path}");
            for page in [Page::Unsubscribe, Page::Preferences, Page::Rating, Page::Proof, Page::News] {
                let read = Link::read(&store, page, token);
                assert_eq!(read, (page == link.page()).then_some(link), "{path} as {page:?}");
            }
            assert_eq!(Link::read(&foreign, link.page(), token), None, "another house's key");
            for at in 0..token.len() {
                let cut = &token[..at];
                assert_eq!(Link::read(&store, link.page(), cut), None, "cut after {at}");
                let other = if token.as_bytes()[at] == b'A' { "B" } else { "A" };
                let changed = format!("{cut}{other}{}", &token[at + 1..]);
                assert_eq!(Link::read(&store, link.page(), &changed), None, "changed at {at}");
            }
            for wrong in ["", "=", "/", "é", &"A".repeat(32), &"A".repeat(10_000), &format!("{token}A")] {
                assert_eq!(Link::read(&store, link.page(), wrong), None);
            }
        }
        store.close().await;
        foreign.close().await;
    }
}
