//! Requests in English: a verb, and within a few words what is held of the writer.

use rapport_model::privacy::DataRight;

use super::super::clauses::words;

/// So many words may stand between a verb and what it is done to.
const APART_MAX: usize = 8;

/// What is held of a writer, whoever asks for whatever.
const HELD: &[&str] = &[
    "my personal data",
    "my personal information",
    "my personal details",
    "my private data",
    "my sensitive personal",
    "my data",
    "personal data about me",
    "personal data on me",
    "personal data concerning me",
    "personal data relating to me",
    "personal information about me",
    "all personal data",
    "any personal data",
    "all personal information",
    "any personal information",
    "the personal data",
    "the personal information",
    "you hold about me",
    "you hold on me",
    "you have about me",
    "you have on me",
    "you have stored about me",
    "you have collected about me",
    "you've collected about me",
    "you collected about me",
    "you collect about me",
    "you store about me",
    "you keep about me",
    "you keep on me",
    "you know about me",
    "you process about me",
    "data about me",
    "data on me",
    "information about me",
    "information on me",
    "records about me",
    "records of me",
    "held about me",
    "held on me",
    "stored about me",
    "collected about me",
    "everything about me",
];
/// What is of the writer, but is changed and sent every day: it counts where it is to go, or not to be used.
const OWN: &[&str] = &["my information", "my details", "my records", "my contact details", "my info"];
/// What goes as a whole.
const WHOLE: &[&str] = &[
    "my account",
    "my profile",
    "my user account",
    "my customer account",
    "me from your database",
    "me from your databases",
    "me from your system",
    "me from your systems",
    "me from your records",
    "me from your files",
    "me from your crm",
    "all traces of me",
];

const ERASE: &[&str] =
    &["delete", "erase", "remove", "wipe", "destroy", "purge", "deletion of", "erasure of"];
const ERASED: &[&str] = &["deleted", "erased", "removed", "wiped", "destroyed", "purged", "forgotten"];
const ACCESS: &[&str] = &[
    "access to",
    "access",
    "copy of",
    "copies of",
    "send me",
    "give me",
    "provide me",
    "provide",
    "see",
    "know",
    "disclose",
    "tell me",
    "show me",
    "overview of",
    "obtain",
    "receive",
    "confirm whether",
    "confirm if",
    "information on",
    "what",
    "which",
];
const CORRECT: &[&str] =
    &["correct", "rectify", "amend", "correction of", "rectification of", "put right", "update"];
const CORRECTED: &[&str] = &["corrected", "rectified", "amended", "updated"];
const OBJECT: &[&str] = &[
    "object to",
    "objection to",
    "stop processing",
    "stop using",
    "cease processing",
    "cease using",
    "stop profiling",
    "not process",
    "don't process",
    "no longer process",
    "not use",
    "don't use",
    "withdraw my consent",
    "withdraw consent",
    "revoke my consent",
];
const SELL: &[&str] = &[
    "not sell",
    "don't sell",
    "never sell",
    "stop selling",
    "cease selling",
    "not share",
    "don't share",
    "stop sharing",
    "the sale of",
    "sale or sharing of",
    "sale and sharing of",
    "the sharing of",
];
const RESTRICT: &[&str] = &[
    "restrict the processing of",
    "restrict processing of",
    "restrict",
    "restriction of processing of",
    "restricting the processing of",
    "limit the use of",
    "limit your use of",
    "limit the use and disclosure of",
    "limit the processing of",
];
const RESTRICTED: &[&str] = &["restricted", "limited"];
const PORTABLE: &[&str] =
    &["machine readable", "portable", "portability", "structured commonly used", "transfer", "transmit"];

/// Words that are a request by themselves.
const SAID: &[(&str, DataRight)] = &[
    ("subject access request", DataRight::Access),
    ("dsar", DataRight::Access),
    ("right of access", DataRight::Access),
    ("right to know", DataRight::Access),
    ("request to know", DataRight::Access),
    ("right to be forgotten", DataRight::Erase),
    ("right to erasure", DataRight::Erase),
    ("right to deletion", DataRight::Erase),
    ("right to delete", DataRight::Erase),
    ("request to delete under", DataRight::Erase),
    ("request for erasure", DataRight::Erase),
    ("erasure request", DataRight::Erase),
    ("data deletion request", DataRight::Erase),
    ("right to rectification", DataRight::Correct),
    ("right to object", DataRight::Object),
    ("object to direct marketing", DataRight::Object),
    ("object to profiling", DataRight::Object),
    ("object to being profiled", DataRight::Object),
    ("opt out of profiling", DataRight::Object),
    ("opt out of automated", DataRight::Object),
    ("withdraw my consent to", DataRight::Object),
    ("do not sell or share", DataRight::NoSale),
    ("right to opt out of the sale", DataRight::NoSale),
    ("restriction of processing", DataRight::Restrict),
    ("right to restriction", DataRight::Restrict),
    ("right to restrict", DataRight::Restrict),
    ("limit the use of my sensitive", DataRight::Restrict),
    ("data portability", DataRight::Portability),
    ("right to portability", DataRight::Portability),
];
/// Articles of the GDPR, where the text names a law.
const ARTICLES: &[(&str, DataRight)] = &[
    ("15", DataRight::Access),
    ("16", DataRight::Correct),
    ("17", DataRight::Erase),
    ("18", DataRight::Restrict),
    ("20", DataRight::Portability),
    ("21", DataRight::Object),
];
/// Who says so tells of a right, or asks for none.
const TOLD: &[&str] = &[
    "existence of the right",
    "of my right to lodge",
    "privacy policy",
    "privacy notice",
    "did you",
    "have you already",
    "a customer asks",
    "our customer",
    "their data",
    "if you delete",
    "if you erase",
    "if you remove",
    "how do you protect",
    "how you protect",
    "don't have to delete",
    "no need to delete",
    "not a subject access request",
];
const NOT: &[&str] = &["not", "don't", "never", "didn't", "won't"];

pub(super) fn rights(sentence: &str, names_law: bool) -> Vec<DataRight> {
    let words = words(sentence);
    let line = Line(&words);
    if line.has(TOLD) {
        return Vec::new();
    }
    let mut found: Vec<DataRight> =
        SAID.iter().filter(|(said, _)| line.at(said).next().is_some()).map(|(_, right)| *right).collect();
    if names_law {
        found.extend(ARTICLES.iter().filter(|(n, _)| line.names_article(n)).map(|(_, right)| *right));
    }
    let held: Vec<usize> = line.all(HELD).collect();
    let own: Vec<usize> = line.all(OWN).chain(held.iter().copied()).collect();
    let whole: Vec<usize> = line.all(WHOLE).chain(own.iter().copied()).collect();
    let mut ask = |right, is_asked: bool| found.extend(is_asked.then_some(right));
    let forget = line.has(&["forget me", "forget about me", "forget everything"]);
    ask(DataRight::Erase, forget || line.does(ERASE, &whole) || line.is_done(ERASED, &whole));
    ask(DataRight::Access, line.does(ACCESS, &held) && !line.is_other(&held));
    ask(
        DataRight::Correct,
        line.does(CORRECT, &held) || line.is_done(CORRECTED, &held) || line.is_wrong(&held),
    );
    ask(DataRight::Object, line.leads(OBJECT, &own));
    ask(DataRight::NoSale, line.leads(SELL, &own));
    ask(DataRight::Restrict, line.leads(RESTRICT, &own) || line.is_done(RESTRICTED, &own));
    let elsewhere =
        line.has(&["machine readable", "portable", "another provider", "another company", "structured"]);
    ask(DataRight::Portability, elsewhere && !held.is_empty() && line.has(PORTABLE));
    found
}

/// The words of a sentence.
struct Line<'a>(&'a [String]);

impl Line<'_> {
    /// Returns where a phrase begins, each time.
    fn at(&self, phrase: &str) -> impl Iterator<Item = usize> {
        let phrase: Vec<&str> = phrase.split(' ').collect();
        let fits = |at: &usize| self.0[*at..].iter().zip(&phrase).all(|(word, said)| word == said);
        (0..(self.0.len() + 1).saturating_sub(phrase.len())).filter(fits).collect::<Vec<_>>().into_iter()
    }

    fn all(&self, phrases: &[&str]) -> impl Iterator<Item = usize> {
        phrases.iter().flat_map(|phrase| self.at(phrase)).collect::<Vec<_>>().into_iter()
    }

    fn has(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| self.at(phrase).next().is_some())
    }

    /// Tells whether one of these verbs stands shortly before one of the places.
    fn leads(&self, verbs: &[&str], to: &[usize]) -> bool {
        self.all(verbs).any(|verb| to.iter().any(|at| (verb + 1..=verb + APART_MAX).contains(at)))
    }

    /// As [`Line::leads`], and nobody says that it should not be done.
    fn does(&self, verbs: &[&str], to: &[usize]) -> bool {
        let is_denied =
            |verb: usize| verb.checked_sub(1).is_some_and(|before| NOT.contains(&self.0[before].as_str()));
        let near = |verb: usize| to.iter().any(|at| (verb + 1..=verb + APART_MAX).contains(at));
        self.all(verbs).any(|verb| near(verb) && !is_denied(verb))
    }

    /// Tells whether something is wanted to be done: my data to be deleted, have my data erased.
    fn is_done(&self, done: &[&str], to: &[usize]) -> bool {
        self.all(done).any(|verb| {
            let before = &self.0[verb.saturating_sub(2)..verb];
            let is_wanted =
                before.last().is_some_and(|word| word == "be") && !before.iter().any(|word| word == "not");
            let had = self.all(&["have", "get", "want"]).any(|have| have < verb);
            to.iter().any(|at| *at < verb && verb - at <= APART_MAX && (is_wanted || had))
        })
    }

    /// Tells whether something that is held is said to be wrong.
    fn is_wrong(&self, held: &[usize]) -> bool {
        let wrong = ["wrong", "incorrect", "inaccurate", "outdated"];
        self.all(&wrong).any(|wrong| held.iter().any(|at| wrong.abs_diff(*at) <= APART_MAX))
    }

    /// Tells whether all that is held stands behind a word for something else to be done to it, so that
    /// nothing is left to know.
    fn is_other(&self, held: &[usize]) -> bool {
        let others: Vec<usize> = [ERASE, CORRECT, OBJECT, SELL, RESTRICT]
            .iter()
            .flat_map(|verbs| self.all(verbs))
            .chain(self.all(&["stored", "protected", "safe", "secure", "leaked", "breach"]))
            .collect();
        let near = |at: &usize| others.iter().any(|verb| verb.abs_diff(*at) <= APART_MAX);
        let asks = self.has(&["copy of", "access to", "copies of", "know what", "know which", "see what"]);
        held.iter().all(near) && !asks
    }

    fn names_article(&self, n: &str) -> bool {
        let is_article = |word: &String| matches!(word.as_str(), "article" | "art" | "articles" | "arts");
        self.0.windows(2).any(|pair| is_article(&pair[0]) && pair[1] == n)
    }
}
