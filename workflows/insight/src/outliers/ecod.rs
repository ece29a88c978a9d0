use ndarray::Array2;

/// Returns for each row the sum over columns of -ln of the smaller tail it is in.
pub(super) fn scores(x: &Array2<f64>) -> Vec<f64> {
    let n = x.nrows();
    let mut scores = vec![0.0; n];
    let mut order: Vec<usize> = (0..n).collect();
    for column in x.columns() {
        let column = column.to_vec();
        order.sort_unstable_by(|&a, &b| column[a].total_cmp(&column[b]));
        let mut n_below = 0;
        for tied in order.chunk_by(|&a, &b| column[a] == column[b]) {
            let low = (n_below + tied.len()) as f64 / n as f64;
            let high = (n - n_below) as f64 / n as f64;
            let unusual = -low.min(high).ln();
            tied.iter().for_each(|&row| scores[row] += unusual);
            n_below += tied.len();
        }
    }
    scores
}
