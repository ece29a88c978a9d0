//! Writes a statement out for one of the databases.

use std::fmt::Write as _;

use super::Engine;
use super::rows::{Column, Columns};

/// Replaces what is in braces, and moves `$1`… behind what the rows take.
pub(super) fn write_out(sql: &str, engine: Engine, columns: Option<&Columns>) -> String {
    let taken = match (columns, engine) {
        (None, _) => 0,
        (Some(_), Engine::Sqlite) => 2,
        (Some(columns), Engine::Postgres) => columns.len(),
    };
    let mut out = String::with_capacity(sql.len() * 2);
    let mut rest = sql;
    while let Some(at) = rest.find(['{', '$']) {
        out.push_str(&rest[..at]);
        let (name, after) = match rest.as_bytes()[at] {
            b'{' => rest[at + 1..].split_once('}').unwrap_or((&rest[at + 1..], "")),
            _ => {
                let digits = rest[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
                let number: usize = rest[at + 1..at + 1 + digits].parse().unwrap_or(0);
                let _ = write!(out, "${}", number + taken);
                rest = &rest[at + 1 + digits..];
                continue;
            }
        };
        placeholder(&mut out, name, engine, columns.unwrap_or_default());
        rest = after;
    }
    out.push_str(rest);
    out
}

fn placeholder(out: &mut String, name: &str, engine: Engine, columns: &Columns) {
    let written = match (name, engine) {
        ("rows", Engine::Sqlite) => write!(out, "jsonb_each($1) j"),
        ("rows", Engine::Postgres) => unnest(out, columns),
        ("any", Engine::Sqlite) => write!(out, "IN (SELECT j.value->>0 FROM jsonb_each($1) j)"),
        // An index is asked for each; the plan of a join may read all of it instead.
        ("any", Engine::Postgres) => write!(out, "= ANY($1::{}[])", pg_type(columns[0])),
        ("at", Engine::Sqlite) => write!(out, "j.key"),
        ("at", Engine::Postgres) => write!(out, "j.at"),
        ("least", Engine::Sqlite) => write!(out, "min"),
        ("greatest", Engine::Sqlite) => write!(out, "max"),
        ("least" | "greatest", Engine::Postgres) => write!(out, "{name}"),
        (column, Engine::Postgres) => write!(out, "j.c{column}"),
        (column, Engine::Sqlite) => column.parse().map_or(Err(std::fmt::Error), |i| value(out, columns, i)),
    };
    debug_assert!(written.is_ok(), "a placeholder of this name");
}

/// The value of column `i`: a bytes column takes two values of the JSON.
fn value(out: &mut String, columns: &Columns, i: usize) -> std::fmt::Result {
    let at: usize = columns[..i].iter().map(|c| if *c == Column::Bytes { 2 } else { 1 }).sum();
    if columns[i] == Column::Bytes {
        write!(out, "substr($2, j.value->>{at}, j.value->>{})", at + 1)
    } else {
        write!(out, "(j.value->>{at})")
    }
}

fn unnest(out: &mut String, columns: &Columns) -> std::fmt::Result {
    let each = |out: &mut String, write_one: &dyn Fn(&mut String, usize, Column) -> std::fmt::Result| {
        columns.iter().enumerate().try_for_each(|(i, column)| {
            out.push_str(if i == 0 { "" } else { ", " });
            write_one(out, i, *column)
        })
    };
    out.push_str("UNNEST(");
    each(out, &|out, i, column| write!(out, "${}::{}[]", i + 1, pg_type(column)))?;
    out.push_str(") WITH ORDINALITY AS j(");
    each(out, &|out, i, _| write!(out, "c{i}"))?;
    write!(out, ", at)")
}

fn pg_type(column: Column) -> &'static str {
    match column {
        Column::Int => "bigint",
        Column::Real => "double precision",
        Column::Text => "text",
        Column::Bytes => "bytea",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_written_once_for_both() {
        let sql = "UPDATE t SET a = {1}, b = {greatest}(b, {2}) FROM {rows} WHERE t.id = {0} AND c < $1";
        let columns = [Column::Int, Column::Bytes, Column::Int];
        assert_eq!(
            write_out(sql, Engine::Sqlite, Some(&columns)),
            "UPDATE t SET a = substr($2, j.value->>1, j.value->>2), b = max(b, (j.value->>3)) \
             FROM jsonb_each($1) j WHERE t.id = (j.value->>0) AND c < $3"
        );
        assert_eq!(
            write_out(sql, Engine::Postgres, Some(&columns)),
            "UPDATE t SET a = j.c1, b = greatest(b, j.c2) FROM UNNEST($1::bigint[], $2::bytea[], $3::bigint[]) \
             WITH ORDINALITY AS j(c0, c1, c2, at) WHERE t.id = j.c0 AND c < $4"
        );
        assert_eq!(write_out("SELECT $1, $12", Engine::Postgres, None), "SELECT $1, $12");
        let (sql, columns) = ("DELETE FROM t WHERE id {any} AND c < $1", [Column::Int]);
        assert_eq!(
            write_out(sql, Engine::Sqlite, Some(&columns)),
            "DELETE FROM t WHERE id IN (SELECT j.value->>0 FROM jsonb_each($1) j) AND c < $3"
        );
        assert_eq!(
            write_out(sql, Engine::Postgres, Some(&columns)),
            "DELETE FROM t WHERE id = ANY($1::bigint[]) AND c < $2"
        );
    }
}
