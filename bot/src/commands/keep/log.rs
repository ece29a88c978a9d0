//! `log`: a call or a meeting is noted with how long it took and how it ended.

use rapport_model::people::{Interaction, Outcome};
use rapport_model::{Change, Kind, Record, RecordRef};
use rapport_nlp::acts::promises;
use rapport_nlp::entities::extract;
use rapport_prompts::{Block, format};

use super::super::card::Card;
use super::super::command::{Command, Of};
use super::super::desk::{Desk, Done};
use super::super::note::about_record;
use super::super::safe::plain;
use super::super::session::Session;
use super::super::wish::due_in;

const ABOUT: &[Kind] = &[Kind::Customer, Kind::Deal, Kind::Ticket, Kind::Company];
const MINUTES_MAX: i64 = 24 * 60;
const TASK_CHARS_MAX: usize = 200;

impl Desk<'_> {
    pub(super) async fn log(
        &self,
        session: &mut Session,
        command: &Command,
        interaction: Interaction,
        (of, text): (&Of, &str),
    ) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let about = self.find_present(session, command, of, ABOUT).await?;
        let name = self.titled(&about).await?;
        session.context = Some(about.record);
        if text.is_empty() {
            session.awaiting = Some(command.about(Of::Exact(about.record)));
            return Ok(vec![Card::new(prompts.ask_log(language, &name))]);
        }
        let (minutes, text) = minutes_in(&plain(text));
        let outcome = (interaction == Interaction::Call).then(|| outcome_in(&text));
        let note = RecordRef::new(Kind::Note, self.store().new_id());
        let change = about_record(Change::create(note).with("body", text.as_str()), &about)
            .with("author", self.user.id)
            .with("interaction", interaction.name())
            .with("outcome", outcome.map(Outcome::name))
            .with("minutes", minutes);
        let written = self.write(vec![change]).await?;
        let what = self.interaction(interaction, minutes, outcome);
        let card = self.written(prompts.logged(language, &name, &what, Block(&text)), &written);
        if !self.promises(&text) {
            return Ok(vec![card]);
        }
        let words = format::clip(&format::one_line(&text), TASK_CHARS_MAX);
        let task = Command::Task(format!("{} {words}", about.short()));
        Ok(vec![card.text(prompts.log_follow_up(language)).button(prompts.button_task(language), task)])
    }

    /// Says what a note is of: `call, 12 min, no answer`; nothing for what only was written down.
    pub(in super::super) fn interaction_of(&self, note: &Record) -> Option<String> {
        let interaction = Interaction::by_name(note.text("interaction"))?;
        let outcome = Outcome::by_name(note.text("outcome"));
        Some(self.interaction(interaction, note.get("minutes").int(), outcome))
    }

    fn interaction(&self, what: Interaction, minutes: Option<i64>, outcome: Option<Outcome>) -> String {
        let (prompts, language) = (self.prompts(), self.language);
        let told = outcome.filter(|outcome| *outcome != Outcome::Reached);
        let told = told.map(|outcome| prompts.label(language, outcome));
        prompts.interaction(language, prompts.label(language, what), minutes, told)
    }

    /// Tells whether something is to be done about what was said: it names a day to come, or promises.
    fn promises(&self, text: &str) -> bool {
        let context = self.context();
        let to_come = due_in(text, &context).is_some_and(|(at, _)| at > self.now);
        let today = self.now.local(self.zone).date_naive();
        to_come || !promises(text, &extract(text, &context), today).is_empty()
    }
}

/// Takes a length of time out of a text, and returns it in minutes with the rest. Pure.
fn minutes_in(text: &str) -> (Option<i64>, String) {
    for (unit, each) in [("分钟", 1), ("个小时", 60), ("小时", 60)] {
        let Some(end) = text.find(unit) else { continue };
        let before = text[..end].trim_end();
        let from = before.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let (from, n) = match before[from..].parse::<i64>() {
            Ok(n) => (from, n.saturating_mul(each)),
            Err(_) if before.ends_with('半') && each == 60 => (before.len() - '半'.len_utf8(), 30),
            Err(_) => continue,
        };
        let after = end + unit.len();
        // 3小时后 is a time to come.
        if (1..=MINUTES_MAX).contains(&n) && !text[after..].starts_with('后') {
            return (Some(n), joined(&text[..from], &text[after..]));
        }
    }
    let mut start = 0;
    for word in text.split_inclusive([' ', '\n', ',', ';', '(', ')']) {
        let at = start;
        start += word.len();
        let digits = word.len() - word.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let Ok(n) = word[..digits].parse::<i64>() else { continue };
        let rest = text[at + digits..].trim_start();
        let unit_end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let each = match rest[..unit_end].to_lowercase().as_str() {
            "m" | "min" | "mins" | "minute" | "minutes" => 1,
            "h" | "hr" | "hrs" | "hour" | "hours" => 60,
            _ => continue,
        };
        // "in 10 minutes" is a time to come.
        let ahead = text[..at].trim_end().to_lowercase();
        let ahead = ahead == "in" || ahead.ends_with(" in");
        let n = n.saturating_mul(each);
        if (1..=MINUTES_MAX).contains(&n) && !ahead {
            let after = text.len() - rest.len() + unit_end;
            return (Some(n), joined(&text[..at], text[after..].trim_start_matches('.')));
        }
    }
    (None, text.trim().to_owned())
}

fn joined(before: &str, after: &str) -> String {
    let marks = [' ', ',', '，', ';', '；', '、', '(', ')', '（', '）'];
    let (before, after) = (before.trim_end_matches(marks), after.trim_start_matches(marks));
    match (before.is_empty(), after.is_empty()) {
        (true, _) => after.trim().to_owned(),
        (_, true) => before.trim().to_owned(),
        _ => format!("{before}, {after}"),
    }
}

const NO_ANSWER: &[&str] = &[
    "no answer",
    "didn't answer",
    "did not answer",
    "didn't pick up",
    "did not pick up",
    "no luck",
    "not reached",
    "couldn't reach",
    "could not reach",
    "没接",
    "未接",
    "没人接",
    "打不通",
    "没打通",
    "无人接听",
];
const MESSAGE: &[&str] =
    &["voicemail", "voice mail", "left a message", "left message", "mailbox", "留言", "语音信箱"];

/// Reads how a call ended. Pure.
fn outcome_in(text: &str) -> Outcome {
    let text = text.to_lowercase().replace('’', "'");
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match () {
        () if says(MESSAGE) => Outcome::LeftMessage,
        () if says(NO_ANSWER) => Outcome::NoAnswer,
        () => Outcome::Reached,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_taken_out_of_what_was_said() {
        for (text, minutes, rest) in [
            ("wants a quote, 12 min", Some(12), "wants a quote"),
            ("12min, wants a quote", Some(12), "wants a quote"),
            ("wants a quote (1 hour), by Friday", Some(60), "wants a quote, by Friday"),
            ("wants 12 machines", None, "wants 12 machines"),
            ("call back in 10 minutes", None, "call back in 10 minutes"),
            ("99999999999999999999 min", None, "99999999999999999999 min"),
            ("0 min", None, "0 min"),
            ("要报价，12分钟", Some(12), "要报价"),
            ("谈了半小时，要报价", Some(30), "谈了, 要报价"),
            ("3小时后回电", None, "3小时后回电"),
            ("", None, ""),
        ] {
            assert_eq!(minutes_in(text), (minutes, rest.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn a_call_ends_as_it_is_told() {
        for (text, outcome) in [
            ("wants a quote", Outcome::Reached),
            ("Didn’t pick up", Outcome::NoAnswer),
            ("no answer, left a message", Outcome::LeftMessage),
            ("没接", Outcome::NoAnswer),
        ] {
            assert_eq!(outcome_in(text), outcome, "{text:?}");
        }
    }
}
