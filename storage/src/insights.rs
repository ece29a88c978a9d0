//! What the nightly look at all customers found, and what it learnt. Figures and names of figures alone, so
//! that they lie plain; an erasure takes a person's row away.

use std::collections::HashSet;

use rapport_model::people::{ChurnBand, CustomerSegment};
use rapport_model::{Id, Kind, Timestamp};

use crate::db::{Column, Columns, Db, Row, query};
use crate::error::StorageError;
use crate::open::Store;

/// Versions of a model that are kept.
const VERSIONS: u32 = 3;

/// What was found of a customer.
#[derive(Clone, Debug, PartialEq)]
pub struct Insight {
    /// The customer.
    pub customer: Id,
    /// Which figures stand in which order: a word that changes with them.
    pub layout: String,
    /// The figures; nothing where nothing is known. None is NaN or infinite.
    pub figures: Vec<Option<f64>>,
    /// How likely they fall silent, where that is known.
    pub churn: Option<Churn>,
}

/// How likely a customer falls silent.
#[derive(Clone, Debug, PartialEq)]
pub struct Churn {
    /// From 0 to 1.
    pub probability: f64,
    /// How that is said.
    pub band: ChurnBand,
    /// The figures that speak most for it.
    pub reasons: Vec<Reason>,
}

/// A figure that speaks for something: its name, the customer's value and the usual one.
pub type Reason = (String, f64, f64);

/// A customer who is unlike others.
#[derive(Clone, Debug, PartialEq)]
pub struct Strange {
    /// The customer.
    pub customer: Id,
    /// How unlike; comparable within a night.
    pub score: f64,
    /// The figures that make them so.
    pub reasons: Vec<Reason>,
}

impl Store {
    /// Returns what was last found of a customer, and when.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn insight(&self, customer: Id) -> Result<Option<(Insight, Timestamp)>, StorageError> {
        let seen = self.and_seen(Kind::Customer, "t");
        let sql = format!("{SELECT} WHERE t.id = $1{ALIVE}{seen}");
        let row = query("read what was found of a customer", sql).bind(customer).optional(&self.inner.read);
        Ok(row.await?.as_ref().map(|row| (insight(row), row.time(6))))
    }

    /// Returns the customers who are most likely to fall silent, likeliest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn likely_to_leave(&self, limit: u32) -> Result<Vec<Insight>, StorageError> {
        let seen = self.and_seen(Kind::Customer, "t");
        let sql = format!(
            "{SELECT} WHERE i.churn IS NOT NULL AND i.band <> 'low'{ALIVE}{seen}
             ORDER BY i.churn DESC, i.customer LIMIT $1"
        );
        let rows = query("find who may leave", sql).bind(limit).all(&self.inner.read).await?;
        Ok(rows.iter().map(insight).collect())
    }

    /// Counts the customers of each segment who are seen; those of none are not counted.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn segment_counts(&self) -> Result<Vec<(CustomerSegment, i64)>, StorageError> {
        let seen = self.and_seen(Kind::Customer, "t");
        let sql = format!(
            "SELECT t.segment, count(*) FROM customers t WHERE t.segment IS NOT NULL{ALIVE}{seen} GROUP BY t.segment"
        );
        let rows = query("count segments", sql).all(&self.inner.read).await?;
        let mut counts: Vec<(CustomerSegment, i64)> =
            rows.iter().filter_map(|row| Some((CustomerSegment::by_name(row.get(0))?, row.get(1)))).collect();
        counts.sort();
        Ok(counts)
    }

    /// Returns the customers of a segment who are seen.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn customers_of(&self, segment: CustomerSegment) -> Result<HashSet<Id>, StorageError> {
        let seen = self.and_seen(Kind::Customer, "t");
        let sql = format!("SELECT t.id FROM customers t WHERE t.segment = $1{ALIVE}{seen}");
        let ids: Vec<i64> =
            query("list a segment", sql).bind(segment.name()).values(&self.inner.read).await?;
        Ok(ids.into_iter().map(Id).collect())
    }

    /// Returns the figures of customers as they were last found, up to `limit`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn all_figures(
        &self,
        layout: &str,
        limit: u32,
    ) -> Result<Vec<(Id, Vec<Option<f64>>)>, StorageError> {
        let sql = format!(
            "SELECT i.customer, i.figures FROM insights i JOIN customers t ON t.id = i.customer
             WHERE i.layout = $1{ALIVE} ORDER BY i.customer DESC LIMIT $2"
        );
        let rows = query("read all figures", sql).bind(layout).bind(limit).all(&self.inner.read).await?;
        Ok(rows.iter().map(|row| (row.id(0), serde_json::from_str(row.get(1)).unwrap_or_default())).collect())
    }

    /// Returns the customers who are least like others and are seen, strangest first, each with the figures that make
    /// them so: name, value, what is usual.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn strangest(&self, limit: u32) -> Result<Vec<(Id, Vec<Reason>)>, StorageError> {
        let seen = self.and_seen(Kind::Customer, "t");
        let sql = format!(
            "SELECT i.customer, i.strange_reasons FROM insights i JOIN customers t ON t.id = i.customer
             WHERE i.strange IS NOT NULL{ALIVE}{seen} ORDER BY i.strange DESC, i.customer LIMIT $1"
        );
        let rows = query("find strange customers", sql).bind(limit).all(&self.inner.read).await?;
        let reasons =
            |json: Option<&str>| json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
        Ok(rows.iter().map(|row| (row.id(0), reasons(row.get(1)))).collect())
    }

    /// Returns what was learnt of a kind, newest first, with when.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn models(&self, kind: &str) -> Result<Vec<(Timestamp, String)>, StorageError> {
        let sql = "SELECT made_us, value FROM models WHERE kind = $1 ORDER BY made_us DESC";
        let rows = query("read models", sql).bind(kind).all(&self.inner.read).await?;
        Ok(rows.iter().map(|row| (row.time(0), row.get(1))).collect())
    }

    /// Keeps what was learnt, and the two versions before.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn keep_model(&self, kind: &str, value: &str) -> Result<(), StorageError> {
        let (kind, value, now) = (kind.to_owned(), value.to_owned(), self.inner.clock.now());
        self.write(move |db| {
            let (kind, value) = (kind.clone(), value.clone());
            Box::pin(async move {
                query(
                    "keep a model",
                    "INSERT INTO models (kind, made_us, value) VALUES ($1, $2, $3)
                     ON CONFLICT (kind, made_us) DO UPDATE SET value = excluded.value",
                )
                .bind(&kind)
                .bind(now)
                .bind(value)
                .run(&mut *db)
                .await?;
                query(
                    "drop old models",
                    "DELETE FROM models WHERE kind = $1 AND made_us NOT IN
                        (SELECT made_us FROM models WHERE kind = $1 ORDER BY made_us DESC LIMIT $2)",
                )
                .bind(&kind)
                .bind(VERSIONS)
                .run(db)
                .await
            })
        })
        .await
    }
}

const SELECT: &str = "SELECT i.customer, i.layout, i.figures, i.churn, i.band, i.reasons, i.at_us
     FROM insights i JOIN customers t ON t.id = i.customer";
/// Customers who are there, and of whom more may be done than to keep what is held.
const ALIVE: &str = " AND t.deleted_us IS NULL AND t.merged_into IS NULL AND t.restricted_at IS NULL";

fn insight(row: &Row) -> Insight {
    let probability: Option<f64> = row.get(3);
    let band = row.get::<Option<&str>>(4).and_then(ChurnBand::by_name);
    Insight {
        customer: row.id(0),
        layout: row.get(1),
        figures: serde_json::from_str(row.get(2)).unwrap_or_default(),
        churn: probability.zip(band).map(|(probability, band)| Churn {
            probability,
            band,
            reasons: row
                .get::<Option<&str>>(5)
                .and_then(|json| serde_json::from_str(json).ok())
                .unwrap_or_default(),
        }),
    }
}

/// Writes who is unlike others in place of who was.
pub(crate) async fn write_strange(db: &mut Db, strange: &[Strange]) -> Result<(), StorageError> {
    use Column::{Int, Real, Text};
    const ROWS: &Columns = &[Int, Real, Text];
    query(
        "forget who was strange",
        "UPDATE insights SET strange = NULL, strange_reasons = NULL WHERE strange IS NOT NULL",
    )
    .run(&mut *db)
    .await?;
    if strange.is_empty() {
        return Ok(());
    }
    let mut rows = db.rows(ROWS);
    for one in strange {
        let reasons = serde_json::to_string(&one.reasons).expect("names and numbers are JSON");
        rows.row().int(one.customer.0).real(one.score).text(reasons.as_str());
    }
    query(
        "write who is strange",
        "UPDATE insights SET strange = {1}, strange_reasons = {2} FROM {rows} WHERE insights.customer = {0}",
    )
    .rows(rows)
    .run(db)
    .await
}

/// Writes what was found in place of what was found before.
pub(crate) async fn write(db: &mut Db, insights: &[Insight], now: Timestamp) -> Result<(), StorageError> {
    use Column::{Int, Real, Text};
    const ROWS: &Columns = &[Int, Text, Text, Real, Text, Text];
    if insights.is_empty() {
        return Ok(());
    }
    let mut rows = db.rows(ROWS);
    for found in insights {
        let figures = serde_json::to_string(&found.figures).expect("numbers are JSON");
        let churn = found.churn.as_ref();
        let reasons =
            churn.map(|churn| serde_json::to_string(&churn.reasons).expect("names and numbers are JSON"));
        rows.row()
            .int(found.customer.0)
            .text(found.layout.as_str())
            .text(figures.as_str())
            .real(churn.map_or(f64::NAN, |churn| churn.probability))
            .text(churn.map(|churn| churn.band.name()))
            .text(reasons.as_deref());
    }
    query(
        "write what was found of customers",
        "INSERT INTO insights (customer, at_us, layout, figures, churn, band, reasons)
         SELECT {0}, $1, {1}, {2}, {3}, {4}, {5} FROM {rows} WHERE true
         ON CONFLICT (customer) DO UPDATE SET at_us = excluded.at_us, layout = excluded.layout,
            figures = excluded.figures, churn = excluded.churn, band = excluded.band, reasons = excluded.reasons",
    )
    .rows(rows)
    .bind(now)
    .run(db)
    .await
}
