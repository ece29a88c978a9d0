//! Where mails belong by what they are called and what they answer: the store against a model of it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use rapport_model::message::{ChannelKind, Content, Direction, Incoming};
use rapport_model::{ManualClock, Timestamp};
use rapport_storage::ingest::{Arrival, Fate};
use rapport_storage::{Access, Store};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::mail::{content, value};

/// Mails of one input; more are passed over.
const MAILS_MAX: usize = 12;

/// A store is thrown away after so many inputs.
const INPUTS_A_STORE: u64 = 2_000;

/// Checks that mails come together as the rule says: by what they answer, else by their own id, never by
/// their subject; a mail whose own id leads elsewhere than what it answers shows two conversations to be one;
/// all at once as one after the other.
///
/// `input` holds mails separated by byte 0xFF, their fields Message-ID, In-Reply-To, References and Subject
/// by 0xFE.
pub fn check(input: &[u8]) {
    let mails: Vec<Content> = input.split(|b| *b == 0xFF).take(MAILS_MAX).map(mail).collect();
    let expected = Model::default().of(&mails);
    House::with(|house| {
        let at_once = house.take_in(&mails, MAILS_MAX);
        let one_by_one = house.take_in(&mails, 1);
        assert_eq!(at_once, expected, "all at once");
        assert_eq!(one_by_one, expected, "one after the other");
    });
}

fn mail(fields: &[u8]) -> Content {
    let mut raw = b"From: ann@shop.example\nTo: support@house.example\n".to_vec();
    for (name, bytes) in
        ["Message-ID", "In-Reply-To", "References", "Subject"].iter().zip(fields.split(|b| *b == 0xFE))
    {
        raw.extend_from_slice(name.as_bytes());
        raw.extend_from_slice(b": ");
        raw.extend(value(bytes));
        raw.push(b'\n');
    }
    raw.extend_from_slice(b"\nhello\n");
    content(&raw)
}

/// What became of a mail: the number of its conversation and whether it began it, or the mail that it is a copy of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Thread { number: usize, is_new: bool },
    CopyOf(usize),
}

/// The rule, written down once more and simply.
#[derive(Default)]
struct Model {
    threads: HashMap<String, usize>,
    n_threads: usize,
    /// Of each conversation that turned out to be a part the one that it is a part of.
    joined: HashMap<usize, usize>,
}

impl Model {
    fn whole(&self, of: usize) -> usize {
        self.joined.get(&of).map_or(of, |whole| self.whole(*whole))
    }

    fn of(mut self, mails: &[Content]) -> Vec<Place> {
        let mut places = Vec::new();
        for (n, mail) in mails.iter().enumerate() {
            if let Some(of) = mails[..n].iter().position(|m| m.digest == mail.digest) {
                places.push(Place::CopyOf(of));
                continue;
            }
            let answered = mail.answers.iter().find_map(|id| self.threads.get(id)).map(|of| self.whole(*of));
            let own = self.threads.get(&mail.message_id).map(|of| self.whole(*of));
            let known = answered.or(own);
            if let (Some(whole), Some(part)) = (answered, own.filter(|own| Some(*own) != answered)) {
                self.joined.insert(part, whole);
            }
            let number = known.unwrap_or(self.n_threads);
            places.push(Place::Thread { number, is_new: known.is_none() });
            self.n_threads += usize::from(known.is_none());
            for id in mail.answers.iter().chain([&mail.message_id]) {
                self.threads.entry(id.clone()).or_insert(number);
            }
        }
        places
    }
}

/// A store for many inputs; each has ids of its own in it.
struct House {
    runtime: Runtime,
    store: Store,
    n_inputs: u64,
    _dir: TempDir,
}

impl House {
    fn with(work: impl FnOnce(&mut Self)) {
        thread_local! { static HOUSE: RefCell<Option<House>> = const { RefCell::new(None) } }
        HOUSE.with_borrow_mut(|house| {
            if house.as_ref().is_none_or(|h| h.n_inputs >= INPUTS_A_STORE) {
                *house = Some(Self::new());
            }
            work(house.as_mut().expect("it was just built"));
        });
    }

    fn new() -> Self {
        // In memory where there is a place for that: the store waits for the disk.
        let dir = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).expect("a directory");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let clock = ManualClock::at(Timestamp::parse("2026-11-20T02:00:00Z").expect("a date"));
        let store =
            runtime.block_on(Store::open(dir.path(), Access::Write, Arc::new(clock))).expect("a store");
        Self { runtime, store, n_inputs: 0, _dir: dir }
    }

    /// Takes mails in, `n_at_once` at a time, under ids that no other input has.
    fn take_in(&mut self, mails: &[Content], n_at_once: usize) -> Vec<Place> {
        self.n_inputs += 1;
        let run = self.n_inputs;
        let mut fates = Vec::new();
        for batch in mails.chunks(n_at_once) {
            let arrivals = batch.iter().map(|mail| arrival(mail, run)).collect();
            fates.extend(
                self.runtime.block_on(self.store.ingest(arrivals)).expect("a store that can be written"),
            );
        }
        places(&fates)
    }
}

fn arrival(mail: &Content, run: u64) -> Arrival {
    let own = |id: &String| format!("{run}:{id}");
    let mut content = mail.clone();
    content.message_id = own(&mail.message_id);
    content.answers = mail.answers.iter().map(own).collect();
    content.digest.iter_mut().zip(run.to_le_bytes()).for_each(|(byte, of_run)| *byte ^= of_run);
    let received_at = Timestamp::parse("2026-11-20T02:00:00Z").expect("a date");
    let incoming = Incoming {
        channel: ChannelKind::Email,
        account: "file".to_owned(),
        place: "fuzz".to_owned(),
        keys: Vec::new(),
        raw: b"x".to_vec(),
        received_at,
        cursor: None,
        history: false,
        content: Ok(content),
    };
    Arrival { incoming, direction: Direction::In, author: None }
}

/// Numbers conversations in the order in which they began.
fn places(fates: &[Fate]) -> Vec<Place> {
    let mut threads = Vec::new();
    let mut messages = Vec::new();
    fates
        .iter()
        .map(|fate| match fate {
            Fate::Kept { message, thread, new_thread, .. } => {
                messages.push(Some(*message));
                let known = threads.iter().position(|t| t == thread);
                let number = known.unwrap_or(threads.len());
                if known.is_none() {
                    threads.push(*thread);
                }
                Place::Thread { number, is_new: *new_thread }
            }
            Fate::Duplicate { of } => {
                messages.push(None);
                Place::CopyOf(
                    messages.iter().position(|m| m.as_ref() == Some(of)).expect("a copy of one of these"),
                )
            }
            Fate::Quarantined { reason, .. } => panic!("a mail was refused: {reason}"),
        })
        .collect()
}
