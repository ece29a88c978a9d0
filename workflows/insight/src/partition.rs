/// Brings the rows that are `low` to the front; returns how many they are. The order changes.
pub(crate) fn partition(rows: &mut [u32], low: impl Fn(u32) -> bool) -> usize {
    let (mut front, mut back) = (0, rows.len());
    while front < back {
        if low(rows[front]) {
            front += 1;
        } else {
            back -= 1;
            rows.swap(front, back);
        }
    }
    front
}
