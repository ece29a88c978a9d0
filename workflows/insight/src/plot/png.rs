//! PNG of a few colours (RFC 2083). Runs of equal pixels are deflated by distance 1 with the fixed codes of
//! RFC 1951, which is all that a picture with much white needs.

/// Returns a file with `width` × `height` indices into `palette`, row by row.
pub(super) fn encode(pixels: &[u8], width: usize, height: usize, palette: &[[u8; 3]]) -> Vec<u8> {
    encode_clear(pixels, width, height, palette, &[])
}

/// Does the same where the first colours are as opaque as `opacity` says, 0 to 255 each.
pub(super) fn encode_clear(
    pixels: &[u8],
    width: usize,
    height: usize,
    palette: &[[u8; 3]],
    opacity: &[u8],
) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = Vec::new();
    header.extend((width as u32).to_be_bytes());
    header.extend((height as u32).to_be_bytes());
    // Eight bits, by palette, deflated, without interlacing.
    header.extend([8, 3, 0, 0, 0]);
    chunk(&mut file, *b"IHDR", &header);
    chunk(&mut file, *b"PLTE", palette.as_flattened());
    if !opacity.is_empty() {
        chunk(&mut file, *b"tRNS", opacity);
    }
    let mut rows = Vec::with_capacity(height * (width + 1));
    let mut above: &[u8] = &[];
    for row in pixels.chunks(width) {
        // A row that is much like the one above it is written as the difference: runs of zeros.
        let n_other = row.iter().zip(above).filter(|(a, b)| a != b).count();
        let n_turns = row.windows(2).filter(|pair| pair[0] != pair[1]).count();
        if above.is_empty() || n_other > n_turns {
            rows.push(0);
            rows.extend(row);
        } else {
            rows.push(2);
            rows.extend(row.iter().zip(above).map(|(a, b)| a.wrapping_sub(*b)));
        }
        above = row;
    }
    chunk(&mut file, *b"IDAT", &deflated(&rows));
    chunk(&mut file, *b"IEND", &[]);
    file
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    file.extend((data.len() as u32).to_be_bytes());
    let start = file.len();
    file.extend(kind);
    file.extend(data);
    let sum = crc(&file[start..]);
    file.extend(sum.to_be_bytes());
}

fn crc(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
        }
    }
    !sum
}

fn adler(bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    b << 16 | a
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    open: u64,
    n_open: u32,
}

impl Bits {
    /// Adds the lowest `n` bits, lowest first.
    fn push(&mut self, bits: u32, n: u32) {
        self.open |= u64::from(bits) << self.n_open;
        self.n_open += n;
        while self.n_open >= 8 {
            self.bytes.push(self.open as u8);
            self.open >>= 8;
            self.n_open -= 8;
        }
    }

    /// Adds a code, highest bit first.
    fn push_code(&mut self, code: u32, n: u32) {
        self.push(code.reverse_bits() >> (32 - n), n);
    }

    /// Adds a letter or length of the fixed code.
    fn push_symbol(&mut self, symbol: u32) {
        match symbol {
            0..=143 => self.push_code(0x30 + symbol, 8),
            144..=255 => self.push_code(0x190 + symbol - 144, 9),
            256..=279 => self.push_code(symbol - 256, 7),
            _ => self.push_code(0xc0 + symbol - 280, 8),
        }
    }

    /// Adds the length of a match, 3 to 258: a symbol for a stretch of lengths, then where in it.
    fn push_length(&mut self, length: u32) {
        let n = length - 3;
        match n {
            0..=7 => self.push_symbol(257 + n),
            255 => self.push_symbol(285),
            n => {
                let more = n.ilog2() - 2;
                self.push_symbol(257 + 4 * more + (n >> more));
                self.push(n & ((1 << more) - 1), more);
            }
        }
    }

    fn finish(mut self) -> Vec<u8> {
        if self.n_open > 0 {
            self.bytes.push(self.open as u8);
        }
        self.bytes
    }
}

/// Runs of equal bytes, as matches of distance 1.
fn deflated(bytes: &[u8]) -> Vec<u8> {
    const LONGEST: usize = 258;
    let mut bits = Bits::default();
    // The last block, with fixed codes.
    bits.push(1, 1);
    bits.push(1, 2);
    let mut at = 0;
    while at < bytes.len() {
        bits.push_symbol(u32::from(bytes[at]));
        let mut left = bytes[at + 1..].iter().take_while(|b| **b == bytes[at]).count();
        at += 1;
        while left >= 3 {
            let length = left.min(LONGEST);
            bits.push_length(length as u32);
            // Distance 1.
            bits.push_code(0, 5);
            left -= length;
            at += length;
        }
    }
    bits.push_symbol(256);
    let mut out = vec![0x78, 0x01];
    out.extend(bits.finish());
    out.extend(adler(bytes).to_be_bytes());
    out
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn sums_are_those_of_the_standards() {
        assert_eq!(crc(b"IEND"), 0xae42_6082);
        assert_eq!(adler(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn what_is_deflated_inflates_to_the_same() {
        let mut lots = 7_u32;
        let mut mixed = Vec::new();
        for n in (0..300).chain([257, 258, 259, 260, 261, 1_000, 70_000]) {
            lots = lots.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            mixed.extend(std::iter::repeat_n((lots >> 24) as u8, n));
        }
        for bytes in [vec![], vec![200], mixed] {
            let mut back = Vec::new();
            flate2::read::ZlibDecoder::new(deflated(&bytes).as_slice()).read_to_end(&mut back).unwrap();
            assert!(back == bytes, "{} bytes", bytes.len());
        }
    }
}
