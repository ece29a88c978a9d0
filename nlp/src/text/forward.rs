//! A mail that was passed on within the text of another.

use super::quote::{fields_of_header, is_any_header, is_forward_mark, is_header_block, is_original_mark};

/// Lines of the writer's own above a mail that they pass on; after more it is a mail of their own.
const OWN_LINES_MAX: usize = 40;
/// Blank lines between the mark and the header of what is passed on.
const GAP_LINES_MAX: usize = 3;

/// A mail within the text of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forward<'a> {
    /// Its author's line as it stands there: a name and mostly an address.
    pub from: &'a str,
    /// Its subject; may be empty.
    pub subject: &'a str,
    /// Its text, with whatever it quotes.
    pub text: &'a str,
}

/// Finds the mail that `body` passes on: behind a mark of mail programs (`---------- Forwarded message
/// ---------`), or, where the subject says that it is passed on (`is_told`), behind any quoted header.
pub fn forwarded(body: &str, is_told: bool) -> Option<Forward<'_>> {
    let lines: Vec<&str> = body.lines().collect();
    let mut own = 0;
    for (at, line) in lines.iter().enumerate() {
        let is_mark = is_forward_mark(line) || (is_told && is_original_mark(line));
        if is_mark {
            let header =
                (at + 1..lines.len()).take(GAP_LINES_MAX + 1).find(|i| !lines[*i].trim().is_empty())?;
            return is_any_header(&lines[header..]).then(|| read(body, &lines, header)).flatten();
        }
        if is_told && is_header_block(&lines[at..]) {
            return read(body, &lines, at);
        }
        own += usize::from(!line.trim().is_empty());
        if own > OWN_LINES_MAX {
            return None;
        }
    }
    None
}

/// Reads the header at line `at`, and the text below it.
fn read<'a>(body: &'a str, lines: &[&'a str], at: usize) -> Option<Forward<'a>> {
    let fields = fields_of_header(&lines[at..]);
    let below = lines.get(at + fields.n_lines)?;
    // The lines are slices of the body.
    let start = below.as_ptr() as usize - body.as_ptr() as usize;
    let text = body[start..].trim();
    (!fields.from.is_empty() && !text.is_empty()).then_some(Forward {
        from: fields.from,
        subject: fields.subject,
        text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(body: &str, is_told: bool) -> Option<(&str, &str, &str)> {
        forwarded(body, is_told).map(|f| (f.from, f.subject, f.text))
    }

    #[test]
    fn a_mail_is_found_in_the_forms_of_the_common_programs() {
        let ann = "Ann Novak <ann@novak.example>";
        for body in [
            // Gmail
            "Please handle.\n\n---------- Forwarded message ---------\nFrom: Ann Novak <ann@novak.example>\nDate: Tue, 3 Mar 2026 at 10:00\nSubject: Pump\nTo: <mia@ours.example>\n\n\nIt leaks.\nAnn",
            // Apple Mail
            "Begin forwarded message:\n\nFrom: Ann Novak <ann@novak.example>\nSubject: Pump\nDate: 3 March 2026 at 10:00:00 CET\nTo: Mia <mia@ours.example>\n\nIt leaks.\nAnn",
            // Thunderbird
            "-------- Weitergeleitete Nachricht --------\nBetreff: Pump\nDatum: Tue, 3 Mar 2026 10:00:00 +0100\nVon: Ann Novak <ann@novak.example>\nAn: mia@ours.example\n\nIt leaks.\nAnn",
            // QQ
            "------------------ 转发的邮件 ------------------\n发件人: Ann Novak <ann@novak.example>\n发送时间: 2026年3月3日\n收件人: mia\n主题: Pump\n\nIt leaks.\nAnn",
        ] {
            assert_eq!(found(body, false), Some((ann, "Pump", "It leaks.\nAnn")), "{body}");
        }
        // Outlook has no mark of its own: the subject must say so.
        let outlook = "FYI\n\n________________________________\nFrom: Ann Novak <ann@novak.example>\nSent: Tuesday, March 3, 2026 10:00\nTo: Mia\nSubject: Pump\n\nIt leaks.\nAnn";
        assert_eq!(found(outlook, true), Some((ann, "Pump", "It leaks.\nAnn")));
        assert_eq!(found(outlook, false), None, "an answer quotes like that");
    }

    #[test]
    fn what_passes_nothing_on_is_left_alone() {
        let long = format!(
            "{}---------- Forwarded message ---------\nFrom: a@b.example\nDate: x\nTo: y\n\nz",
            "own line\n".repeat(50)
        );
        for body in [
            "",
            "Just a text.",
            "---------- Forwarded message ---------",
            "---------- Forwarded message ---------\nno header here\n\ntext",
            "---------- Forwarded message ---------\nFrom: a@b.example\nDate: x\nTo: y\n\n  \n",
            &long,
        ] {
            assert_eq!(found(body, true), None, "{body}");
        }
    }
}
