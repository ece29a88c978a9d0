//! Makes words of others safe to show: no escape sequence acts, no line looks like ours; pure.

use rapport_workflows::carry_out::harmless;

/// Takes terminal escape sequences, control characters and marks that turn the direction of
/// writing out of a text. Line feeds stay; a tab becomes a blank.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' => out.push('\n'),
            '\t' => out.push(' '),
            '\u{1b}' => match chars.next_if(|c| matches!(c, '[' | ']' | 'P' | 'X' | '^' | '_' | '(' | ')')) {
                Some('[') => skip_control_sequence(&mut chars),
                Some('(' | ')') => drop(chars.next()),
                Some(_) => skip_string(&mut chars),
                None => {}
            },
            '\u{9b}' => skip_control_sequence(&mut chars),
            '\u{9d}' | '\u{90}' => skip_string(&mut chars),
            '\u{2028}' | '\u{2029}' => out.push('\n'),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// ECMA-48: parameters and intermediates, then one final byte.
fn skip_control_sequence(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    while chars.next_if(|c| matches!(c, '\u{20}'..='\u{3f}')).is_some() {}
    chars.next_if(|c| matches!(c, '\u{40}'..='\u{7e}'));
}

/// A command string runs to its terminator; one without any ends with its line.
fn skip_string(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    while let Some(c) = chars.next_if(|c| *c != '\n') {
        match c {
            '\u{7}' | '\u{9c}' => return,
            '\u{1b}' => {
                chars.next_if(|c| *c == '\\');
                return;
            }
            _ => {}
        }
    }
}

/// Makes one line of customers' words that opens no link and mentions nobody.
pub(super) fn quoted(text: &str) -> String {
    rapport_prompts::format::one_line(&harmless(&plain(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customers_words_do_not_command_the_terminal() {
        for (text, safe) in [
            ("red \u{1b}[31;1malert\u{1b}[0m!", "red alert!"),
            ("\u{1b}]0;my title\u{7}body", "body"),
            ("\u{1b}]8;;https://evil.example\u{1b}\\click\u{1b}]8;;\u{1b}\\", "click"),
            ("\u{1b}Pq#0\u{1b}\\after", "after"),
            ("never closed \u{1b}]0;title\nnext", "never closed \nnext"),
            ("c1 \u{9b}2Jgone", "c1 gone"),
            ("bell\u{7} back\u{8}space nul\u{0}", "bell backspace nul"),
            ("over\rwritten", "overwritten"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("\u{1b}", ""),
            ("\u{1b}[", ""),
            ("\u{1b}(Bok", "ok"),
            ("漏水\t了\n第二行", "漏水 了\n第二行"),
        ] {
            assert_eq!(plain(text), safe, "{text:?}");
        }
        assert_eq!(quoted("see https://x.test\n@all"), "see hxxps://x.test ＠all");
    }
}
