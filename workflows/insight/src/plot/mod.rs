//! Small pictures: points and lines in a frame with figures at its corners. Encoded here, since a picture of a
//! few colours needs no library.

pub mod columns;
mod png;

use ndarray::{Array1, Array2, Axis};

/// Width and height in pixels.
const WIDTH: usize = 960;
const HEIGHT: usize = 540;
const LEFT: usize = 80;
const RIGHT: usize = 20;
const TOP: usize = 20;
const BOTTOM: usize = 40;

/// A colour of the pictures. Groups take those from [`Colour::group`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(u8);

impl Colour {
    /// For what is usual.
    pub const PLAIN: Self = Self(2);
    /// For what stands out.
    pub const STRONG: Self = Self(3);
    /// For bounds and the like.
    pub const FAINT: Self = Self(4);
    const INK: Self = Self(1);

    /// Returns the colour of a group; grey for none.
    #[must_use]
    pub fn group(group: Option<usize>) -> Self {
        group.map_or(Self::FAINT, |g| Self(5 + (g % 8) as u8))
    }
}

/// Red, green and blue of each colour; groups are told apart by the colour-blind, too (Okabe and Ito).
const PALETTE: [[u8; 3]; 13] = [
    [255, 255, 255],
    [60, 60, 60],
    [70, 110, 170],
    [213, 60, 40],
    [190, 190, 190],
    [0, 114, 178],
    [230, 159, 0],
    [0, 158, 115],
    [204, 121, 167],
    [86, 180, 233],
    [213, 94, 0],
    [130, 110, 20],
    [90, 60, 150],
];

/// A picture of points with two coordinates each.
#[derive(Clone, Debug)]
pub struct Picture {
    pixels: Vec<u8>,
    x: (f64, f64),
    y: (f64, f64),
}

impl Picture {
    /// Begins a picture whose frame holds these points; those that are not finite are nowhere.
    #[must_use]
    pub fn of(points: impl Iterator<Item = (f64, f64)>) -> Self {
        Self::with(points, figure)
    }

    /// Does the same for points whose first coordinate is a time, in seconds since 1970.
    #[must_use]
    pub fn over_time(points: impl Iterator<Item = (f64, f64)>) -> Self {
        Self::with(points, minute)
    }

    fn with(points: impl Iterator<Item = (f64, f64)>, label: impl Fn(f64) -> String) -> Self {
        let mut x = (f64::INFINITY, f64::NEG_INFINITY);
        let mut y = x;
        for (px, py) in points.filter(|(px, py)| px.is_finite() && py.is_finite()) {
            x = (x.0.min(px), x.1.max(px));
            y = (y.0.min(py), y.1.max(py));
        }
        let mut this = Self { pixels: vec![0; WIDTH * HEIGHT], x: widened(x), y: widened(y) };
        this.frame(&label(this.x.0), &label(this.x.1));
        this
    }

    /// Adds a point, `size` pixels to each side.
    pub fn point(&mut self, (x, y): (f64, f64), size: usize, colour: Colour) {
        let Some((px, py)) = self.place(x, y) else { return };
        let size = size as i64;
        for dy in -size..=size {
            for dx in -size..=size {
                if dx * dx + dy * dy <= size * size {
                    self.set(px + dx, py + dy, colour);
                }
            }
        }
    }

    /// Adds a line through points; one that is not finite interrupts it.
    pub fn line(&mut self, points: impl Iterator<Item = (f64, f64)>, colour: Colour) {
        let mut last: Option<(i64, i64)> = None;
        for (x, y) in points {
            let next = self.place(x, y);
            if let (Some((ax, ay)), Some((bx, by))) = (last, next) {
                let n = (bx - ax).abs().max((by - ay).abs()).max(1);
                for i in 0..=n {
                    self.set(ax + (bx - ax) * i / n, ay + (by - ay) * i / n, colour);
                }
            }
            last = next;
        }
    }

    /// Returns the picture as a PNG file.
    #[must_use]
    pub fn png(&self) -> Vec<u8> {
        png::encode(&self.pixels, WIDTH, HEIGHT, &PALETTE)
    }

    fn frame(&mut self, low: &str, high: &str) {
        let (right, bottom) = ((WIDTH - RIGHT) as i64, (HEIGHT - BOTTOM) as i64);
        for px in LEFT as i64..=right {
            self.set_anywhere(px, TOP as i64, Colour::FAINT);
            self.set_anywhere(px, bottom, Colour::INK);
        }
        for py in TOP as i64..=bottom {
            self.set_anywhere(LEFT as i64, py, Colour::INK);
            self.set_anywhere(right, py, Colour::FAINT);
        }
        let y = self.y;
        let width = |text: &str| (text.len() * 8) as i64;
        for (value, py) in
            [(y.0, bottom - 10), (f64::midpoint(y.0, y.1), (TOP as i64 + bottom) / 2), (y.1, TOP as i64)]
        {
            let text = figure(value);
            self.write(&text, LEFT as i64 - 6 - width(&text), py);
        }
        self.write(low, LEFT as i64, bottom + 12);
        self.write(high, right - width(high), bottom + 12);
    }

    fn place(&self, x: f64, y: f64) -> Option<(i64, i64)> {
        if !x.is_finite() || !y.is_finite() {
            return None;
        }
        // In shares, since the range of huge numbers may overflow.
        let share = |v: f64, (low, high): (f64, f64)| (v / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0);
        let across = (WIDTH - LEFT - RIGHT) as f64 * share(x, self.x);
        let down = (HEIGHT - TOP - BOTTOM) as f64 * (1.0 - share(y, self.y));
        Some((LEFT as i64 + across.round() as i64, TOP as i64 + down.round() as i64))
    }

    /// Sets a pixel inside the frame.
    fn set(&mut self, px: i64, py: i64, colour: Colour) {
        let inside = (LEFT as i64..=(WIDTH - RIGHT) as i64).contains(&px)
            && (TOP as i64..=(HEIGHT - BOTTOM) as i64).contains(&py);
        if inside {
            self.set_anywhere(px, py, colour);
        }
    }

    fn set_anywhere(&mut self, px: i64, py: i64, colour: Colour) {
        if (0..WIDTH as i64).contains(&px) && (0..HEIGHT as i64).contains(&py) {
            self.pixels[py as usize * WIDTH + px as usize] = colour.0;
        }
    }

    /// Writes figures with the upper left corner at a pixel.
    fn write(&mut self, text: &str, px: i64, py: i64) {
        for (i, letter) in text.chars().enumerate() {
            let Some((_, rows)) = GLYPHS.iter().find(|(glyph, _)| *glyph == letter) else { continue };
            for (dy, bits) in (0_i64..).zip(rows) {
                for dx in (0..3).filter(|dx| bits >> (2 - dx) & 1 == 1) {
                    for (ox, oy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                        self.set_anywhere(px + i as i64 * 8 + 2 * dx + ox, py + 2 * dy + oy, Colour::INK);
                    }
                }
            }
        }
    }
}

/// The letters of figures, three pixels wide and five high.
const GLYPHS: [(char, [u8; 5]); 15] = [
    ('0', [7, 5, 5, 5, 7]),
    ('1', [2, 6, 2, 2, 7]),
    ('2', [7, 1, 7, 4, 7]),
    ('3', [7, 1, 7, 1, 7]),
    ('4', [5, 5, 7, 1, 1]),
    ('5', [7, 4, 7, 1, 7]),
    ('6', [7, 4, 7, 5, 7]),
    ('7', [7, 1, 1, 1, 1]),
    ('8', [7, 5, 7, 5, 7]),
    ('9', [7, 5, 7, 1, 7]),
    ('-', [0, 0, 7, 0, 0]),
    ('.', [0, 0, 0, 0, 2]),
    ('e', [7, 4, 7, 4, 7]),
    ('+', [0, 2, 7, 2, 0]),
    (':', [0, 2, 0, 2, 0]),
];

/// Returns where the rows of `x` lie in the plane in which they are spread most: the first two principal
/// components, by power iteration.
#[must_use]
pub fn plane(x: &Array2<f64>) -> Vec<(f64, f64)> {
    const STEPS: usize = 60;
    let n = x.nrows().max(1) as f64;
    // Columns of one size first, since squares of large ones would hide or overflow the others.
    let mut centred = x.clone();
    for mut column in centred.axis_iter_mut(Axis(1)) {
        let mean = column.iter().map(|v| v / n).sum::<f64>();
        column.mapv_inplace(|v| v - mean);
    }
    let top = centred.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    if top > 0.0 {
        centred /= top;
    }
    let mut axes: Vec<Array1<f64>> = Vec::new();
    for _ in 0..2 {
        // No column is favoured, and none at a right angle to what is sought but by bad luck.
        let mut axis = Array1::from_shape_fn(x.ncols(), |j| 1.0 + ((j * 7919) % 101) as f64 / 101.0);
        for _ in 0..STEPS {
            axis = centred.t().dot(&centred.dot(&axis));
            for found in &axes {
                axis = &axis - &(found * found.dot(&axis));
            }
            let length = axis.dot(&axis).sqrt();
            if length < 1e-12 {
                axis.fill(0.0);
                break;
            }
            axis /= length;
        }
        axes.push(axis);
    }
    let (a, b) = (centred.dot(&axes[0]), centred.dot(&axes[1]));
    a.iter().copied().zip(b.iter().copied()).collect()
}

fn widened((low, high): (f64, f64)) -> (f64, f64) {
    if low > high {
        return (0.0, 1.0);
    }
    if low == high {
        let by = low.abs().max(1.0) * 0.05;
        return (low - by, high + by);
    }
    (low, high)
}

fn figure(x: f64) -> String {
    let size = x.abs();
    match size {
        0.0 => "0".into(),
        s if !(1e-3..1e6).contains(&s) => format!("{x:.1e}"),
        s if s >= 100.0 => format!("{x:.0}"),
        _ => format!("{x:.3}").trim_end_matches('0').trim_end_matches('.').into(),
    }
}

fn minute(x: f64) -> String {
    let at = chrono::DateTime::from_timestamp(x as i64, 0);
    at.map_or_else(|| figure(x), |at| at.format("%Y-%m-%d %H:%M").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(picture: &Picture, colour: Colour) -> usize {
        picture.pixels.iter().filter(|p| **p == colour.0).count()
    }

    #[test]
    fn points_and_lines_lie_where_they_belong() {
        let mut picture = Picture::of([(0.0, 0.0), (10.0, 5.0)].into_iter());
        picture.point((10.0, 5.0), 0, Colour::STRONG);
        assert_eq!(picture.pixels[TOP * WIDTH + WIDTH - RIGHT], Colour::STRONG.0);
        picture.line([(0.0, 2.5), (10.0, 2.5)].into_iter(), Colour::PLAIN);
        assert_eq!(count(&picture, Colour::PLAIN), WIDTH - LEFT - RIGHT + 1);
        picture.line([(0.0, 1.0), (f64::NAN, 1.0), (10.0, 1.0)].into_iter(), Colour::STRONG);
        assert_eq!(count(&picture, Colour::STRONG), 1);
    }

    #[test]
    fn the_plane_is_that_of_the_widest_spread() {
        let x = Array2::from_shape_fn((50, 3), |(i, j)| {
            let (wide, narrow) = (i as f64, if i % 2 == 0 { 3.0 } else { -3.0 });
            [5.0, narrow, wide][j]
        });
        let found = plane(&x);
        assert!((found[49].0 - found[0].0).abs() > 1.9 && (found[1].1 - found[0].1).abs() > 0.2, "{found:?}");
        assert!(plane(&Array2::zeros((3, 2))).iter().all(|p| *p == (0.0, 0.0)));
        assert_eq!(plane(&Array2::zeros((1, 1))).len(), 1);
    }

    #[test]
    fn strange_numbers_make_a_picture() {
        for points in [
            vec![],
            vec![(1.0, 1.0)],
            vec![(f64::NAN, f64::INFINITY)],
            vec![(-1e308, 1e-300), (1e308, 1e150)],
        ] {
            assert!(Picture::over_time(points.iter().copied()).png().len() > 100);
            let mut picture = Picture::of(points.iter().copied());
            picture.line(points.iter().copied(), Colour::PLAIN);
            points.iter().for_each(|p| picture.point(*p, 3, Colour::STRONG));
            assert!(picture.png().len() > 100);
        }
    }
}
