fn cpu() -> f64 { let s = std::fs::read_to_string("/proc/self/schedstat").unwrap(); s.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e6 }
use rapport_insight::{*, table::*, outliers::*};
fn main() {
    let mut a = std::env::args().skip(1);
    let f = a.next().unwrap();
    let t = cpu();
    let table = table::read(&std::fs::read(f).unwrap(), &ReadOptions::default()).unwrap();
    let x = Preparation::fit(&table, Scaling::Standard).unwrap().apply(&table).unwrap();
    print!("read {:?} ", (cpu()-t));
    for (m, tr) in [(Method::Iforest, 100), (Method::Iforest, 200), (Method::Ecod, 100)] {
        let t = cpu();
        let s = outliers(&x, m, &Options { n_trees: tr, ..Default::default() }).unwrap();
        print!("{m:?}{tr} {:?} {:.3} ", (cpu()-t), s[0]);
    }
    println!();
}
