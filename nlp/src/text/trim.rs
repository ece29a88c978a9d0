//! A mail's own text: without what it quotes and how it is signed.
//!
//! Cutting too little repeats an old complaint in a customer's mood; cutting too much loses a
//! sentence. The whole text is always kept beside, so the rules lean to what most mail
//! programs write and leave alone what merely looks similar. What somebody forwards is part
//! of what they say.

use super::quote;

/// Lines that may follow one that a device added, such as its link.
const AFTER_DEVICE_LINES_MAX: usize = 2;

/// Returns the text without quoted mail, signature and legal note; `None` where that changes
/// nothing or leaves nothing.
pub fn trim(body: &str) -> Option<String> {
    let lines: Vec<&str> = body.lines().collect();
    let mut own = Own::default();
    let mut passed_on: &[&str] = &[];
    let mut at = 0;
    while let Some(&line) = lines.get(at) {
        if quote::is_quoted(line) {
            at += 1;
        } else if let Some(n_lines) = quote::armor(&lines[at..]) {
            at += n_lines;
        } else if quote::is_forward_mark(line) {
            passed_on = &lines[at..];
            break;
        } else if let Some(n_lines) = introduction(&lines[at..], own.has_text) {
            at += n_lines;
        } else if quote::is_original_mark(line) || quote::is_header_block(&lines[at..]) {
            if !own.has_text {
                // Without a word before it, the mail below is what the writer has to say.
                passed_on = &lines[at..];
            }
            break;
        } else if own.has_text
            && (quote::is_signature_mark(line) || own.ends_paragraph() && quote::is_disclaimer(line))
        {
            // Only a forward below is still the writer's.
            let forward = lines[at..].iter().position(|line| quote::is_forward_mark(line));
            at = forward.map_or(lines.len(), |n| at + n);
        } else {
            own.push(line);
            at += 1;
        }
    }
    let mut kept = own.end();
    kept.extend(passed_on);
    // Blank lines alone are no difference.
    let n_written = |lines: &[&str]| lines.iter().filter(|line| !line.trim().is_empty()).count();
    let n_own = n_written(&kept);
    (n_own > 0 && n_own < n_written(&lines)).then(|| trimmed(kept.join("\n")))
}

/// Returns a text without blanks at its ends, copied no second time: it may be long.
fn trimmed(mut text: String) -> String {
    text.truncate(text.trim_end().len());
    text.drain(..text.len() - text.trim_start().len());
    text
}

/// Returns how many lines introduce a quote here. Where quote marks follow, only the
/// introduction goes, for answers may stand between them; where none follow, all below is
/// the quote.
fn introduction(lines: &[&str], has_text: bool) -> Option<usize> {
    let attribution = quote::attribution(lines)?;
    let below = &lines[attribution.n_lines..];
    match below.iter().find(|line| !line.trim().is_empty()) {
        Some(line) if quote::is_quoted(line) => Some(attribution.n_lines),
        _ if attribution.is_certain && has_text => Some(lines.len()),
        _ => None,
    }
}

/// The lines of the writer's own, as they are found.
#[derive(Default)]
struct Own<'t> {
    kept: Vec<&'t str>,
    has_text: bool,
}

impl<'t> Own<'t> {
    fn push(&mut self, line: &'t str) {
        let is_blank = line.trim().is_empty();
        // Quotes that went leave one gap, not several.
        if is_blank && self.kept.last().is_none_or(|last| last.trim().is_empty()) {
            return;
        }
        self.has_text |= !is_blank;
        self.kept.push(line);
    }

    /// Tells whether the last line was blank or a rule.
    fn ends_paragraph(&self) -> bool {
        self.kept.last().is_none_or(|last| last.trim().is_empty() || quote::is_rule(last))
    }

    /// Returns the lines without what programs add at the end, and a gap after them.
    fn end(mut self) -> Vec<&'t str> {
        self.cut_rules();
        let from = self.kept.len().saturating_sub(AFTER_DEVICE_LINES_MAX + 1);
        if let Some(n) = self.kept[from..].iter().position(|line| quote::is_device_line(line)) {
            // It may be all there is.
            if self.kept[..from + n].iter().any(|line| !line.trim().is_empty()) {
                self.kept.truncate(from + n);
                self.cut_rules();
            }
        }
        self.cut_name();
        if !self.kept.is_empty() {
            self.kept.push("");
        }
        self.kept
    }

    /// Cuts a name below the text that is marked by a dash: `-Ann Novak`.
    fn cut_name(&mut self) {
        if let [rest @ .., before, last] = self.kept.as_slice()
            && before.trim().is_empty()
            && quote::is_dashed_name(last)
            && rest.iter().any(|line| !line.trim().is_empty())
        {
            self.kept.truncate(rest.len());
            self.cut_rules();
        }
    }

    fn cut_rules(&mut self) {
        let is_idle = |line: &&str| line.trim().is_empty() || quote::is_rule(line);
        while self.kept.last().is_some_and(is_idle) {
            self.kept.pop();
        }
    }
}

#[cfg(test)]
#[path = "trim_tests.rs"]
mod tests;
