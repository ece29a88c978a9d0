//! Whom a campaign writes to, and what came of it.
//!
//! Recipients are rows of ids and times, not records: a campaign may have a hundred thousand. Whether a
//! campaign goes on is in its record alone. Work for one that does not is dropped when it is committed,
//! and what waits to leave is cancelled in the transaction that stops it.

pub mod results;
mod standing;

pub(crate) use standing::{follow, idle, write};

use rapport_model::campaign::{Candidate, LeftOut, Segment, Variant};
use rapport_model::consent::Purpose;
use rapport_model::people::Lifecycle;
use rapport_model::{Id, Kind, RecordRef, Timestamp};

use crate::db::{Column, Query, Row, query};
use crate::error::StorageError;
use crate::facts::load_consents;
use crate::open::Store;

/// Why what waited to leave for a campaign does not.
pub const STOPPED: &str = "the campaign was stopped";

/// What a step of a campaign does to its recipients.
#[derive(Clone, Debug, PartialEq)]
pub struct Mailing {
    /// The campaign. Where it is not running any more, nothing of the work is written.
    pub campaign: Id,
    /// Who is found, with the text they get. Who was found before stays as they are.
    pub enlisted: Vec<(Id, Variant)>,
    /// Who is written to, with the mail.
    pub mailed: Vec<(Id, Id)>,
    /// Who is not written to before a later time.
    pub later: Vec<(Id, Timestamp)>,
    /// The same for all who are due and live by the clocks of the house.
    pub all_later: Option<Timestamp>,
    /// Who is not written to after all.
    pub left_out: Vec<(Id, LeftOut)>,
}

impl Mailing {
    /// Starts a step that does nothing yet.
    pub fn of(campaign: Id) -> Self {
        Self {
            campaign,
            enlisted: Vec::new(),
            mailed: Vec::new(),
            later: Vec::new(),
            all_later: None,
            left_out: Vec::new(),
        }
    }
}

/// How far a campaign is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Who is to be written to.
    pub recipients: i64,
    /// Who waits still.
    pub waiting: i64,
    /// When the next of them is due.
    pub next_due: Option<Timestamp>,
    /// Mails that are written and have not left.
    pub leaving: i64,
}

impl Store {
    /// Returns the customers of a segment that are seen, of whom `after` is not yet one and who were there
    /// before `before`, at most `limit`, in the order of their ids.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn candidates(
        &self,
        segment: &Segment,
        after: Id,
        before: Id,
        limit: u32,
    ) -> Result<Vec<Candidate>, StorageError> {
        let seen = self.and_seen(Kind::Customer, "c");
        // Who was merged, erased or taken away is of no segment.
        let (condition, texts) = fitting(segment, 4);
        let sql = format!(
            "{} FROM customers c WHERE c.id > $1 AND c.id < $2 AND NOT {GONE}{condition}{seen}
             ORDER BY c.id LIMIT $3",
            select()
        );
        let mut find = query("find the customers of a segment", sql).bind(after).bind(before).bind(limit);
        for text in &texts {
            find = find.bind(text);
        }
        self.open_candidates(find).await
    }

    /// Returns the same of these customers, whether or not they are of a segment.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn candidates_of(&self, customers: &[Id]) -> Result<Vec<Candidate>, StorageError> {
        let sql = format!("{} FROM {{rows}} JOIN customers c ON c.id = {{0}}", select());
        let rows = self.inner.read.ids(customers.iter().copied());
        self.open_candidates(query("look at recipients", sql).rows(rows)).await
    }

    async fn open_candidates(&self, find: Query) -> Result<Vec<Candidate>, StorageError> {
        let read = &self.inner.read;
        let mut found: Vec<Candidate> = find.all(read).await?.iter().map(candidate).collect();
        let consents = load_consents(read.ids(found.iter().map(|one| one.id))).all(read).await?;
        let place: std::collections::HashMap<Id, usize> =
            found.iter().enumerate().map(|(at, one)| (one.id, at)).collect();
        for row in &consents {
            if let Some(at) = place.get(&row.id(0)) {
                found[*at].refusals.note(row.get(1), row.get(2));
            }
        }
        Ok(found)
    }

    /// Returns who is due to be written to for a campaign, at most `limit`, with the text they get.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn due_recipients(&self, campaign: Id, limit: u32) -> Result<Vec<(Id, Variant)>, StorageError> {
        let sql = "SELECT customer, variant FROM campaign_recipients
                   WHERE campaign = $1 AND due_us <= $2 AND mailed_us IS NULL AND left_out IS NULL
                   ORDER BY due_us, customer LIMIT $3";
        let due = query("find who is due", sql).bind(campaign).bind(self.inner.clock.now()).bind(limit);
        let rows = due.all(&self.inner.read).await?;
        Ok(rows.iter().map(|row| (row.id(0), Variant::by_name(row.get(1)).unwrap_or(Variant::A))).collect())
    }

    /// Counts how many were written to for a campaign since then.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn mailed_since(&self, campaign: Id, since: Timestamp) -> Result<i64, StorageError> {
        let sql = "SELECT count(*) FROM campaign_recipients WHERE campaign = $1 AND mailed_us >= $2";
        query("count what was mailed", sql).bind(campaign).bind(since).value(&self.inner.read).await
    }

    /// Returns how far a campaign is, as far as its recipients are seen.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn progress_of(&self, campaign: Id) -> Result<Progress, StorageError> {
        let seen = self.and_sees(Kind::Customer, "r.customer");
        let sql = format!(
            "SELECT count(*), count(*) FILTER (WHERE {WAITING}), min(CASE WHEN {WAITING} THEN r.due_us END),
                    count(*) FILTER (WHERE o.state IN ('pending', 'sending'))
             FROM campaign_recipients r LEFT JOIN outbox o ON o.id = r.outbound WHERE r.campaign = $1{seen}"
        );
        let row = query("look how far a campaign is", sql).bind(campaign).one(&self.inner.read).await?;
        Ok(Progress {
            recipients: row.get(0),
            waiting: row.get(1),
            next_due: row.maybe_time(2),
            leaving: row.get(3),
        })
    }

    /// Notes which conversation a mail that left began: what comes there answers it.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn began(&self, outbound: Id, thread: Id) -> Result<(), StorageError> {
        self.write_quietly(move |db| {
            let sql = "UPDATE outbox SET thread = $2 WHERE id = $1 AND thread IS NULL";
            Box::pin(query("note a mail's conversation", sql).bind(outbound).bind(thread).run(db))
        })
        .await
    }

    /// Sets the lines of an order or a deal: products and how many of each, in place of those it had.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn set_lines(&self, record: RecordRef, lines: &[(Id, f64)]) -> Result<(), StorageError> {
        let (record, lines) = (record.id, lines.to_vec());
        self.write(move |db| {
            let lines = lines.clone();
            Box::pin(async move {
                query("take lines away", "DELETE FROM lines WHERE record = $1")
                    .bind(record)
                    .run(&mut *db)
                    .await?;
                let mut rows = db.rows(&[Column::Int, Column::Int, Column::Real]);
                for ((product, quantity), at) in lines.iter().zip(1_i64..) {
                    rows.row().int(at).int(product.0).real(*quantity);
                }
                // What each cost stands with the order as a whole.
                let sql = "INSERT INTO lines (record, position, product, quantity, price, currency)
                           SELECT $1, {0}, {1}, {2}, 0, '' FROM {rows}";
                query("write lines", sql).rows(rows).bind(record).run(db).await
            })
        })
        .await
    }
}

/// Somebody waits to be written to.
const WAITING: &str = "(r.mailed_us IS NULL AND r.left_out IS NULL)";
/// Nobody is there any more.
const GONE: &str = "(c.merged_into IS NOT NULL OR c.erased_us IS NOT NULL OR c.deleted_us IS NOT NULL)";

/// Selects what tells whether a customer `c` may be written to.
fn select() -> String {
    let mailings: Vec<String> =
        Purpose::ALL.iter().filter(|p| p.is_mailing()).map(|p| format!("'{p}'")).collect();
    format!(
        "SELECT c.id, {GONE}, c.lifecycle,
            EXISTS (SELECT 1 FROM identities i
                    WHERE i.customer = c.id AND i.channel = 'email' AND i.deleted_us IS NULL),
            (SELECT max(coalesce(o.sent_us, o.at_us)) FROM outbox o WHERE o.to_customer = c.id AND o.automatic = 1
                AND o.purpose IN ({}) AND o.state NOT IN ('cancelled', 'failed')),
            EXISTS (SELECT 1 FROM outbox o WHERE o.to_customer = c.id AND o.state = 'failed' AND o.bounce = 'hard'
                    AND coalesce(o.sent_us, o.at_us) >= coalesce(c.last_in, 0)),
            c.restricted_at IS NOT NULL",
        mailings.join(", ")
    )
}

fn candidate(row: &Row) -> Candidate {
    Candidate {
        id: row.id(0),
        gone: row.flag(1),
        restricted: row.flag(6),
        lifecycle: row.get::<Option<&str>>(2).and_then(Lifecycle::by_name),
        refusals: rapport_model::consent::Refusals::default(),
        has_address: row.flag(3),
        last_mailing: row.maybe_time(4),
        bounced: row.flag(5),
    }
}

/// Returns the condition on a customer `c` of a segment, and its words, which are bound from place `first` on.
fn fitting(segment: &Segment, first: usize) -> (String, Vec<String>) {
    let (mut sql, mut texts) = (String::new(), Vec::new());
    let mut place = |text: String| {
        texts.push(text);
        format!("${}", first + texts.len() - 1)
    };
    for (tags, not) in [(&segment.tags, ""), (&segment.without_tags, "NOT ")] {
        for tag in tags {
            // Tags are a list as JSON, in small letters.
            let json = serde_json::to_string(&tag.to_lowercase()).expect("a text is JSON");
            let at = place(format!("%{}%", json.replace('!', "!!").replace('%', "!%").replace('_', "!_")));
            sql.push_str(&format!(" AND {not}coalesce(c.tags, '') LIKE {at} ESCAPE '!'"));
        }
    }
    let names: Vec<String> = segment.lifecycles.iter().map(|l| format!("'{l}'")).collect();
    if !names.is_empty() {
        sql.push_str(&format!(" AND c.lifecycle IN ({})", names.join(", ")));
    }
    let names: Vec<String> = segment.segments.iter().map(|s| format!("'{s}'")).collect();
    if !names.is_empty() {
        sql.push_str(&format!(" AND c.segment IN ({})", names.join(", ")));
    }
    let owners: Vec<String> = segment.owners.iter().map(Id::to_string).collect();
    if !owners.is_empty() {
        sql.push_str(&format!(" AND c.owner IN ({})", owners.join(", ")));
    }
    if !segment.languages.is_empty() {
        let codes = segment.languages.iter().cloned().map(&mut place);
        let any: Vec<String> = codes.map(|at| format!("c.language = {at}")).collect();
        sql.push_str(&format!(" AND ({})", any.join(" OR ")));
    }
    let last = "CASE WHEN coalesce(c.last_in, 0) > coalesce(c.last_out, 0) THEN coalesce(c.last_in, 0)
                ELSE coalesce(c.last_out, 0) END";
    for (since, compare) in [(segment.silent_since, "<"), (segment.active_since, ">=")] {
        if let Some(since) = since {
            sql.push_str(&format!(" AND {last} {compare} {}", since.micros()));
        }
    }
    (sql, texts)
}
