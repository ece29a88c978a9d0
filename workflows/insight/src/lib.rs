//! Insight from tables: what stands out, what belongs together, what is to be expected.
//!
//! Pure: bytes or tables in, plain results out. No store, no clock, no threads; whatever draws lots takes a
//! seed, and the same seed gives the same result. linfa does what it does right (k-means, DBSCAN, logistic
//! and linear regression, nearest neighbours); isolation forests, trees, support vectors and rules are our
//! own, because linfa lacks them, needs memory by the square of the rows, or splits binary columns wrongly.
//!
//! No answer holds NaN or infinity: [`Table`] takes in finite numbers and gaps only, and
//! [`Preparation`] fills the gaps.

pub mod classify;
pub mod clean;
pub mod cluster;
pub mod compare;
pub mod describe;
pub mod forecast;
pub mod likely;
pub mod measure;
pub mod outliers;
pub mod plot;
pub mod rfm;
pub mod rules;
pub mod series;
pub mod share;
pub mod strange;
pub mod table;
pub mod topics;
pub mod watch;

mod brief;
mod distance;
mod error;
mod matrix;
mod partition;
mod random;
mod smo;
mod statistics;

pub use brief::brief;
pub use error::InsightError;
pub use matrix::{Preparation, Scaling};
/// The matrices that functions take and give.
pub use ndarray;
pub use statistics::{fisher_two_sided, median};
pub use table::{Table, read};
