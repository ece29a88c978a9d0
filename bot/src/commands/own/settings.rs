//! `lang`, `tz` and `dnd`.

use chrono::{Days, NaiveDateTime};
use chrono_tz::Tz;
use rapport_model::Timestamp;
use rapport_model::reading::Language;
use rapport_model::time::DAY;
use rapport_nlp::rep;
use rapport_workflows::preferences::{Quiet, name};
use rapport_workflows::schedule::first_instant;

use super::super::card::Card;
use super::super::command::Command;
use super::super::desk::{Desk, Done};
use super::super::safe::quoted;
use super::super::wish::due_in;
use super::command::{Own, Rest};
use super::grammar::clock;
use super::places;

/// Nobody wants quiet for longer without saying it again.
const QUIET_DAYS_MAX: i64 = 31;

impl Desk<'_> {
    pub(in super::super) async fn speak(&self, wanted: Option<Language>) -> Done {
        let before = self.language;
        let value = wanted.map(Language::code);
        let stored = self.app.workflows.prefer(self.user, name::LANGUAGE, value).await?;
        let (now, prompts) = (self.app.workflows.language_of(Some(self.user)), self.prompts());
        let card = Card::new(prompts.language_set(now));
        if now == before {
            return Ok(vec![card]);
        }
        let back = Own::Language(stored.map(|code| Language::of(&code)));
        Ok(vec![card.button(prompts.button_undo(now), Command::Own(back))])
    }

    pub(in super::super) async fn live_in(&self, wanted: Option<&str>) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let zone = match wanted {
            None => None,
            Some(words) => match places::zone(words) {
                Some(zone) => Some(zone),
                None => return Ok(vec![Card::new(prompts.unknown_zone(language, &quoted(words)))]),
            },
        };
        let stored = self.app.workflows.prefer(self.user, name::ZONE, zone.map(Tz::name)).await?;
        let zone = self.app.workflows.zone_of(Some(self.user));
        let card =
            Card::new(prompts.zone_set(language, zone.name(), &prompts.when(language, self.now, zone)));
        if zone == self.zone {
            return Ok(vec![card]);
        }
        Ok(vec![card.button(prompts.button_undo(language), Command::Own(Own::Zone(stored)))])
    }

    pub(in super::super) async fn rest(&self, wanted: &Rest) -> Done {
        let (prompts, language, workflows) = (self.prompts(), self.language, &self.app.workflows);
        let before = self.chosen();
        let off = || Command::Own(Own::Rest(Rest::Off));
        Ok(vec![match wanted {
            Rest::Show => match self.quiet_in_words() {
                None => Card::new(prompts.quiet_none(language, prompts.usage(language, "dnd"))),
                Some(said) => Card::new(said).button(prompts.button_quiet_off(language), off()),
            },
            Rest::Off => {
                workflows.prefer(self.user, name::QUIET, None).await?;
                workflows.prefer(self.user, name::QUIET_UNTIL, None).await?;
                let n = self.store().release_notices(self.user.id).await?;
                let card = Card::new(prompts.quiet_off(language, usize::try_from(n).unwrap_or(0)));
                match before.quiet {
                    Some(quiet) => card
                        .button(prompts.button_undo(language), Command::Own(Own::Rest(Rest::Hours(quiet)))),
                    None => card,
                }
            }
            Rest::Hours(quiet) => {
                workflows.prefer(self.user, name::QUIET, Some(&quiet.to_string())).await?;
                let said = prompts.quiet_hours(language, &quiet.to_string(), self.zone.name());
                self.with_way_back(Card::new(said), before.quiet, off()).text(prompts.quiet_but(language))
            }
            Rest::Until(words) => {
                let Some(until) = self.quiet_until(words) else {
                    return Ok(vec![self.no_time(words)]);
                };
                self.to_come(until)?;
                if until.since(self.now) > QUIET_DAYS_MAX * DAY {
                    let card = prompts.quiet_too_long(language, QUIET_DAYS_MAX.unsigned_abs() as usize);
                    return Ok(vec![Card::new(card)]);
                }
                let micros = until.micros().to_string();
                workflows.prefer(self.user, name::QUIET_UNTIL, Some(&micros)).await?;
                let card = Card::new(prompts.quiet_until(language, self.echoed(until)));
                card.text(prompts.quiet_but(language)).button(prompts.button_quiet_off(language), off())
            }
        }])
    }

    fn with_way_back(&self, card: Card, before: Option<Quiet>, off: Command) -> Card {
        let back = before.map_or(off, |quiet| Command::Own(Own::Rest(Rest::Hours(quiet))));
        card.button(self.prompts().button_undo(self.language), back)
    }

    /// Says when it is quiet; nothing if never.
    pub(super) fn quiet_in_words(&self) -> Option<String> {
        let (prompts, language, chosen) = (self.prompts(), self.language, self.chosen());
        let hours = chosen.quiet.map(|q| prompts.quiet_hours(language, &q.to_string(), self.zone.name()));
        let until = chosen.quiet_until.filter(|until| *until > self.now);
        let until = until.map(|until| prompts.quiet_until(language, self.echoed(until)));
        let said: Vec<String> = until.into_iter().chain(hours).collect();
        (!said.is_empty()).then(|| said.join(if language == Language::En { " " } else { "" }))
    }

    /// Returns the time that words mean as the end of quiet: a time of the day, else any.
    fn quiet_until(&self, words: &str) -> Option<Timestamp> {
        if let Some(time) = clock(words) {
            let today = self.now.local(self.zone).date_naive();
            let on = |days| first_instant(self.zone, today.checked_add_days(Days::new(days))?.and_time(time));
            return on(0).filter(|at| *at > self.now).or_else(|| on(1));
        }
        let length = words.strip_prefix("for ").unwrap_or(words);
        let context = self.context();
        let found = due_in(words, &context).or_else(|| due_in(&format!("in {length}"), &context));
        found.map(|(at, _)| at).or_else(|| {
            let said = ["do not disturb ", "do not disturb until ", "免打扰", "免打扰到"];
            said.iter().find_map(|head| {
                let reading = rep::understand(&format!("{head}{words}"), &self.rep_context());
                let due =
                    reading.best.args.get("due").filter(|_| reading.best.command == rep::Command::Dnd)?;
                let at = NaiveDateTime::parse_from_str(due, "%Y-%m-%dT%H:%M").ok()?;
                first_instant(self.zone, at)
            })
        })
    }
}
