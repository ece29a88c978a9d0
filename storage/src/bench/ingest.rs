//! Taking mails in, beside writing the rows that this makes.

use rapport_model::Kind;

use super::{Ground, sample};
use crate::StorageError;
use crate::db::{Column, Db, Engine, Rows, query};
use crate::ingest::{Arrival, Fate};
use crate::open::Store;

/// Who brings the mails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// How many bring them at the same time.
    pub producers: usize,
    /// How many each brings at once before it waits for the acknowledgement.
    pub portion: usize,
}

/// Mails to be taken in: for each producer its portions.
pub struct Mails(Vec<Vec<Vec<Arrival>>>);

/// What became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Taken {
    /// Mails that were acknowledged.
    pub acknowledged: usize,
    /// Mails that the database has.
    pub stored: i64,
    /// Conversations that it has.
    pub threads: i64,
    /// Conversations that there should be.
    pub threads_expected: usize,
    /// Mails in one commit, on average.
    pub per_commit: f64,
}

impl Taken {
    /// Returns how many mails were acknowledged and are not there, or lie in a wrong conversation.
    pub fn lost(&self) -> i64 {
        let missing = self.acknowledged as i64 - self.stored;
        missing.abs() + (self.threads - self.threads_expected as i64).abs()
    }
}

impl Load {
    /// Makes about `n` mails.
    pub fn mails(self, n: usize) -> Mails {
        self.further_mails(0, n)
    }

    /// Makes about `n` mails of producers from a number on: further ones, where lower numbers made some.
    pub fn further_mails(self, from: usize, n: usize) -> Mails {
        let each = n.div_ceil(self.producers);
        let portions = |producer: usize| {
            let mut mails = sample::mails((from + producer) as u64, each);
            let mut portions = Vec::with_capacity(mails.len().div_ceil(self.portion));
            while !mails.is_empty() {
                let rest = mails.split_off(self.portion.min(mails.len()));
                portions.push(std::mem::replace(&mut mails, rest));
            }
            portions
        };
        Mails((0..self.producers).map(portions).collect())
    }
}

impl Mails {
    /// Returns how many they are.
    pub fn len(&self) -> usize {
        self.0.iter().flatten().map(Vec::len).sum()
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Takes the mails in; returns how many were acknowledged as new.
///
/// # Errors
/// The store cannot be written.
pub async fn take_in(store: &Store, mails: Mails) -> Result<usize, StorageError> {
    let producers: Vec<_> = mails
        .0
        .into_iter()
        .map(|portions| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut n = 0;
                for portion in portions {
                    let fates = store.ingest(portion).await?;
                    n += fates.iter().filter(|fate| matches!(fate, Fate::Kept { .. })).count();
                }
                Ok(n)
            })
        })
        .collect();
    let mut n = 0;
    for producer in producers {
        n += producer.await.map_err(|_| StorageError::Closing)??;
    }
    Ok(n)
}

/// Looks at what the store has after [`take_in`] of mails that `load` made.
///
/// # Errors
/// The store cannot be read.
pub async fn look(store: &Store, load: Load, acknowledged: usize) -> Result<Taken, StorageError> {
    let stored: i64 =
        query("count messages", "SELECT count(*) FROM messages").value(&store.inner.read).await?;
    let threads = store.count(Kind::Thread).await?;
    let commits = store.inner.writer.as_ref().map_or(0, |writer| writer.n_commits());
    let each = acknowledged.div_ceil(load.producers);
    Ok(Taken {
        acknowledged,
        stored,
        threads,
        threads_expected: sample::n_threads(each) * load.producers,
        per_commit: acknowledged as f64 / commits.max(1) as f64,
    })
}

/// The tables that mails fill, each with what orders its rows as they came.
const TABLES: &[(&str, &str)] = &[
    ("identities", "id"),
    ("companies", "id"),
    ("customers", "id"),
    ("acts", "id"),
    ("changes", "id"),
    ("index_entries", "seq"),
    ("threads", "id"),
    ("thread_refs", "thread, ref_blind"),
    ("messages", "id"),
    ("raws", "message"),
    ("parties", "message, role, position"),
    ("seen", "record, source"),
    ("jobs", "id"),
];

/// The rows that a store made of mails, ready to be written to a database without it: a statement
/// for each table and transaction, with the values encoded.
pub struct Copy {
    db: Db,
    transactions: Vec<Vec<(String, Rows)>>,
}

impl Copy {
    /// Reads the rows of the store called `from`, which is closed, and makes an empty database
    /// called `to` for them. `per_commit` mails with what belongs to them go into one transaction.
    ///
    /// # Errors
    /// A database cannot be read or made.
    pub async fn prepare(
        ground: &Ground,
        from: &str,
        to: &str,
        per_commit: f64,
    ) -> Result<Self, StorageError> {
        let mut source = ground.connect(from).await?;
        let n: i64 = query("count messages", "SELECT count(*) FROM messages").value(&mut source).await?;
        let n_transactions = ((n as f64 / per_commit.max(1.0)).round() as usize).max(1);
        let mut transactions: Vec<Vec<(String, Rows)>> = Vec::new();
        transactions.resize_with(n_transactions, Vec::new);
        for (table, order) in TABLES {
            for (at, rows) in read(&mut source, table, order, n_transactions).await? {
                transactions[at].push(rows);
            }
        }
        source.close().await;
        Ok(Self { db: ground.bare(to).await?, transactions })
    }

    /// Writes them: nothing but statements and commits.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn write(mut self) -> Result<(), StorageError> {
        for transaction in self.transactions {
            self.db.begin("begin").await?;
            for (sql, rows) in transaction {
                query("write rows", sql).rows(rows).run(&mut self.db).await?;
            }
            self.db.run("commit", "COMMIT").await?;
        }
        self.db.close().await;
        Ok(())
    }
}

/// Reads a table in `n` parts of equal size, each with the statement that writes it.
async fn read(
    db: &mut Db,
    table: &'static str,
    order: &str,
    n: usize,
) -> Result<Vec<(usize, (String, Rows))>, StorageError> {
    let columns = columns(db, table).await?;
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let types: Vec<Column> = columns.iter().map(|(_, column)| *column).collect();
    let names = names.join(", ");
    let places: Vec<String> = (0..types.len()).map(|i| format!("{{{i}}}")).collect();
    let insert = format!("INSERT INTO {table} ({names}) SELECT {} FROM {{rows}}", places.join(", "));
    let all =
        query("read rows", format!("SELECT {names} FROM {table} ORDER BY {order}")).all(&mut *db).await?;
    let mut parts = Vec::new();
    for part in 0..n {
        let (from, to) = (part * all.len() / n, (part + 1) * all.len() / n);
        if from == to {
            continue;
        }
        let mut rows = db.rows(&types);
        for row in &all[from..to] {
            let mut writer = rows.row();
            for (i, column) in types.iter().enumerate() {
                writer = match column {
                    Column::Int => writer.int(row.get::<Option<i64>>(i)),
                    Column::Real => match row.get::<Option<f64>>(i) {
                        Some(real) => writer.real(real),
                        None => writer.null(),
                    },
                    Column::Text => writer.text(row.get::<Option<&str>>(i)),
                    Column::Bytes => writer.bytes(row.get::<Option<&[u8]>>(i)),
                };
            }
        }
        parts.push((part, (insert.clone(), rows)));
    }
    Ok(parts)
}

/// Returns the columns of a table that the application fills.
async fn columns(db: &mut Db, table: &'static str) -> Result<Vec<(String, Column)>, StorageError> {
    let sql = match db.engine() {
        Engine::Sqlite => "SELECT name, lower(type) FROM pragma_table_info($1)",
        Engine::Postgres => {
            "SELECT column_name::text, data_type::text FROM information_schema.columns
             WHERE table_schema = current_schema() AND table_name = $1 AND is_identity = 'NO'
             ORDER BY ordinal_position"
        }
    };
    let rows = query("list columns", sql).bind(table).all(db).await?;
    let column = |ty: &str| match ty {
        "integer" | "bigint" => Some(Column::Int),
        "real" | "double precision" => Some(Column::Real),
        "text" => Some(Column::Text),
        "blob" | "bytea" => Some(Column::Bytes),
        _ => None, // The server fills it.
    };
    Ok(rows.iter().filter_map(|row| Some((row.get(0), column(row.get::<&str>(1))?))).collect())
}
