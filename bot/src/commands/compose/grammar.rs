//! Reads what stands behind the words of these commands; pure.

use super::super::command::DraftStep;
use super::super::grammar::{of_and_text, whole};
use super::super::parse::trim;
use super::Compose;

/// Reads whom a machine should draft an answer to, and what it should say; or what a button writes.
pub(in super::super) fn draft(text: &str) -> Compose {
    let text = trim(text);
    let taken = text.strip_prefix("act:").and_then(|rest| rest.rsplit_once(':'));
    if let Some((step, id)) = taken
        && let (Some(step), Ok(id)) = (DraftStep::by_word(step), id.parse())
    {
        return Compose::Take { id, step };
    }
    let lower = text.to_lowercase();
    let to = ["an answer to ", "a reply to ", "an email to ", "a mail to ", "for ", "to ", "给"];
    // Its letters are ASCII, or as long in either case.
    let text = to.iter().find(|to| lower.starts_with(**to)).map_or(text, |to| &text[to.len()..]);
    let (of, wish) = of_and_text(trim(text));
    Compose::Answer { of, wish: wish.to_owned() }
}

/// Reads a summary that is wanted in prose.
pub(in super::super) fn in_words(text: &str) -> Option<Compose> {
    let of = ["in words", "in prose", "用文字", "文字版"].iter().find_map(|end| text.strip_suffix(end))?;
    Some(Compose::Summary(whole(trim(of))))
}

#[cfg(test)]
mod tests {
    use super::super::super::command::{Command, Of};
    use super::super::super::parse;
    use super::*;

    #[test]
    fn whom_and_what_is_read_in_both_languages_and_written_again() {
        let read = |text: &str| match parse(text).unwrap().command {
            Command::Compose(compose) => compose,
            other => panic!("{text}: {other:?}"),
        };
        let named = |name: &str| Of::Named(name.into());
        let answer = |of, wish: &str| Compose::Answer { of, wish: wish.into() };
        let number = |text: &str| Of::Number(text.parse().unwrap());
        for (text, expected) in [
            ("draft C12", answer(number("C12"), "")),
            ("/draft C12 we come on Monday", answer(number("C12"), "we come on Monday")),
            ("代拟 C12 周一上门", answer(number("C12"), "周一上门")),
            ("draft for Anna Berg: no charge", answer(named("Anna Berg"), "no charge")),
            ("Draft a reply to T3 sorry", answer(number("T3"), "sorry")),
            ("draft", answer(Of::It, "")),
            ("draft act:send:17", Compose::Take { id: rapport_model::Id(17), step: DraftStep::Send }),
            ("draft act:burn:17", answer(named("act"), "burn:17")),
            ("summary C12 in words", Compose::Summary(number("C12"))),
            ("总结 C12 用文字", Compose::Summary(number("C12"))),
            ("summary in words", Compose::Summary(Of::It)),
            ("summary Anna Berg in words", Compose::Summary(named("Anna Berg"))),
        ] {
            let compose = read(text);
            assert_eq!(compose, expected, "{text}");
            assert_eq!(read(&compose.to_string()), expected, "{compose}");
        }
    }
}
