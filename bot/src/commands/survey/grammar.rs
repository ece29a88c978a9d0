//! Reads what stands behind the word of a question of how things stand; pure.

use super::super::grammar::whole;
use super::super::parse::{ParseError, trim};
use super::super::table::Name;
use super::command::Survey;

/// Reads the arguments of a question of how things stand; nothing if `name` is none.
pub(in super::super) fn survey(name: Name, text: &str) -> Option<Result<Survey, ParseError>> {
    let text = trim(text.trim_end_matches(['。', '！', '!', '?', '？']));
    Some(match name {
        Name::Summary => {
            let of = ["of ", "for ", "on ", "一下"].iter().find_map(|word| text.strip_prefix(word));
            Ok(Survey::Summary(whole(of.map_or(text, trim))))
        }
        Name::Next => match text.to_lowercase().as_str() {
            "" | "again" | "one" | "step" | "再来" | "再来一个" | "呢" => Ok(Survey::Next),
            // `next tuesday 10 call Anna` is no question.
            _ => Err(ParseError::Unknown {
                input: format!("next {text}"),
                guesses: ["next".to_owned(), format!("find {text}")],
            }),
        },
        Name::Report => {
            let of = ["on ", "of ", "about ", "：", ":"].iter().find_map(|word| text.strip_prefix(word));
            Ok(Survey::Report(of.map_or(text, trim).to_owned()))
        }
        _ => return None,
    })
}
