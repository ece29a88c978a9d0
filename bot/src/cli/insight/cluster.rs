use clap::{Args, ValueEnum};
use rapport_insight::cluster::{self, Clusters, Options};
use rapport_insight::ndarray::{Array2, Axis};
use rapport_insight::plot::{Colour, Picture, plane};
use rapport_insight::table::ReadOptions;
use serde_json::json;

use super::Common;
use super::output::{Form, Output, Plot, brief, csv};
use super::source::{Source, prepared};

/// Groups and features that are shown to people.
const GROUPS_MAX: usize = 20;
const FEATURES_MAX: usize = 4;

/// Which rows belong together, and what is common to them.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport insight cluster customers.csv --ignore id --method hdbscan --csv")]
pub(crate) struct Cluster {
    #[command(flatten)]
    source: Source,
    /// How groups are found
    #[arg(long, value_enum, default_value_t = Method::Kmeans)]
    method: Method,
    /// A column that is not looked at
    #[arg(long, value_name = "COLUMN")]
    target: Option<String>,
    /// Groups of k-means [default: 2 to 10, by silhouette]
    #[arg(long, value_name = "N")]
    k: Option<usize>,
    /// The radius of DBSCAN [default: where distances to neighbours begin to rise]
    #[arg(long, value_name = "NUMBER")]
    radius: Option<f64>,
    /// Rows that make a group by density [default: 5]
    #[arg(long, value_name = "N")]
    members: Option<usize>,
    /// The seed; the same table and seed give the same groups
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Take numbers as they are, instead of on one scale
    #[arg(long)]
    no_scale: bool,
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
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let target: Vec<String> = self.target.iter().cloned().collect();
        let table = self.source.table(ReadOptions::default())?.without(&target)?;
        let (preparation, x) = prepared(&table, self.no_scale)?;
        let options = Options { seed: self.seed, k: self.k, radius: self.radius, members_min: self.members };
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
        let names = preparation.names();
        match self.output.form(common) {
            Form::Csv => csv(
                &["row", "cluster"],
                // Who is in no group has -1, as elsewhere.
                found.of_row.iter().enumerate().map(|(i, group)| {
                    vec![(i + 1).to_string(), group.map_or("-1".into(), |g| g.to_string())]
                }),
            ),
            Form::Json => {
                let clusters: Vec<_> = (0..found.n)
                    .map(|g| {
                        let size = found.of_row.iter().filter(|of| **of == Some(g)).count();
                        json!({ "cluster": g, "size": size, "centre": found.centres.row(g).to_vec() })
                    })
                    .collect();
                println!(
                    "{}",
                    json!({
                        "clusters": clusters, "features": names, "inertia": found.inertia,
                        "silhouette": found.silhouette, "radius": found.radius, "rows": found.of_row,
                    })
                );
                Ok(())
            }
            Form::Text => {
                print(&found, &names, &x);
                Ok(())
            }
        }
    }
}

fn print(found: &Clusters, names: &[String], x: &Array2<f64>) {
    let n = found.of_row.len();
    let quality = found.silhouette.map_or(String::new(), |s| format!(", silhouette {s:.2}"));
    let radius = found.radius.map_or(String::new(), |r| format!(", radius {}", brief(r)));
    println!("{} groups of {n} rows{quality}{radius}", found.n);
    let mean = x.mean_axis(Axis(0)).unwrap_or_default();
    let spread = x.std_axis(Axis(0), 0.0);
    for group in 0..found.n.min(GROUPS_MAX) {
        let size = found.of_row.iter().filter(|of| **of == Some(group)).count();
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
        println!("  {group:<3} {size:>7} rows  {}", told.collect::<Vec<_>>().join(", "));
    }
    if found.n > GROUPS_MAX {
        println!("  … and {} smaller ones", found.n - GROUPS_MAX);
    }
    let n_none = found.of_row.iter().filter(|of| of.is_none()).count();
    if n_none > 0 {
        println!("  {n_none} rows are in no group");
    }
}
