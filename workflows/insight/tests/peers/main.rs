//! Our answers against scikit-learn's, on public data where it is there. Its figures are stored in
//! `figures.json` with how they were got; `python` computes them again where scikit-learn is installed.

// Here an unwrap is an assertion, and the names say what the docs would.
#![allow(clippy::unwrap_used, missing_docs)]

mod classify;
mod cluster;
mod data;
mod outliers;
mod scikit;
mod series;
