//! `report topics`, `report needs` and `report forecast`: what people write about, what goes together in what they
//! want, and what is to be expected.

use std::collections::{BTreeSet, HashMap};

use rapport_model::people::Scope;
use rapport_model::time::DAY;
use rapport_model::{Id, Kind, RecordRef};
use rapport_nlp::rep;
use rapport_prompts::format::{self, clip, number, period};
use rapport_prompts::{NeedsCause, NeedsRule, Percent};
use rapport_workflows::outlook::Pipeline;
use rapport_workflows::portrait::{CUSTOMERS_MIN, Needs, Trait};

use super::super::card::{Block, Card};
use super::super::command::{Command, Of};
use super::super::desk::{Desk, Done};
use super::super::safe::quoted;
use super::period::{stretch, whole_days};
use super::report::table;

/// Days of mails that are looked at where no period is said.
const DAYS: i64 = 30;
/// What fits on a button.
const LABEL_CHARS_MAX: usize = 24;

/// What is asked of mails and deals as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outlook {
    /// What mails are about, and of which period, in words.
    Topics(String),
    /// What is to be expected.
    Forecast,
    /// What goes together in what customers want, buy and say.
    Needs,
}

/// Reads whether words ask for that; nothing if they ask for something else. Pure.
pub(super) fn outlook(words: &str) -> Option<Outlook> {
    let lower = words.trim().to_lowercase();
    if matches!(lower.as_str(), "forecast" | "outlook" | "预测" | "展望") {
        return Some(Outlook::Forecast);
    }
    if matches!(lower.as_str(), "needs" | "customer needs" | "causes" | "需求" | "客户需求" | "原因")
    {
        return Some(Outlook::Needs);
    }
    let rest = ["topics", "themes", "话题", "主题"].iter().find_map(|word| {
        let (before, after) = lower.split_once(word)?;
        Some(format!("{before} {after}"))
    })?;
    Some(Outlook::Topics(rest.split_whitespace().collect::<Vec<_>>().join(" ")))
}

impl Desk<'_> {
    pub(super) async fn report_outlook(&self, asked: Outlook) -> Done {
        match asked {
            Outlook::Topics(period) => self.report_topics(&period).await,
            Outlook::Forecast => self.report_forecast().await,
            Outlook::Needs => self.report_needs().await,
        }
    }

    async fn report_topics(&self, words: &str) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let named = rep::periods(words, &self.rep_context()).into_iter().next();
        let first = self.now.plus(-DAYS * DAY).local(self.zone).date_naive();
        let this = match named {
            Some((name, _)) => stretch(&name, self.now, self.zone),
            None if words.is_empty() => stretch(&format!("since_{first}"), self.now, self.zone),
            None => None,
        };
        let Some((from, to)) = this else {
            return Ok(vec![Card::new(prompts.report_no_period(language, &quoted(words)))]);
        };
        let (first, last) = whole_days((from, to), self.zone);
        let days = period(language, first, last, self.zone);
        let mut card = Card::new(prompts.topics_heading(language, &days));
        let found = self.app.workflows.mail_topics(self.store(), (from, to)).await?;
        let Some(found) = found.filter(|found| !found.is_empty()) else {
            let needed = rapport_insight::topics::TEXTS_MIN;
            return Ok(vec![card.text(prompts.topics_too_few(language, needed))]);
        };
        for topic in found {
            let words: Vec<String> = topic.words.iter().map(|word| quoted(word)).collect();
            card = card.field(prompts.list(language, &words), number(topic.n as i64));
            if let Some(example) = topic.example {
                let show = Command::Show(Of::Exact(RecordRef::new(Kind::Message, example)));
                let label = words.first().map_or(String::new(), |word| clip(word, LABEL_CHARS_MAX));
                card = card.button(label, show);
            }
        }
        card.footer = prompts.topics_footer(language);
        Ok(vec![card])
    }

    async fn report_forecast(&self) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let mut card = Card::new(prompts.forecast_heading(language));
        let expected = self.app.workflows.expected_mails(self.store(), self.zone, self.now).await?;
        card = match expected {
            Some(days) => {
                let whole = |n: f64| number(n.round() as i64);
                let line = |day: &rapport_workflows::outlook::Expected| {
                    let range = format!("{}–{}", whole(day.range.0), whole(day.range.1));
                    (format::day(language, day.day, self.zone), vec![whole(day.n), range])
                };
                let lines: Vec<_> = days.iter().map(line).collect();
                let headings = [prompts.forecast_mails(language), prompts.forecast_range(language)];
                card.block(Block::Fixed(table(&headings, &lines)))
            }
            None => card.text(prompts.forecast_too_little(language)),
        };
        for Pipeline { expected, range: (low, high), n } in
            self.app.workflows.expected_deals(self.store()).await?
        {
            let value = prompts.forecast_deals_value(language, &expected, &low, &high, n);
            card = card.field(prompts.forecast_deals(language), value);
        }
        card.footer = prompts.forecast_footer(language);
        Ok(vec![card])
    }
}

impl Desk<'_> {
    async fn report_needs(&self) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let mut card = Card::new(prompts.needs_heading(language));
        // It is learnt from everybody's customers.
        if self.user.scope != Scope::All {
            return Ok(vec![card.text(prompts.needs_not_seen(language))]);
        }
        let Some((made, needs)) = self.app.workflows.needs().await? else {
            return Ok(vec![card.text(prompts.needs_too_few(language, CUSTOMERS_MIN))]);
        };
        let products = self.products_in(&needs).await?;
        let said = |of: &Trait| self.trait_said(*of, &products);
        for rule in &needs.together {
            let when: Vec<String> = rule.when.iter().filter_map(said).collect();
            let Some(then) = said(&rule.then).filter(|_| when.len() == rule.when.len()) else { continue };
            let lift = format!("{:.1}", rule.lift);
            let when = prompts.list(language, &when);
            card = card.item(prompts.needs_rule(
                language,
                &NeedsRule { when: &when, then: &then, share: Percent(rule.share), n: rule.n, lift: &lift },
            ));
        }
        if needs.together.is_empty() {
            card = card.text(prompts.needs_nothing(language));
        }
        for cause in &needs.causes {
            let Some(of) = said(&cause.of) else { continue };
            let (low, high) = cause.range;
            let cause = NeedsCause {
                of: &of,
                share: Percent(cause.share),
                low: Percent(low),
                high: Percent(high),
                n: cause.n,
                usual: Percent(needs.low.0),
            };
            card = card.item(prompts.needs_cause(language, &cause));
        }
        card.footer = prompts.needs_learnt(language, self.at(made), needs.n);
        Ok(vec![card])
    }

    /// Returns the names of the products that are told of.
    async fn products_in(&self, needs: &Needs) -> Done<HashMap<Id, String>> {
        let traits = needs.together.iter().flat_map(|rule| rule.when.iter().chain([&rule.then]));
        let traits = traits.chain(needs.causes.iter().map(|cause| &cause.of));
        let ids: BTreeSet<Id> =
            traits.filter_map(|of| if let Trait::Bought(id) = of { Some(*id) } else { None }).collect();
        let records = self.store().records(Kind::Product, &ids.into_iter().collect::<Vec<_>>()).await?;
        let named = records.into_iter().filter(|product| !product.text("name").is_empty());
        Ok(named.map(|product| (product.record.id, quoted(product.text("name")))).collect())
    }

    /// Says something about customers; nothing of a product that is no more.
    fn trait_said(&self, of: Trait, products: &HashMap<Id, String>) -> Option<String> {
        let (prompts, language) = (self.prompts(), self.language);
        Some(match of {
            Trait::Wants(intent) => prompts.needs_wants(language, prompts.label(language, intent)),
            Trait::Bought(product) => prompts.needs_bought(language, products.get(&product)?),
            Trait::Won => prompts.needs_won(language),
            Trait::Lost => prompts.needs_lost(language),
            Trait::RatedLow => prompts.needs_rated_low(language),
            Trait::RatedHigh => prompts.needs_rated_high(language),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_have_a_period_and_a_forecast_has_none() {
        assert_eq!(outlook("forecast"), Some(Outlook::Forecast));
        assert_eq!(outlook("预测"), Some(Outlook::Forecast));
        assert_eq!(outlook("topics"), Some(Outlook::Topics(String::new())));
        assert_eq!(outlook("topics last week"), Some(Outlook::Topics("last week".into())));
        assert_eq!(outlook("上周话题"), Some(Outlook::Topics("上周".into())));
        assert_eq!(outlook("customer needs"), Some(Outlook::Needs));
        assert_eq!(outlook("tickets"), None);
        assert_eq!(outlook(""), None);
    }
}
