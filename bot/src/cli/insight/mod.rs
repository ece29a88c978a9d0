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

use std::process::ExitCode;

use clap::Subcommand;

use super::Common;

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
}

impl Insight {
    pub(crate) fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        match self {
            Self::Outliers(command) => command.run(common),
            Self::Series(command) => command.run(common),
            Self::Classify(command) => command.run(common),
            Self::Cluster(command) => command.run(common),
            Self::Forecast(command) => command.run(common),
            Self::Describe(command) => command.run(common),
            Self::Compare(command) => command.run(common),
            Self::Clean(command) => command.run(common),
            Self::Rules(command) => command.run(common),
        }?;
        Ok(ExitCode::SUCCESS)
    }
}
