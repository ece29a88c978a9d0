//! What the fuzzer runs: the [`properties`], which the tests of the workspace run over the seeds, too
//! (`it/fuzz.rs`), and what they cost.

pub mod cost;
pub mod properties;
