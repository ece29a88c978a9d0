//! `rapport insight`: what stands out, belongs together and is to be expected in any table.

mod classify;
mod clean;
mod cluster;
mod compare;
mod describe;
mod forecast;
mod outliers;
mod output;
mod rules;
mod series;
mod source;
mod topics;

use std::io::{BufWriter, Write as _, stdout};
use std::process::ExitCode;

use clap::Subcommand;

use super::Common;
use source::named;

/// What stands out, belongs together and is to be expected in any table with a header: comma, semicolon, tab
/// or bar between the cells, types found by themselves.
#[derive(Debug, Subcommand)]
pub(crate) enum Insight {
    /// How strange each row is
    Outliers(outliers::Outliers),
    /// How strange each moment of a series is, in view of earlier ones
    Series(series::Series),
    /// Learn classes from one table and tell them for another
    Classify(classify::Classify),
    /// Which rows belong together
    Cluster(cluster::Cluster),
    /// What is to be expected next of a series
    Forecast(forecast::Forecast),
    /// What each column holds, and which go together
    Describe(describe::Describe),
    /// Put an imported table in order
    Clean(clean::Clean),
    /// In what groups of rows differ
    Compare(compare::Compare),
    /// What comes together more often than by chance
    Rules(rules::Rules),
    /// What texts are about
    Topics(topics::Topics),
}

impl Insight {
    pub(crate) fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let out = &mut BufWriter::new(stdout().lock());
        match self {
            Self::Outliers(c) => named(c.rows.file(), || c.run(common, out)),
            Self::Series(c) => named(c.source.file(), || c.run(common, out)),
            Self::Classify(c) => c.run(common, out),
            Self::Cluster(c) => named(c.rows.file(), || c.run(common, out)),
            Self::Forecast(c) => named(c.source.file(), || c.run(common, out)),
            Self::Describe(c) => named(c.source.file(), || c.run(common, out)),
            Self::Compare(c) => named(c.source.file(), || c.run(common, out)),
            Self::Clean(c) => named(&c.file, || c.run(common, out)),
            Self::Rules(c) => named(c.source.file(), || c.run(common, out)),
            Self::Topics(c) => named(c.source.file(), || c.run(common, out)),
        }?;
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}
