//! Which tables a store has, as its database tells.

use std::collections::BTreeMap;

use crate::db::{Column, Db, Engine, query};
use crate::error::StorageError;

/// What is not taken along: the index is filled anew, and processes come and go.
pub(super) const LEFT: [&str; 4] = ["index_entries", "tails", "leases", "meta"];

/// A table.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<(String, Column)>,
    /// The columns of its primary key, in their order.
    pub(super) key: Vec<String>,
}

impl Table {
    /// Returns how its rows are read: always in the same order. Those of the journal come in the order
    /// of their commits, which is the order in which seals cover them.
    pub(super) fn reading(&self, engine: Engine) -> String {
        let columns: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
        let order = match (&self.name[..], engine) {
            ("changes", Engine::Postgres) => "xid, id".to_owned(),
            _ => self.key.join(", "),
        };
        format!("SELECT {} FROM {} ORDER BY {order}", columns.join(", "), self.name)
    }
}

/// Lists the tables that are taken along; seals first, as they tell how the journal is to be read.
pub(super) async fn tables(db: &mut Db) -> Result<Vec<Table>, StorageError> {
    let sql = match db.engine() {
        Engine::Sqlite => {
            "SELECT m.name, c.name, c.type, c.pk FROM sqlite_master m JOIN pragma_table_info(m.name) c
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid"
        }
        Engine::Postgres => {
            "SELECT t.relname::text, c.attname::text, format_type(c.atttypid, NULL),
                    coalesce(array_position(i.indkey::int2[], c.attnum), -1)::bigint + 1
             FROM pg_class t JOIN pg_attribute c ON c.attrelid = t.oid AND c.attnum > 0 AND NOT c.attisdropped
             LEFT JOIN pg_index i ON i.indrelid = t.oid AND i.indisprimary
             WHERE t.relkind = 'r' AND t.relnamespace = current_schema()::regnamespace
             ORDER BY t.relname COLLATE \"C\", c.attnum"
        }
    };
    let mut found: BTreeMap<String, (Table, Vec<(i64, String)>)> = BTreeMap::new();
    for row in query("list its tables", sql).all(db).await? {
        let (table, column, ty): (String, String, String) = (row.get(0), row.get(1), row.get(2));
        if LEFT.contains(&&table[..]) {
            continue;
        }
        let fresh = || (Table { name: table.clone(), columns: Vec::new(), key: Vec::new() }, Vec::new());
        let (listed, key) = found.entry(table.clone()).or_insert_with(fresh);
        if let Some(kind) = kind(&ty) {
            listed.columns.push((column.clone(), kind));
        }
        let place: i64 = row.get(3);
        if place > 0 {
            key.push((place, column));
        }
    }
    let mut tables: Vec<Table> = found
        .into_values()
        .map(|(table, mut key)| {
            key.sort();
            Table { key: key.into_iter().map(|(_, column)| column).collect(), ..table }
        })
        .collect();
    tables.sort_by_key(|table| table.name != "seals");
    Ok(tables)
}

/// Returns what a column holds; nothing for one that only the server's own order is kept in.
fn kind(ty: &str) -> Option<Column> {
    match ty {
        "INTEGER" | "bigint" => Some(Column::Int),
        "REAL" | "double precision" => Some(Column::Real),
        "TEXT" | "text" => Some(Column::Text),
        "BLOB" | "bytea" => Some(Column::Bytes),
        _ => None,
    }
}
