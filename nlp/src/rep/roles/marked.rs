//! Sentences in which people marked the arguments: `remind me {d friday} to {t call {w Anna}}`.

use std::ops::Range;

use super::super::typed::Typed;
use super::{Role, State};

/// A sentence and what is marked in it.
pub(in super::super) struct Marked {
    pub text: String,
    /// The marks that stand for a role, those inside of others behind them.
    roles: Vec<(Role, Range<usize>)>,
    /// What is said, done or searched for.
    said: Vec<Range<usize>>,
}

impl Marked {
    /// Reads a sentence; fails where a mark is not closed or closes nothing.
    pub fn parse(marked: &str) -> Result<Self, String> {
        let mut read =
            Self { text: String::with_capacity(marked.len()), roles: Vec::new(), said: Vec::new() };
        let mut open: Vec<(char, usize, usize)> = Vec::new();
        let mut rest = marked;
        while let Some(c) = rest.chars().next() {
            let mut next = rest[c.len_utf8()..].chars();
            if c == '{'
                && let (Some(mark), Some(' ')) =
                    (next.next().filter(|mark| role(*mark).is_some()), next.next())
            {
                open.push((mark, read.text.len(), read.roles.len()));
                rest = next.as_str();
                continue;
            }
            rest = &rest[c.len_utf8()..];
            if c != '}' {
                read.text.push(c);
                continue;
            }
            let (mark, from, place) = open.pop().ok_or("a } closes nothing")?;
            let span = from..read.text.len();
            match role(mark) {
                Some(Role::Nothing) | None => read.said.push(span),
                Some(role) => read.roles.insert(place, (role, span)),
            }
        }
        if open.is_empty() { Ok(read) } else { Err("a { is not closed".to_owned()) }
    }

    /// Returns what each token is.
    pub fn states(&self, typed: &Typed) -> Vec<State> {
        let state = |token: &super::super::words::Token| State {
            role: self
                .roles
                .iter()
                .rfind(|(_, span)| span.contains(&token.start))
                .map_or(Role::Nothing, |(role, _)| *role),
            said: self.said.iter().any(|span| span.contains(&token.start)),
        };
        typed.tokens.iter().map(state).collect()
    }
}

/// Returns the role that a mark stands for; nothing where it is no mark. What is said is no role.
fn role(mark: char) -> Option<Role> {
    Some(match mark {
        't' | 'q' => Role::Nothing,
        'w' => Role::Who,
        'c' => Role::Company,
        'o' => Role::Owner,
        'd' => Role::Due,
        'p' => Role::Period,
        'm' => Role::Amount,
        's' => Role::Stage,
        'r' => Role::Priority,
        'f' => Role::Field,
        'v' => Role::Value,
        'g' => Role::Tag,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_stand_inside_of_others_and_are_no_part_of_the_sentence() {
        let marked = Marked::parse("tell {o Leo} to {t call {w Anna} B.} {d 周五}").unwrap();
        assert_eq!(marked.text, "tell Leo to call Anna B. 周五");
        let typed = Typed::new(&marked.text);
        let states: Vec<(Role, bool)> =
            marked.states(&typed).into_iter().map(|state| (state.role, state.said)).collect();
        let (no, yes) = (false, true);
        let expected = [
            (Role::Nothing, no),
            (Role::Owner, no),
            (Role::Nothing, no),
            (Role::Nothing, yes),
            (Role::Who, yes),
            (Role::Nothing, yes),
            (Role::Nothing, yes),
            (Role::Due, no),
            (Role::Due, no),
        ];
        assert_eq!(states, expected);
        for wrong in ["call {w Anna", "call Anna}"] {
            assert!(Marked::parse(wrong).is_err(), "{wrong}");
        }
        // A brace alone is none.
        assert_eq!(Marked::parse("{x y").unwrap().text, "{x y");
    }
}
