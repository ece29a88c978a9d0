//! What customers are like: the figures of each, the segment that these put them in, and how likely they fall
//! silent. Looked at all together, nightly.
//!
//! Reading figures and naming segments is pure ([`figures`], [`segment`]); `nightly` pages through the store.

pub mod figures;
pub mod segment;

mod leads;
mod leaving;
mod model;
mod mood;
mod needs;
mod nightly;

pub use leads::LeadsKnown;
pub use leaving::ChurnKnown;
pub use needs::{CUSTOMERS_MIN, Needs, Trait};
pub use nightly::SegmentsKnown;
pub use rapport_insight::strange::ROWS_MIN;
