use std::io::Write;

use clap::{Args, ValueEnum};
use rapport_insight::brief;
use rapport_insight::cluster::{self, Clusters, Options};
use rapport_insight::ndarray::{Array2, Axis};
use rapport_insight::plot::{Colour, Picture, plane};
use serde_json::json;

use super::Common;
use super::output::{Form, Output, Plot, csv};
use super::source::{Prepared, Rows};

/// Groups and features that are shown to people.
const GROUPS_MAX: usize = 20;
const FEATURES_MAX: usize = 4;

/// Which rows belong together, and what is common to them.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport insight cluster customers.csv --ignore id --method hdbscan --csv")]
pub(crate) struct Cluster {
    #[command(flatten)]
    pub(super) rows: Rows,
    /// How groups are found
    #[arg(long, value_enum, default_value_t = Method::Kmeans)]
    method: Method,
    /// Groups of k-means [default: 2 to 10, by silhouette]
    #[arg(long, value_name = "N")]
    k: Option<usize>,
    /// The radius of DBSCAN [default: where distances to neighbours begin to rise]
    #[arg(long, value_name = "NUMBER")]
    radius: Option<f64>,
    /// Rows that make a group by density [default: 5]
    #[arg(long, value_name = "N")]
    members: Option<usize>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    plot: Plot,
}

/// The methods by their names on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Method {
    /// Groups around centres; every row is in one
    Kmeans,
    /// What lies close together
    Dbscan,
    /// The same for groups of different density
    Hdbscan,
}

impl From<Method> for cluster::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Kmeans => Self::Kmeans,
            Method::Dbscan => Self::Dbscan,
            Method::Hdbscan => Self::Hdbscan,
        }
    }
}

impl Cluster {
    pub(super) fn run(&self, common: &Common, out: &mut dyn Write) -> anyhow::Result<()> {
        let Prepared { names, x, .. } = self.rows.prepared()?;
        let options =
            Options { seed: self.rows.seed, k: self.k, radius: self.radius, members_min: self.members };
        let found = cluster::cluster(&x, self.method.into(), &options)?;
        self.plot.draw(|| {
            let points = plane(&x);
            let mut picture = Picture::of(points.iter().copied());
            points
                .iter()
                .zip(&found.of_row)
                .for_each(|(p, group)| picture.point(*p, 2, Colour::group(*group)));
            picture
        })?;
        match self.output.form(common) {
            Form::Csv => csv(
                out,
                &["row", "cluster"],
                // Who is in no group has -1, as elsewhere.
                found.of_row.iter().enumerate().map(|(i, group)| {
                    vec![(i + 1).to_string(), group.map_or("-1".into(), |g| g.to_string())]
                }),
            ),
            Form::Json => {
                let cluster = |(g, size): (usize, &usize)| json!({ "cluster": g, "size": size, "centre": found.centres.row(g).to_vec() });
                let clusters: Vec<_> = found.sizes.iter().enumerate().map(cluster).collect();
                writeln!(
                    out,
                    "{}",
                    json!({
                        "clusters": clusters, "features": names, "inertia": found.inertia,
                        "silhouette": found.silhouette, "radius": found.radius, "rows": found.of_row,
                    })
                )?;
                Ok(())
            }
            Form::Text => {
                print(out, &found, &names, &x)?;
                Ok(())
            }
        }
    }
}

fn print(out: &mut dyn Write, found: &Clusters, names: &[String], x: &Array2<f64>) -> std::io::Result<()> {
    let n = found.of_row.len();
    let quality = found.silhouette.map_or(String::new(), |s| format!(", silhouette {s:.2}"));
    let radius = found.radius.map_or(String::new(), |r| format!(", radius {}", brief(r)));
    writeln!(out, "{} groups of {n} rows{quality}{radius}", found.sizes.len())?;
    let mean = x.mean_axis(Axis(0)).unwrap_or_default();
    let spread = x.std_axis(Axis(0), 0.0);
    for (group, size) in found.sizes.iter().enumerate().take(GROUPS_MAX) {
        let centre = found.centres.row(group);
        let mut off: Vec<(f64, &String)> = (0..names.len())
            .map(|j| (if spread[j] > 0.0 { (centre[j] - mean[j]) / spread[j] } else { 0.0 }, &names[j]))
            .filter(|(off, _)| off.abs() >= 0.3)
            .collect();
        off.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
        let told = off.iter().take(FEATURES_MAX).map(|(off, name)| {
            let side = if *off > 0.0 { "high" } else { "low" };
            format!("{side} {name} ({off:+.1} deviations)")
        });
        writeln!(out, "  {group:<3} {size:>7} rows  {}", told.collect::<Vec<_>>().join(", "))?;
    }
    if found.sizes.len() > GROUPS_MAX {
        writeln!(out, "  … and {} smaller ones", found.sizes.len() - GROUPS_MAX)?;
    }
    let n_none = n - found.sizes.iter().sum::<usize>();
    if n_none > 0 {
        writeln!(out, "  {n_none} rows are in no group")?;
    }
    Ok(())
}
