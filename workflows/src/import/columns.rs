//! What each column of a table holds.

use std::collections::{BTreeMap, HashMap};

use rapport_model::Address;
use rapport_nlp::entities::phone_in_column;
use serde::{Deserialize, Serialize};

use super::names::{fits, named};
use super::{Field, ImportError, Sheet, Sort};
use crate::duplicates::text::{fold, squeeze};

/// Cells that are looked at to tell what a column holds.
const LOOKED_AT: usize = 200;
/// With this share of cells of one sort a column is of it.
const SHARE_MIN: f64 = 0.6;

/// What becomes of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Use {
    /// It fills a field.
    Field(Field),
    /// It is kept as an attribute of that name.
    Keep(String),
    /// It is left out.
    LeaveOut,
}

/// What each column of a table holds, as it is saved: the names of columns, each with a field, `attr:NAME`
/// or `-`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// By the name of the column.
    pub columns: BTreeMap<String, String>,
}

impl Use {
    /// Reads what a mapping says of a column.
    ///
    /// # Errors
    /// There is no such field.
    pub fn parse(text: &str) -> Result<Self, ImportError> {
        let text = text.trim();
        if text == "-" {
            return Ok(Self::LeaveOut);
        }
        if let Some(name) = text.strip_prefix("attr:").map(str::trim).filter(|name| !name.is_empty()) {
            return Ok(Self::Keep(name.to_owned()));
        }
        let all = || Field::ALL.iter().map(|f| f.name()).collect::<Vec<_>>().join(", ");
        Field::by_name(text).map(Self::Field).ok_or_else(|| {
            ImportError::Columns(format!(
                "there is no field {text:?}; there are: {}, attr:NAME to keep the column, - to leave it out",
                all()
            ))
        })
    }

    /// Tells whether it is this field.
    pub(super) fn is(&self, field: Field) -> bool {
        *self == Self::Field(field)
    }
}

/// Finds what each column of a table holds: as `mapping` says, by its name, by what stands in it. `keep` has
/// columns that fit nothing kept as attributes.
///
/// # Errors
/// The mapping names a field that there is not, or that such a table has no use for, or a column that the
/// table does not have.
pub fn columns(
    sort: Sort,
    sheet: &Sheet,
    mapping: &Mapping,
    keep: bool,
    region: &str,
) -> Result<Vec<Use>, ImportError> {
    let normal = |name: &str| squeeze(&fold(name));
    let mut said: HashMap<String, Use> = HashMap::new();
    for (column, text) in &mapping.columns {
        let what = Use::parse(text)?;
        if let Use::Field(field) = &what
            && !fits(sort, *field)
        {
            return Err(ImportError::Columns(format!("a table of {sort} has no use for {field}")));
        }
        said.insert(normal(column), what);
    }
    let mut uses: Vec<Use> = Vec::with_capacity(sheet.header.len());
    for column in &sheet.header {
        let known = said.get(&normal(column)).cloned();
        let named = || named(sort, column).filter(|field| fits(sort, *field)).map(Use::Field);
        uses.push(known.or_else(named).unwrap_or(Use::LeaveOut));
    }
    for (i, column) in sheet.header.iter().enumerate() {
        if uses[i] == Use::LeaveOut && !said.contains_key(&normal(column)) {
            uses[i] = by_content(sort, sheet, i, region)
                .filter(|field| !uses.iter().any(|known| known.is(*field)))
                .map_or_else(|| if keep { Use::Keep(column.clone()) } else { Use::LeaveOut }, Use::Field);
        }
    }
    once_each(sheet, &mut uses, keep);
    Ok(uses)
}

/// Lets a field be filled by its first column only, where it can hold one value.
fn once_each(sheet: &Sheet, uses: &mut [Use], keep: bool) {
    let mut taken = Vec::new();
    for (use_, column) in uses.iter_mut().zip(&sheet.header) {
        let Use::Field(field) = use_ else { continue };
        let many = matches!(field, Field::Email | Field::Phone | Field::Tags | Field::Note);
        if !many && taken.contains(field) {
            *use_ = if keep { Use::Keep(column.clone()) } else { Use::LeaveOut };
        } else {
            taken.push(*field);
        }
    }
}

/// Tells by what stands in a column whether it holds addresses or numbers.
fn by_content(sort: Sort, sheet: &Sheet, i: usize, region: &str) -> Option<Field> {
    let cells = sheet.rows.iter().filter_map(|(_, row)| row.get(i)).map(|cell| cell.trim());
    let cells: Vec<&str> = cells.filter(|cell| !cell.is_empty()).take(LOOKED_AT).collect();
    let share = |is: &dyn Fn(&str) -> bool| {
        cells.iter().filter(|cell| is(cell)).count() as f64 >= SHARE_MIN * cells.len() as f64
    };
    if cells.is_empty() {
        return None;
    }
    let email = |cell: &str| Address::email(cell).is_ok_and(|address| address.domain().contains('.'));
    // A number without a plus sign may be anything.
    let phone = |cell: &str| cell.contains(['+', ' ', '-']) && phone_in_column(cell, region).is_some();
    let found = match () {
        () if share(&email) => Field::Email,
        () if share(&phone) => Field::Phone,
        () => return None,
    };
    fits(sort, found).then_some(found)
}

/// Returns the mapping that says what these columns hold.
pub fn mapping(sheet: &Sheet, uses: &[Use]) -> Mapping {
    let columns = sheet.header.iter().zip(uses).map(|(name, what)| (name.clone(), what.to_string()));
    Mapping { columns: columns.collect() }
}
