//! The picture of a digest's days.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::Datelike as _;
use chrono_tz::Tz;
use rapport_insight::plot::columns::{Group, columns};
use rapport_prompts::DayFigures;

pub use rapport_insight::plot::columns::Ground;

/// What the `src` of a picture in our HTML begins with; base64 follows.
pub const PICTURE: &str = "data:image/png;base64,";

/// Draws the days, each named by its number in the month; nothing where there is nothing to see.
pub(super) fn chart(days: &[DayFigures], zone: Tz, ground: Ground) -> Option<String> {
    if days.iter().all(|day| day.mails_in + day.mails_out == 0) {
        return None;
    }
    let group = |day: &DayFigures| Group {
        label: day.day.local(zone).day().to_string(),
        first: day.mails_in,
        foot: day.unhappy,
        second: day.mails_out,
    };
    let groups: Vec<Group> = days.iter().map(group).collect();
    Some(format!("{PICTURE}{}", STANDARD.encode(columns(&groups, ground))))
}
