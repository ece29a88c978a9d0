//! Columns side by side, such as the mails of each day: figures over them, labels below. Everything is drawn
//! here, the digits too, so that a picture looks the same on every machine.

use super::png;

/// Width and height in pixels, for places that are half as large: screens have several pixels for one.
pub const WIDTH: usize = 1_200;
/// See [`WIDTH`].
pub const HEIGHT: usize = 400;

const SIDE: f64 = 12.0;
/// Where the columns stand, and how much room the highest leaves above it for its figure.
const FLOOR: f64 = 344.0;
const CEILING: f64 = 54.0;
const FIGURE_HEIGHT: f64 = 32.0;
const LABEL_HEIGHT: f64 = 28.0;
/// Of so many groups each column has its figure; of more only the first of a group.
const FIGURES_FOR_ALL: usize = 8;
/// A column is no wider, and what is not nothing no lower, than so many pixels.
const WIDTH_MAX: f64 = 62.0;
const HEIGHT_MIN: f64 = 5.0;
const CORNER: f64 = 7.0;

/// Shades between nothing and a full colour.
const SHADES: u8 = 15;
/// Each pixel is looked at so often in each direction.
const LOOKS: usize = 4;

/// Two columns with a label: the first has a foot of another colour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Digits below the columns; other letters are left out.
    pub label: String,
    /// How high the first column is.
    pub first: u32,
    /// How much of that is its foot.
    pub foot: u32,
    /// How high the second is.
    pub second: u32,
}

/// What is behind the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// Whatever the picture lies on, be it light or dark.
    Clear,
    /// White, for places that would put black there.
    White,
}

/// The colours of what is drawn; each is seen on white and on a dark ground.
#[derive(Clone, Copy)]
enum Ink {
    First,
    Foot,
    Second,
    Figure,
    Line,
}

/// Red, green and blue, in the order of [`Ink`].
const INKS: [[u8; 3]; 5] = [[58, 140, 147], [208, 96, 70], [160, 181, 187], [108, 128, 138], [160, 176, 182]];

/// Draws groups of columns as a PNG file.
#[must_use]
pub fn columns(groups: &[Group], ground: Ground) -> Vec<u8> {
    let mut sheet = Sheet { pixels: vec![0; WIDTH * HEIGHT] };
    let highest = groups.iter().map(|g| g.first.max(g.second)).max().unwrap_or(0).max(1);
    let room = (WIDTH as f64 - 2.0 * SIDE) / groups.len().max(1) as f64;
    let wide = (room * 0.34).min(WIDTH_MAX);
    let gap = (wide * 0.12).max(2.0);
    let height = |n: u32| match n {
        0 => 0.0,
        n => (f64::from(n) / f64::from(highest) * (FLOOR - CEILING)).max(HEIGHT_MIN),
    };
    for (i, group) in groups.iter().enumerate() {
        let middle = SIDE + room * (i as f64 + 0.5);
        let (left, right) = (middle - gap / 2.0 - wide, middle + gap / 2.0);
        let tall = height(group.first);
        sheet.column(left, wide, tall, tall, Ink::First);
        // A foot that is all of it has the same round corners.
        let foot = if group.foot >= group.first { tall } else { height(group.foot).min(tall - 1.0) };
        sheet.column(left, wide, foot, tall, Ink::Foot);
        let second = height(group.second);
        sheet.column(right, wide, second, second, Ink::Second);
        let figure = |n: u32| if n == 0 { String::new() } else { n.to_string() };
        let above = |tall: f64| FLOOR - tall - 10.0 - FIGURE_HEIGHT;
        let has_all = groups.len() <= FIGURES_FOR_ALL;
        // A figure that is wider than its column stays above the other one, too.
        let top = if has_all { tall } else { tall.max(second) };
        sheet.write(&figure(group.first), left + wide / 2.0, above(top), FIGURE_HEIGHT, Ink::Figure);
        if has_all {
            sheet.write(&figure(group.second), right + wide / 2.0, above(second), FIGURE_HEIGHT, Ink::Figure);
        }
        sheet.write(&group.label, middle, FLOOR + 18.0, LABEL_HEIGHT, Ink::Figure);
    }
    sheet.fill((SIDE, FLOOR, WIDTH as f64 - SIDE, FLOOR + 2.0), Ink::Line, |_, _| true);
    let (colours, clear) = palette(ground);
    png::encode_clear(&sheet.pixels, WIDTH, HEIGHT, &colours, &clear)
}

/// Returns the colour and the opacity of each index: nothing, then the shades of each ink.
fn palette(ground: Ground) -> (Vec<[u8; 3]>, Vec<u8>) {
    let mut colours = vec![[255, 255, 255]];
    let mut clear = if ground == Ground::Clear { vec![0] } else { Vec::new() };
    for ink in INKS {
        for shade in 1..=SHADES {
            let part = |full: u8| {
                let (full, shade, all) = (u32::from(full), u32::from(shade), u32::from(SHADES));
                ((full * shade + 255 * (all - shade)) / all) as u8
            };
            match ground {
                Ground::Clear => {
                    colours.push(ink);
                    clear.push(shade * (255 / SHADES));
                }
                Ground::White => colours.push(ink.map(part)),
            }
        }
    }
    (colours, clear)
}

/// Pixels as indices of the palette.
struct Sheet {
    pixels: Vec<u8>,
}

impl Sheet {
    /// Fills what lies within a box (left, top, right, bottom) and `is_inside`.
    fn fill(
        &mut self,
        (left, top, right, bottom): (f64, f64, f64, f64),
        ink: Ink,
        is_inside: impl Fn(f64, f64) -> bool,
    ) {
        let limit = |x: f64, most: usize| (x.max(0.0) as usize).min(most);
        for y in limit(top.floor(), HEIGHT)..limit(bottom.ceil(), HEIGHT) {
            for x in limit(left.floor(), WIDTH)..limit(right.ceil(), WIDTH) {
                let mut n = 0;
                for look in 0..LOOKS * LOOKS {
                    let part = |i: usize| (i as f64 + 0.5) / LOOKS as f64;
                    let (px, py) = (x as f64 + part(look % LOOKS), y as f64 + part(look / LOOKS));
                    let within = (left..right).contains(&px) && (top..bottom).contains(&py);
                    n += usize::from(within && is_inside(px, py));
                }
                let shade = n * usize::from(SHADES) / (LOOKS * LOOKS);
                if shade > 0 {
                    let (first, pixel) = (1 + ink as u8 * SHADES, &mut self.pixels[y * WIDTH + x]);
                    let new = first + shade as u8 - 1;
                    // Where strokes meet, the fuller shade stays.
                    let is_ours = (first..first + SHADES).contains(pixel);
                    *pixel = if is_ours { new.max(*pixel) } else { new };
                }
            }
        }
    }

    /// Stands a column of a height on the floor; its upper corners are round where it ends at `top`.
    fn column(&mut self, left: f64, wide: f64, tall: f64, top: f64, ink: Ink) {
        if tall <= 0.0 {
            return;
        }
        let (upper, corner) = (FLOOR - top, CORNER.min(wide / 2.0).min(top));
        let is_inside = |x: f64, y: f64| {
            let (dx, dy) = (corner - (x - left).min(left + wide - x), corner - (y - upper));
            dx <= 0.0 || dy <= 0.0 || dx * dx + dy * dy <= corner * corner
        };
        self.fill((left, (FLOOR - tall).round(), left + wide, FLOOR), ink, is_inside);
    }

    /// Writes digits around a middle, from `top` on.
    fn write(&mut self, text: &str, middle: f64, top: f64, tall: f64, ink: Ink) {
        let digits: Vec<usize> = text.chars().filter_map(|c| c.to_digit(10)).map(|d| d as usize).collect();
        let step = tall * 0.74;
        let mut left = middle - (step * digits.len() as f64 - tall * 0.14) / 2.0;
        for digit in digits {
            for stroke in STROKES[digit] {
                for ends in stroke.windows(2) {
                    let at = |(x, y): (f64, f64)| (left + x * tall, top + y * tall);
                    self.stroke(at(ends[0]), at(ends[1]), tall * 0.066, ink);
                }
            }
            left += step;
        }
    }

    /// Draws a line with round ends.
    fn stroke(&mut self, a: (f64, f64), b: (f64, f64), radius: f64, ink: Ink) {
        let around =
            (a.0.min(b.0) - radius, a.1.min(b.1) - radius, a.0.max(b.0) + radius, a.1.max(b.1) + radius);
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let length = (dx * dx + dy * dy).max(f64::MIN_POSITIVE);
        let is_inside = |x: f64, y: f64| {
            let along = (((x - a.0) * dx + (y - a.1) * dy) / length).clamp(0.0, 1.0);
            let (ox, oy) = (x - a.0 - along * dx, y - a.1 - along * dy);
            ox * ox + oy * oy <= radius * radius
        };
        self.fill(around, ink, is_inside);
    }
}

type Stroke = &'static [(f64, f64)];

/// The digits as lines, 0.6 wide and 1 high.
#[rustfmt::skip]
const STROKES: [&[Stroke]; 10] = [
    &[&[(0.3, 0.03), (0.18, 0.07), (0.08, 0.2), (0.03, 0.38), (0.03, 0.62), (0.08, 0.8), (0.18, 0.93),
        (0.3, 0.97), (0.42, 0.93), (0.52, 0.8), (0.57, 0.62), (0.57, 0.38), (0.52, 0.2), (0.42, 0.07),
        (0.3, 0.03)]],
    &[&[(0.1, 0.2), (0.34, 0.03), (0.34, 0.97)]],
    &[&[(0.06, 0.28), (0.08, 0.16), (0.17, 0.06), (0.3, 0.03), (0.43, 0.06), (0.52, 0.15), (0.54, 0.28),
        (0.5, 0.4), (0.4, 0.54), (0.05, 0.97), (0.57, 0.97)]],
    &[&[(0.07, 0.13), (0.17, 0.05), (0.3, 0.03), (0.43, 0.07), (0.51, 0.16), (0.52, 0.28), (0.46, 0.39),
        (0.35, 0.46), (0.22, 0.47)], &[(0.22, 0.47), (0.37, 0.48), (0.5, 0.56), (0.56, 0.7),
        (0.52, 0.85), (0.42, 0.94), (0.28, 0.97), (0.14, 0.94), (0.04, 0.84)]],
    &[&[(0.44, 0.97), (0.44, 0.03), (0.03, 0.7), (0.58, 0.7)]],
    &[&[(0.52, 0.04), (0.13, 0.04), (0.09, 0.45), (0.19, 0.39), (0.31, 0.38), (0.45, 0.44),
        (0.54, 0.55), (0.56, 0.69), (0.52, 0.83), (0.42, 0.93), (0.28, 0.97), (0.14, 0.94), (0.04, 0.85)]],
    &[&[(0.47, 0.06), (0.33, 0.1), (0.18, 0.24), (0.08, 0.43), (0.03, 0.64), (0.07, 0.82), (0.17, 0.94),
        (0.3, 0.97), (0.44, 0.93), (0.54, 0.82), (0.56, 0.68), (0.52, 0.55), (0.42, 0.45), (0.29, 0.42),
        (0.16, 0.46), (0.07, 0.57)]],
    &[&[(0.03, 0.04), (0.57, 0.04), (0.22, 0.97)]],
    &[&[(0.3, 0.03), (0.16, 0.08), (0.09, 0.2), (0.1, 0.33), (0.18, 0.43), (0.3, 0.47), (0.42, 0.43),
        (0.5, 0.33), (0.51, 0.2), (0.44, 0.08), (0.3, 0.03)], &[(0.3, 0.47), (0.15, 0.52), (0.05, 0.64),
        (0.04, 0.78), (0.12, 0.91), (0.3, 0.97), (0.48, 0.91), (0.56, 0.78), (0.55, 0.64), (0.45, 0.52),
        (0.3, 0.47)]],
    &[&[(0.13, 0.94), (0.27, 0.9), (0.42, 0.76), (0.52, 0.57), (0.57, 0.36), (0.53, 0.18), (0.43, 0.06),
        (0.3, 0.03), (0.16, 0.07), (0.06, 0.18), (0.04, 0.32), (0.08, 0.45), (0.18, 0.55), (0.31, 0.58),
        (0.44, 0.54), (0.53, 0.43)]],
];

#[cfg(test)]
mod tests {
    use super::*;

    fn group(label: &str, first: u32, foot: u32, second: u32) -> Group {
        Group { label: label.to_owned(), first, foot, second }
    }

    #[test]
    fn days_make_a_small_picture_whatever_they_hold() {
        let week: Vec<Group> = (9..16).map(|day| group(&day.to_string(), day * 3, day, day / 2)).collect();
        let fortnight: Vec<Group> = (1..15).map(|day| group(&day.to_string(), day * 7 % 13, 1, 2)).collect();
        for groups in [
            week,
            fortnight,
            Vec::new(),
            vec![group("1", 0, 0, 0)],
            vec![group("words", u32::MAX, u32::MAX, 1)],
            vec![group("3", 1, 9, 0); 400],
        ] {
            for ground in [Ground::Clear, Ground::White] {
                let file = columns(&groups, ground);
                assert!(file.starts_with(b"\x89PNG") && file.len() > 300, "{}", file.len());
                assert!(
                    file.len() < 24_000 || groups.len() > 31,
                    "{} groups: {} bytes",
                    groups.len(),
                    file.len()
                );
                assert_eq!(file.windows(4).any(|w| w == b"tRNS"), ground == Ground::Clear);
            }
        }
    }

    #[test]
    fn the_highest_column_reaches_the_ceiling_and_its_foot_is_a_part_of_it() {
        let mut sheet = Sheet { pixels: vec![0; WIDTH * HEIGHT] };
        sheet.column(100.0, 40.0, FLOOR - CEILING, FLOOR - CEILING, Ink::First);
        sheet.column(100.0, 40.0, 50.0, FLOOR - CEILING, Ink::Foot);
        let ink = |x: usize, y: usize| sheet.pixels[y * WIDTH + x].checked_sub(1).map(|i| i / SHADES);
        assert_eq!(ink(120, CEILING as usize + 1), Some(Ink::First as u8));
        assert_eq!(ink(120, CEILING as usize - 1), None);
        assert_eq!(ink(101, CEILING as usize), None, "the corner is round");
        assert_eq!((ink(120, FLOOR as usize - 1), ink(120, FLOOR as usize - 60)), (Some(1), Some(0)));
    }
}
