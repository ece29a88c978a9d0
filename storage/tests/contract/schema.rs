//! Both databases have the same tables, columns and indexes.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use crate::support::{House, connect, contract};

/// What a table consists of.
#[derive(Debug, Default, PartialEq, Eq)]
struct Table {
    /// Name, type in PostgreSQL's words, whether it must have a value.
    columns: BTreeMap<String, (String, bool)>,
    primary_key: Vec<String>,
    /// The columns of unique constraints.
    unique: BTreeSet<Vec<String>>,
    /// Name, columns, whether unique, whether over some rows only.
    indexes: BTreeMap<String, (Vec<String>, bool, bool)>,
}

type Schema = BTreeMap<String, Table>;

/// Table, name, type, whether it must have a value, and its place in the primary key from 1.
type Column = (String, String, String, bool, i64);
/// Table, name, origin (`c` made by hand, `u` a unique constraint), whether unique, whether over
/// some rows only, and the columns in their order, with commas.
type Index = (String, String, String, bool, bool, String);

const SQLITE_COLUMNS: &str = r#"
    SELECT t.name AS "table", c.name AS name, lower(c.type) AS ty, c."notnull" OR c.pk > 0 AS required, c.pk AS key
    FROM sqlite_schema t JOIN pragma_table_info(t.name) c
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY c.pk"#;
const SQLITE_INDEXES: &str = r#"
    SELECT t.name AS "table", i.name AS name, i.origin AS origin, i."unique" AS is_unique, i.partial AS is_partial,
           (SELECT group_concat(x.name, ',') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno) x) AS columns
    FROM sqlite_schema t JOIN pragma_index_list(t.name) i
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND i.origin <> 'pk'"#;
const POSTGRES_COLUMNS: &str = r#"
    SELECT t.relname::text AS "table", a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS ty,
           a.attnotnull AS required, coalesce(array_position(p.conkey, a.attnum), 0)::bigint AS key
    FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = 'public'
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_constraint p ON p.conrelid = t.oid AND p.contype = 'p'
    WHERE t.relkind = 'r' ORDER BY key"#;
const POSTGRES_INDEXES: &str = r#"
    SELECT t.relname::text AS "table", i.relname::text AS name, coalesce(k.contype::text, 'c') AS origin,
           x.indisunique AS is_unique, x.indpred IS NOT NULL AS is_partial,
           (SELECT string_agg(a.attname, ',' ORDER BY o.at) FROM unnest(x.indkey::int[]) WITH ORDINALITY o(num, at)
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = o.num) AS columns
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = 'public'
    LEFT JOIN pg_constraint k ON k.conindid = i.oid
    WHERE NOT x.indisprimary"#;

async fn read(house: &House) -> Schema {
    let (columns, indexes): (Vec<Column>, Vec<Index>) = match &house.place.database {
        None => {
            let file = house.dir().join("rapport.db");
            let mut db = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
            let columns = sqlx::query_as(SQLITE_COLUMNS).fetch_all(&mut db).await.unwrap();
            (columns, sqlx::query_as(SQLITE_INDEXES).fetch_all(&mut db).await.unwrap())
        }
        Some(url) => {
            let mut db = connect(url).await;
            let columns = sqlx::query_as(POSTGRES_COLUMNS).fetch_all(&mut db).await.unwrap();
            (columns, sqlx::query_as(POSTGRES_INDEXES).fetch_all(&mut db).await.unwrap())
        }
    };
    let mut schema = Schema::new();
    for (table, name, ty, required, key) in columns {
        let ty = match &ty[..] {
            "integer" => "bigint",
            "real" => "double precision",
            "blob" => "bytea",
            other => other,
        };
        let table = schema.entry(table).or_default();
        if key > 0 {
            table.primary_key.push(name.clone());
        }
        table.columns.insert(name, (ty.to_owned(), required));
    }
    for (table, name, origin, is_unique, is_partial, columns) in indexes {
        let columns: Vec<String> = columns.split(',').map(str::to_owned).collect();
        let table = schema.get_mut(&table).unwrap();
        if origin == "u" {
            table.unique.insert(columns);
        } else {
            table.indexes.insert(name, (columns, is_unique, is_partial));
        }
    }
    schema
}

contract! {
    async fn the_schema_is_the_one_of_the_other_engine(house: House) {
        if !house.is_on_server() {
            return;
        }
        let mut server = read(&house).await;
        // What only a server needs: the transaction in which a row was written.
        for table in ["changes", "index_entries"] {
            let table_of = server.get_mut(table).unwrap();
            assert_eq!(table_of.columns.remove("xid"), Some(("xid8".into(), true)), "{table}");
            assert!(table_of.indexes.remove(&format!("{table}_xid")).is_some(), "{table}");
        }
        let file = read(&House::at(rapport_storage::Place::default()).await).await;
        assert!(file.len() > 30, "{:?}", file.keys());
        let names = |schema: &Schema| schema.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&server), names(&file));
        for (name, table) in &file {
            assert_eq!(&server[name], table, "{name}");
        }
    }
}
