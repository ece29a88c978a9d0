//! A row that came back.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Postgres, Row as _, Sqlite, Type};

/// A row of either database.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// What either database gives in the same way.
pub(crate) trait Value<'r>:
    Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>
{
}
impl<'r, T> Value<'r> for T where T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres> {}

impl Row {
    /// Returns the value of column `i`.
    ///
    /// # Panics
    /// The statement does not give such a value: a fault of the program.
    pub(crate) fn get<'r, T: Value<'r>>(&'r self, i: usize) -> T {
        match self {
            Self::Sqlite(row) => row.get(i),
            Self::Postgres(row) => row.get(i),
        }
    }

    /// Returns whether column `i` says yes: a kept 1, or what a comparison gave. Null says no.
    pub(crate) fn flag(&self, i: usize) -> bool {
        match self {
            Self::Sqlite(row) => row.get::<Option<bool>, _>(i) == Some(true),
            Self::Postgres(row) => match row.try_get::<Option<bool>, _>(i) {
                Ok(flag) => flag == Some(true),
                Err(_) => row.get::<Option<i64>, _>(i).is_some_and(|n| n != 0),
            },
        }
    }

    /// Returns the id in column `i`.
    pub(crate) fn id(&self, i: usize) -> rapport_model::Id {
        rapport_model::Id(self.get(i))
    }

    /// Returns the id in column `i`, if there is one.
    pub(crate) fn maybe_id(&self, i: usize) -> Option<rapport_model::Id> {
        self.get::<Option<i64>>(i).map(rapport_model::Id)
    }

    /// Returns the instant in column `i`.
    pub(crate) fn time(&self, i: usize) -> rapport_model::Timestamp {
        rapport_model::Timestamp::from_micros(self.get(i))
    }

    /// Returns the instant in column `i`, if there is one.
    pub(crate) fn maybe_time(&self, i: usize) -> Option<rapport_model::Timestamp> {
        self.get::<Option<i64>>(i).map(rapport_model::Timestamp::from_micros)
    }
}
