//! `stage`: moves a deal through the pipeline, and says where a customer stands.

use rapport_model::people::{Lifecycle, Stage};
use rapport_model::{Change, Kind, Money, Record, RecordRef};
use rapport_nlp::rep;
use rapport_prompts::{LANGUAGES, Numbered, StageMoved, StageName};

use super::card::Card;
use super::command::{Command, Of};
use super::desk::{Desk, Done};
use super::note::about_record;
use super::safe::{plain, quoted};
use super::session::Session;

const ABOUT: &[Kind] = &[Kind::Deal, Kind::Customer];

/// Where something should go.
enum Goal {
    Stage(Stage),
    Lifecycle(Lifecycle),
}

impl Desk<'_> {
    pub(super) async fn stage(&self, session: &mut Session, command: &Command, of: &Of, words: &str) -> Done {
        let (pipeline, stages) = self.store().pipeline().await?;
        let (of, words) = self.subject(of, words, &stages);
        let Some((goal, reason)) = self.goal(&words, &stages) else {
            let mut known: Vec<&str> =
                stages.iter().map(|s| self.prompts().stage(self.language, &s.name)).collect();
            known.extend(Lifecycle::ALL.iter().map(|l| self.prompts().label(self.language, *l)));
            known.dedup();
            return Ok(vec![Card::new(self.prompts().unknown_stage(self.language, &quoted(&words), &known))]);
        };
        let again = Command::Stage { of: of.clone(), words };
        let command = if matches!(of, Of::It) { command } else { &again };
        let record = self.find_present(session, command, &of, ABOUT).await?;
        let deal = match record.record.kind {
            Kind::Deal => Some(record.clone()),
            _ => self.open_deal(&record).await?,
        };
        session.context = Some(record.record);
        // Of a customer's lifecycle there is no amount: what stands there is a reason.
        let (amount, reason) = match goal {
            Goal::Stage(_) => self.amount_before(&reason),
            Goal::Lifecycle(_) => (None, reason.as_str()),
        };
        // Whoever names a ticket means no new deal.
        if let (Goal::Stage(_), None, Of::Number(number)) = (&goal, &deal, &of)
            && number.kind.is_some_and(|kind| kind != Kind::Customer)
        {
            let said = self.prompts().wrong_kind(self.language, Numbered(*number), Kind::Deal);
            return Ok(vec![Card::new(said)]);
        }
        let card = match (goal, deal) {
            // "lost" is a stage and a lifecycle: without an open deal it is the customer who left.
            (Goal::Stage(stage), None) if stage.probability <= 0.0 => {
                self.set_lifecycle(&record, Lifecycle::Lost, reason).await?
            }
            (Goal::Stage(stage), Some(deal)) => self.move_deal(&deal, &stage, amount, reason).await?,
            (Goal::Stage(stage), None) => {
                self.new_deal(session, &record, (pipeline, &stage), amount, reason).await?
            }
            (Goal::Lifecycle(lifecycle), _) => {
                let customer = match record.record.kind {
                    Kind::Customer => Some(record),
                    _ => self.linked(&record, "customer", Kind::Customer).await?,
                };
                match customer {
                    Some(customer) => self.set_lifecycle(&customer, lifecycle, reason).await?,
                    None => {
                        Card::new(self.prompts().which_record(self.language, self.word(command), example()))
                    }
                }
            }
        };
        Ok(vec![card])
    }

    /// Finds a name before the stage: `Novak Café negotiation`.
    fn subject(&self, of: &Of, words: &str, stages: &[Stage]) -> (Of, String) {
        if *of != Of::It || self.goal(words, stages).is_some() {
            return (of.clone(), words.to_owned());
        }
        let ends = words.char_indices().filter(|(_, c)| c.is_whitespace()).map(|(i, _)| i);
        for at in ends {
            let (name, rest) = words.split_at(at);
            let rest = rest.trim();
            let rest = rest.strip_prefix("to ").unwrap_or(rest);
            if self.goal(rest, stages).is_some() {
                return (Of::Named(name.trim().to_owned()), rest.to_owned());
            }
        }
        (of.clone(), words.to_owned())
    }

    /// Reads a stage or lifecycle at the beginning of `words`, in either language; the rest is the
    /// reason.
    fn goal(&self, words: &str, stages: &[Stage]) -> Option<(Goal, String)> {
        let prompts = self.prompts();
        let mut best: Option<(usize, Goal)> = None;
        let mut offer = |name: &str, goal: &dyn Fn() -> Goal| {
            let length = begins_with(words, name);
            if let Some(length) = length.filter(|n| best.as_ref().is_none_or(|(m, _)| n > m)) {
                best = Some((length, goal()));
            }
        };
        for stage in stages {
            offer(&stage.name, &|| Goal::Stage(stage.clone()));
            for language in LANGUAGES {
                offer(prompts.stage(language, &stage.name), &|| Goal::Stage(stage.clone()));
            }
        }
        for lifecycle in Lifecycle::ALL {
            offer(lifecycle.name(), &|| Goal::Lifecycle(*lifecycle));
            for language in LANGUAGES {
                offer(prompts.label(language, *lifecycle), &|| Goal::Lifecycle(*lifecycle));
            }
        }
        let (length, goal) = best?;
        let reason = trim_mark(&words[length..]);
        let reason = reason.strip_prefix("because ").unwrap_or(reason).trim_start_matches("因为");
        Some((goal, plain(reason).trim().to_owned()))
    }

    /// Splits off an amount that stands before the reason: `12k, budget approved`.
    fn amount_before<'t>(&self, words: &'t str) -> (Option<Money>, &'t str) {
        let figure = words.strip_prefix("at ").or(words.strip_prefix("for ")).unwrap_or(words);
        match rep::amount_first(figure, &self.rep_context()) {
            Some((money, length)) => (Some(money), trim_mark(&figure[length..])),
            None => (None, words),
        }
    }

    /// Says an amount that a deal gets, and the one it had; empty without one.
    fn amount_change(&self, deal: &Record, after: Option<&Money>) -> String {
        match (self.amount(deal), after) {
            (_, None) => String::new(),
            (before, Some(after)) if before.is_empty() || before == after.to_string() => after.to_string(),
            (before, Some(after)) => format!("{before} → {after}"),
        }
    }

    async fn move_deal(&self, deal: &Record, to: &Stage, amount: Option<Money>, reason: &str) -> Done<Card> {
        let (prompts, language) = (self.prompts(), self.language);
        let before = deal.text("stage");
        let lost = to.probability <= 0.0;
        let mut change = Change::update(deal.record).set("stage", before, to.name.as_str());
        if !reason.is_empty() && lost {
            change = change.set("lost_reason", deal.get("lost_reason").clone(), reason);
        }
        if let Some(money) = &amount {
            change = change.set("amount", deal.get("amount").clone(), money.minor);
            change = change.set("currency", deal.get("currency").clone(), money.currency.as_str());
        }
        if change.is_empty() {
            return Ok(self.unchanged(deal));
        }
        let mut changes = vec![change];
        let mut bought = None;
        if to.probability >= 1.0
            && let Some(customer) = self.linked(deal, "customer", Kind::Customer).await?
            && !is_customer(&customer)
        {
            // Who has bought is a customer.
            changes.push(lifecycle_change(&customer, Lifecycle::Customer));
            bought = Some(customer);
        }
        if !lost {
            changes.extend(self.reason_note(deal, reason));
        }
        let written = self.write(changes).await?;
        let moved = StageMoved {
            number: deal.short(),
            title: &self.name(deal).await?,
            before: StageName(before),
            after: StageName(&to.name),
        };
        let mut card = self.written(prompts.stage_moved(language, &moved), &written);
        card = card.field(prompts.field(language, "amount"), self.amount_change(deal, amount.as_ref()));
        if let Some(customer) = bought {
            card = card.text(self.lifecycle_line(&customer, Lifecycle::Customer).await?);
        }
        if !reason.is_empty() {
            let label = if lost {
                prompts.field(language, "lost_reason")
            } else {
                prompts.label(language, Kind::Note)
            };
            card = card.field(label, quoted(reason));
        } else if lost {
            card.footer =
                prompts.stage_reason_hint(language, &format!("stage {} {} …", deal.short(), to.name));
        }
        Ok(card)
    }

    async fn new_deal(
        &self,
        session: &mut Session,
        customer: &Record,
        (pipeline, stage): (rapport_model::Id, &Stage),
        amount: Option<Money>,
        reason: &str,
    ) -> Done<Card> {
        let title = self.name(customer).await?;
        let (deal, change) = self.deal_change(customer, &title, (pipeline, stage), amount.as_ref());
        let mut changes = vec![change];
        changes.extend(self.reason_note(customer, reason));
        let bought = stage.probability >= 1.0 && !is_customer(customer);
        changes.extend(bought.then(|| lifecycle_change(customer, Lifecycle::Customer)));
        let written = self.write(changes).await?;
        session.context = Some(deal);
        let number = Numbered(written.number(deal));
        let name = self.titled(customer).await?;
        let said = self.prompts().deal_opened(self.language, number, &name, StageName(&stage.name));
        let card = self
            .written(said, &written)
            .field(
                self.prompts().field(self.language, "amount"),
                amount.map_or_else(String::new, |m| m.to_string()),
            )
            .field(self.prompts().label(self.language, Kind::Note), quoted(reason));
        Ok(match bought {
            true => card.text(self.lifecycle_line(customer, Lifecycle::Customer).await?),
            false => card,
        })
    }

    async fn set_lifecycle(&self, customer: &Record, to: Lifecycle, reason: &str) -> Done<Card> {
        let change = lifecycle_change(customer, to);
        if change.is_empty() {
            return Ok(self.unchanged(customer));
        }
        let mut changes = vec![change];
        changes.extend(self.reason_note(customer, reason));
        let written = self.write(changes).await?;
        let card = self.written(self.lifecycle_line(customer, to).await?, &written);
        Ok(card.field(self.prompts().label(self.language, Kind::Note), quoted(reason)))
    }

    /// Makes a note of a reason, if one was given.
    pub(crate) fn reason_note(&self, about: &Record, reason: &str) -> Option<Change> {
        let note = Change::create(RecordRef::new(Kind::Note, self.store().new_id())).with("body", reason);
        (!reason.is_empty()).then(|| about_record(note, about).with("author", self.user.id))
    }

    async fn lifecycle_line(&self, customer: &Record, to: Lifecycle) -> Done<String> {
        let before = Lifecycle::by_name(customer.text("lifecycle"));
        Ok(self.prompts().lifecycle_set(self.language, &self.titled(customer).await?, before, to))
    }
}

pub(crate) fn is_customer(customer: &Record) -> bool {
    customer.text("lifecycle") == Lifecycle::Customer.name()
}

pub(crate) fn lifecycle_change(customer: &Record, to: Lifecycle) -> Change {
    Change::update(customer.record).set("lifecycle", customer.get("lifecycle").clone(), to.name())
}

fn example() -> rapport_model::ShortNumber {
    rapport_model::ShortNumber::of(Kind::Customer, 12)
}

fn trim_mark(words: &str) -> &str {
    words.trim_start_matches([',', '，', ':', '：', ';', '；', ' ', '-', '–'])
}

/// Returns the length of `name` if `words` begins with it, whatever the case, and the word ends
/// there. Chinese needs no blank behind it.
fn begins_with(words: &str, name: &str) -> Option<usize> {
    let head = words
        .get(..name.len())
        .filter(|head| !name.is_empty() && head.to_lowercase() == name.to_lowercase())?;
    let goes_on = words[head.len()..].starts_with(|c: char| c.is_ascii_alphanumeric()) && name.is_ascii();
    (!goes_on).then_some(head.len())
}
