//! The public data, wherever it lies.

use std::io::Read as _;
use std::path::PathBuf;

use ndarray::Array2;
use serde_json::Value;

/// Returns the place of public data; none where it is not, and then the test has nothing to say.
pub fn place(name: &str) -> Option<PathBuf> {
    let named = std::env::var_os("RAPPORT_TEST_DATA").map(PathBuf::from);
    let dir = named.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"));
    let place = dir.join(name);
    if !place.exists() {
        eprintln!("left out: {} is not here; RAPPORT_TEST_DATA names another place", place.display());
        return None;
    }
    Some(place)
}

pub fn figures() -> Value {
    serde_json::from_str(include_str!("figures.json")).unwrap()
}

/// Returns the sets of ADBench with their names: rows, and which of them are outliers.
pub fn adbench() -> Vec<(String, Array2<f64>, Vec<bool>)> {
    let Some(dir) = place("anomaly/adbench") else { return Vec::new() };
    let mut files: Vec<PathBuf> = std::fs::read_dir(dir).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    let set = |file: PathBuf| {
        let bytes = std::fs::read(&file).unwrap();
        let x = array(&member(&bytes, "X.npy"));
        let y = array(&member(&bytes, "y.npy"));
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        (name, x, y.iter().map(|v| *v > 0.5).collect())
    };
    files.into_iter().map(set).collect()
}

/// Returns the table as text, as `rapport insight` would read it.
pub fn csv(x: &Array2<f64>) -> String {
    let header: Vec<String> = (0..x.ncols()).map(|j| format!("x{j}")).collect();
    let mut text = header.join(",") + "\n";
    for row in x.rows() {
        let cells: Vec<String> = row.iter().map(f64::to_string).collect();
        text += &(cells.join(",") + "\n");
    }
    text
}

fn member(zip: &[u8], name: &str) -> Vec<u8> {
    let u16_at = |at: usize| usize::from(u16::from_le_bytes([zip[at], zip[at + 1]]));
    let u32_at = |at: usize| u32::from_le_bytes(zip[at..at + 4].try_into().unwrap()) as usize;
    let end = zip.windows(4).rposition(|w| w == b"PK\x05\x06").unwrap();
    let mut at = u32_at(end + 16);
    loop {
        assert_eq!(&zip[at..at + 4], b"PK\x01\x02", "no {name}");
        let (n_name, n_more) = (u16_at(at + 28), u16_at(at + 30) + u16_at(at + 32));
        if &zip[at + 46..at + 46 + n_name] == name.as_bytes() {
            break;
        }
        at += 46 + n_name + n_more;
    }
    let (method, n_packed, local) = (u16_at(at + 10), u32_at(at + 20), u32_at(at + 42));
    let start = local + 30 + u16_at(local + 26) + u16_at(local + 28);
    let packed = &zip[start..start + n_packed];
    if method == 0 {
        return packed.to_vec();
    }
    let mut bytes = Vec::new();
    flate2::read::DeflateDecoder::new(packed).read_to_end(&mut bytes).unwrap();
    bytes
}

fn array(npy: &[u8]) -> Array2<f64> {
    let n_header = usize::from(u16::from_le_bytes([npy[8], npy[9]]));
    let header = std::str::from_utf8(&npy[10..10 + n_header]).unwrap();
    let after = |key: &str| &header[header.find(key).unwrap() + key.len()..];
    let kind = after("'descr': '").split('\'').next().unwrap();
    let shape = after("'shape': (").split(')').next().unwrap();
    let shape: Vec<usize> = shape.split(',').filter_map(|n| n.trim().parse().ok()).collect();
    let (rows, columns) = (shape[0], shape.get(1).copied().unwrap_or(1));
    let body = &npy[10 + n_header..];
    let value = |i: usize| match kind {
        "<f8" => f64::from_le_bytes(body[i * 8..i * 8 + 8].try_into().unwrap()),
        "<f4" => f64::from(f32::from_le_bytes(body[i * 4..i * 4 + 4].try_into().unwrap())),
        "<i8" => i64::from_le_bytes(body[i * 8..i * 8 + 8].try_into().unwrap()) as f64,
        "<i4" => f64::from(i32::from_le_bytes(body[i * 4..i * 4 + 4].try_into().unwrap())),
        "|u1" | "|b1" => f64::from(body[i]),
        kind => panic!("numbers of kind {kind}"),
    };
    let fortran = header.contains("'fortran_order': True");
    Array2::from_shape_fn((rows, columns), |(i, j)| {
        value(if fortran { j * rows + i } else { i * columns + j })
    })
}
