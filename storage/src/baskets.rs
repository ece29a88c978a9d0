//! What was bought: the products of orders and of won deals.

use std::collections::{BTreeSet, HashMap};

use rapport_model::Id;
use rapport_model::people::CustomerSegment;

use crate::db::query;
use crate::error::StorageError;
use crate::open::Store;

/// What was bought together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basket {
    /// The segment of whoever bought it.
    pub segment: Option<CustomerSegment>,
    /// The products, in the order of its lines.
    pub products: Vec<Id>,
}

/// Lines `l` of what was bought, with its order `o` or deal `d`; without what is held of somebody but to be kept.
const BOUGHT: &str = "lines l LEFT JOIN orders o ON o.id = l.record LEFT JOIN deals d ON d.id = l.record
     WHERE l.product IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM customers r WHERE r.id = coalesce(o.customer, d.customer)
                       AND r.restricted_at IS NOT NULL)
       AND ((o.id IS NOT NULL AND o.deleted_us IS NULL AND o.state IS DISTINCT FROM 'cancelled')
         OR (d.stage = 'won' AND d.deleted_us IS NULL))";

impl Store {
    /// Returns what was bought together, from the latest `limit` lines.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn baskets(&self, limit: u32) -> Result<Vec<Basket>, StorageError> {
        let sql = format!(
            "SELECT l.record, (SELECT c.segment FROM customers c WHERE c.id = coalesce(o.customer, d.customer)),
                l.product
             FROM {BOUGHT} ORDER BY l.record DESC, l.position LIMIT $1"
        );
        let rows = query("look what was bought", sql).bind(limit).all(&self.inner.read).await?;
        let mut baskets: Vec<(Id, Basket)> = Vec::new();
        for row in &rows {
            match baskets.last_mut().filter(|(record, _)| *record == row.id(0)) {
                Some((_, basket)) => basket.products.push(row.id(2)),
                None => {
                    let segment = row.get::<Option<&str>>(1).and_then(CustomerSegment::by_name);
                    baskets.push((row.id(0), Basket { segment, products: vec![row.id(2)] }));
                }
            }
        }
        Ok(baskets.into_iter().map(|(_, basket)| basket).collect())
    }

    /// Returns which products each of these customers has bought.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn bought_by(
        &self,
        customers: impl IntoIterator<Item = Id>,
    ) -> Result<HashMap<Id, BTreeSet<Id>>, StorageError> {
        let sql = "SELECT {0}, l.product FROM {rows}
             JOIN orders o ON o.customer = {0} AND o.deleted_us IS NULL AND o.state IS DISTINCT FROM 'cancelled'
             JOIN lines l ON l.record = o.id AND l.product IS NOT NULL
             UNION
             SELECT {0}, l.product FROM {rows}
             JOIN deals d ON d.customer = {0} AND d.deleted_us IS NULL AND d.stage = 'won'
             JOIN lines l ON l.record = d.id AND l.product IS NOT NULL";
        let rows = query("look what customers bought", sql).rows(self.inner.read.ids(customers));
        let mut bought: HashMap<Id, BTreeSet<Id>> = HashMap::new();
        for row in &rows.all(&self.inner.read).await? {
            bought.entry(row.id(0)).or_default().insert(row.id(1));
        }
        Ok(bought)
    }
}
