//! `deal` and `deals`: what may be sold, to whom, for how much and until when.

use rapport_model::people::Stage;
use rapport_model::{Change, Id, Kind, Money, Record, RecordRef, Timestamp};
use rapport_nlp::entities::{Context, impossible_day};
use rapport_nlp::rep;
use rapport_prompts::{Day, DealLine, LANGUAGES, Numbered, StageName, format};
use rapport_storage::records::Filter;

use super::super::card::Card;
use super::super::command::{Command, Of};
use super::super::desk::{Desk, Done};
use super::super::safe::{plain, quoted};
use super::super::session::Session;
use super::super::wish::{due_in, without};
use super::Keep;

const PER_PAGE: usize = 10;
const DEALS_MAX: u32 = 2_000;
const BUTTONS_MAX: usize = 5;
const TITLE_CHARS_MAX: usize = 200;

/// A deal as it was written.
#[derive(Debug, Default, PartialEq, Eq)]
struct DealWish {
    amount: Option<Money>,
    close_at: Option<Timestamp>,
    title: String,
}

impl Desk<'_> {
    pub(super) async fn open_deal_for(
        &self,
        session: &mut Session,
        command: &Command,
        of: &Of,
        words: &str,
    ) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let customer = self.find_present(session, command, of, &[Kind::Customer]).await?;
        let wish = deal_wish(words, &self.rep_context(), &self.context());
        if wish.close_at.is_none() && impossible_day(words, &self.context()).is_some() {
            return Ok(vec![self.no_time(words)]);
        }
        if let Some(at) = wish.close_at.filter(|at| *at <= self.now) {
            return Ok(vec![Card::new(prompts.time_is_past(language, self.echoed(at)))]);
        }
        let title = if wish.title.is_empty() { self.name(&customer).await? } else { wish.title };
        let (pipeline, stages) = self.store().pipeline().await?;
        let Some(stage) = stages.first() else { return Ok(vec![self.usage(command)]) };
        let (deal, change) = self.deal_change(&customer, &title, (pipeline, stage), wish.amount.as_ref());
        let change = change.with("close_at", wish.close_at);
        let written = self.write(vec![change]).await?;
        session.context = Some(deal);
        let number = written.number(deal);
        let name = self.titled(&customer).await?;
        let said = prompts.deal_opened(language, Numbered(number), &name, StageName(&stage.name));
        let close = wish.close_at.map_or_else(String::new, |at| format::day(language, at, self.zone));
        let card = self
            .written(said, &written)
            .field(prompts.field(language, "title"), quoted(&title))
            .field(prompts.field(language, "amount"), wish.amount.map_or_else(String::new, |m| m.to_string()))
            .field(prompts.field(language, "close_at"), close);
        Ok(vec![card.button(prompts.button_show(language), Command::Show(Of::Number(number)))])
    }

    /// Makes a deal of a customer's, looked after by whoever looks after them.
    pub(crate) fn deal_change(
        &self,
        customer: &Record,
        title: &str,
        (pipeline, stage): (Id, &Stage),
        amount: Option<&Money>,
    ) -> (RecordRef, Change) {
        let deal = RecordRef::new(Kind::Deal, self.store().new_id());
        let change = Change::create(deal)
            .with("title", title)
            .with("customer", customer.record.id)
            .with("company", customer.get("company").id())
            .with("pipeline", pipeline)
            .with("stage", stage.name.as_str())
            .with("owner", customer.get("owner").id().unwrap_or(self.user.id));
        let change = match amount {
            Some(money) => change.with("amount", money.minor).with("currency", money.currency.as_str()),
            None => change,
        };
        (deal, change)
    }

    pub(super) async fn deals(&self, session: &mut Session, whose: &str, page: usize) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let (_, stages) = self.store().pipeline().await?;
        let is_open = |deal: &Record| open_stage(&stages, deal.text("stage"));
        let stage = self.stage_called(&stages, whose);
        let mut deals = match stage {
            Some(stage) => {
                let mut deals = self.deals_of(None).await?;
                deals.retain(|deal| deal.text("stage") == stage.name);
                deals
            }
            None => {
                let mut deals = self.deals_of(self.owner_meant(whose)?).await?;
                deals.retain(is_open);
                deals
            }
        };
        // What should close first comes first.
        deals.sort_by_key(|deal| (deal.get("close_at").is_null(), deal.get("close_at").time()));
        if deals.is_empty() {
            let team = Command::Keep(Keep::Deals { whose: "team".into(), page: 1 });
            let stage = stage.map(|stage| prompts.stage(language, &stage.name));
            let card = Card::new(prompts.deals_empty(language, stage.unwrap_or("")));
            return Ok(vec![if whose == "team" || stage.is_some() {
                card
            } else {
                card.button(prompts.deals_of_team(language), team)
            }]);
        }
        let shown: Vec<Record> = deals.iter().skip((page - 1) * PER_PAGE).take(PER_PAGE).cloned().collect();
        let mut card = Card::new(prompts.deals_heading(language, deals.len()));
        for line in self.deal_lines(&shown).await? {
            card = card.item(line);
        }
        for deal in shown.iter().take(BUTTONS_MAX) {
            card = card.button(deal.short().to_string(), Command::Show(Of::Number(deal.short())));
        }
        let next = Command::Keep(Keep::Deals { whose: whose.to_owned(), page: page + 1 });
        Ok(vec![self.with_more(session, card, deals.len(), page, PER_PAGE, next)])
    }

    /// Returns the deals that somebody looks after, or all of them.
    pub(crate) async fn deals_of(&self, owner: Option<Id>) -> Done<Vec<Record>> {
        let equal = owner.map(|owner| ("owner", owner.into())).into_iter().collect();
        Ok(self.store().list(Kind::Deal, &Filter { equal, limit: DEALS_MAX, ..Filter::default() }).await?)
    }

    /// Finds whose records are meant: nothing for everybody's.
    pub(super) fn owner_meant(&self, whose: &str) -> Done<Option<Id>> {
        Ok(match whose {
            "" | "mine" => Some(self.user.id),
            "team" => None,
            who => Some(self.colleague_called(who)?.id),
        })
    }

    fn stage_called<'s>(&self, stages: &'s [Stage], word: &str) -> Option<&'s Stage> {
        let is_called = |stage: &&Stage| {
            let same = |name: &str| name.to_lowercase() == word.to_lowercase();
            same(&stage.name) || LANGUAGES.iter().any(|l| same(self.prompts().stage(*l, &stage.name)))
        };
        stages.iter().find(is_called)
    }

    /// Writes deals as lines of a list.
    pub(super) async fn deal_lines(&self, deals: &[Record]) -> Done<Vec<String>> {
        let mut lines = Vec::with_capacity(deals.len());
        for deal in deals {
            let title = self.name(deal).await?;
            let customer = self.linked_name(deal, "customer", Kind::Customer).await?;
            let amount = self.amount(deal);
            let owner = deal.get("owner").id().map(|id| self.colleague(id)).filter(|name| !name.is_empty());
            let line = DealLine {
                number: deal.short(),
                title: &title,
                customer: (customer != title && !customer.is_empty()).then_some(customer.as_str()),
                stage: StageName(deal.text("stage")),
                amount: (!amount.is_empty()).then_some(amount.as_str()),
                close: deal.get("close_at").time().map(|at| Day(self.at(at))),
                owner: owner.as_deref(),
            };
            lines.push(self.prompts().deal_line(self.language, &line));
        }
        Ok(lines)
    }
}

/// Tells whether a deal in that stage is neither won nor lost. One that the pipeline does not know any
/// more is open.
pub(crate) fn open_stage(stages: &[Stage], name: &str) -> bool {
    stages.iter().find(|stage| stage.name == name).is_none_or(|s| s.probability > 0.0 && s.probability < 1.0)
}

/// Words that only lead to an amount or a day.
const LEADS: &[&str] =
    &["closing", "closes", "close", "expected", "by", "for", "worth", "at", "预计", "成交", "签约", "金额"];

/// Takes a deal apart: `12k by end of June 20 seats`. Pure.
fn deal_wish(words: &str, context: &rep::Context<'_>, dates: &Context<'_>) -> DealWish {
    let mut text = format::one_line(&plain(words));
    let mut wish = DealWish::default();
    if let Some((money, from, to)) = amount_in(&text, context) {
        wish.amount = Some(money);
        text = format!(
            "{} {}",
            lead_off(&text[..from]),
            text[to..].trim_start_matches([' ', ',', '，', ';', '；', ':'])
        );
    }
    let text = text.trim();
    wish.title = match due_in(text, dates) {
        Some((at, span)) => {
            wish.close_at = Some(at);
            without(text, span)
        }
        None => text.to_owned(),
    };
    let title = lead_off(&wish.title);
    wish.title = format::clip(
        title.trim_matches([' ', ',', '，', '。', ';', '；', ':', '：', '-', '–']),
        TITLE_CHARS_MAX,
    );
    wish
}

/// Finds an amount at the beginning, or, where it says that it is money, anywhere; with its place in
/// bytes.
fn amount_in(text: &str, context: &rep::Context<'_>) -> Option<(Money, usize, usize)> {
    let starts =
        std::iter::once(0).chain(text.char_indices().filter(|(_, c)| *c == ' ').map(|(at, _)| at + 1));
    starts.filter_map(|at| text.get(at..).map(|rest| (at, rest))).find_map(|(at, rest)| {
        let (money, length) = rep::amount_first(rest, context)?;
        let bare = rest[..length].bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','));
        (at == 0 || !bare).then_some((money, at, at + length))
    })
}

fn lead_off(text: &str) -> &str {
    let mut text = text.trim_end();
    while let Some(rest) = LEADS.iter().find_map(|lead| {
        let rest = text.strip_suffix(lead)?;
        (!lead.is_ascii() || rest.is_empty() || rest.ends_with([' ', ','])).then_some(rest)
    }) {
        text = rest.trim_end_matches([' ', ',', '，']);
    }
    text
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::*;

    #[test]
    fn a_deal_is_taken_apart() {
        let now = Timestamp::parse("2026-03-11T12:00:00Z").unwrap();
        let zone = Tz::Europe__Berlin;
        let context = rep::Context { now, zone, region: "DE", currency: "EUR" };
        let dates = Context { received_at: now, zone, region: "DE", currency: "EUR", products: &[] };
        for (words, amount, close, title) in [
            ("12k by end of June 20 seats", "12,000.00 EUR", "30 Jun", "20 seats"),
            ("$12,500 AquaOne for the kitchen", "12,500.00 USD", "", "AquaOne for the kitchen"),
            ("20 seats, 12k, closing 30 June", "12,000.00 EUR", "30 Jun", "20 seats"),
            ("20 seats", "", "", "20 seats"),
            ("12000", "12,000.00 EUR", "", ""),
            ("12万 六月底 净水器", "120,000.00 EUR", "30 Jun", "净水器"),
            ("", "", "", ""),
        ] {
            let wish = deal_wish(words, &context, &dates);
            let at = wish.close_at.map_or_else(String::new, |at| at.local(zone).format("%-d %b").to_string());
            let money = wish.amount.map_or_else(String::new, |money| money.to_string());
            assert_eq!(
                (money.as_str(), at.as_str(), wish.title.as_str()),
                (amount, close, title),
                "{words:?}"
            );
        }
    }
}
