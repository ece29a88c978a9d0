//! What came of a campaign.

use rapport_model::Record;
use rapport_model::campaign::{Outcome, Variant};
use rapport_prompts::Percent;
use rapport_storage::campaigns::results::COUNTS_DAYS;
use rapport_workflows::campaign::{Verdict, compare};

use super::super::super::card::Card;
use super::super::super::command::Of;
use super::super::super::desk::{Desk, Done};
use super::super::super::safe::quoted;
use super::super::super::session::Session;

impl Desk<'_> {
    pub(super) async fn campaign_results(&self, session: &mut Session, of: &Of) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let campaign = self.campaign_meant(session, of).await?;
        let name = self.campaign_name(&campaign);
        let outcomes = self.store().outcomes(campaign.record.id).await?;
        if outcomes.is_empty() {
            return Ok(vec![Card::new(prompts.results_none(language, &name))]);
        }
        let is_compared = !campaign.text("template_b").is_empty();
        let mut card = Card::new(prompts.results_heading(language, &name));
        for (variant, outcome) in &outcomes {
            let lines = self.outcome(outcome);
            card = match is_compared {
                true => {
                    let text = quoted(text_of(&campaign, *variant));
                    let heading = prompts.results_text(language, &variant.name().to_uppercase(), &text);
                    card.list(heading, lines)
                }
                false => lines.into_iter().fold(card, Card::item),
            };
        }
        let left_out = self.store().left_out_of(campaign.record.id).await?;
        let left_out = left_out.iter().map(|(why, n)| prompts.campaign_left_out_line(language, *n, *why));
        card = card.list(prompts.campaign_left_out(language), left_out);
        if is_compared {
            card = card.text(self.verdict(&campaign, &outcomes));
        }
        let open = outcomes.values().map(|one| one.sent - one.delivered - one.bounced).sum();
        card.footer = prompts.results_note(language, COUNTS_DAYS, open);
        Ok(vec![card])
    }

    fn outcome(&self, outcome: &Outcome) -> Vec<String> {
        let (prompts, language) = (self.prompts(), self.language);
        let sent = outcome.sent;
        let share = |n: i64| (sent > 0).then(|| Percent(n as f64 / sent as f64));
        // What is seldom is said where it is so.
        let seldom = [
            (prompts.results_waiting(language), outcome.waiting, None),
            (prompts.results_left_out(language), outcome.left_out, None),
            (prompts.results_failed(language), outcome.failed, None),
            (prompts.results_bounced(language), outcome.bounced, share(outcome.bounced)),
        ];
        let always = [
            (prompts.results_recipients(language), outcome.recipients, None),
            (prompts.results_sent(language), sent, None),
            (prompts.results_delivered(language), outcome.delivered, share(outcome.delivered)),
            (prompts.results_replied(language), outcome.replied, share(outcome.replied)),
            (prompts.results_unsubscribed(language), outcome.unsubscribed, share(outcome.unsubscribed)),
            (prompts.results_complained(language), outcome.complained, share(outcome.complained)),
            (prompts.results_won(language), outcome.won, share(outcome.won)),
        ];
        let [recipients, rest @ ..] = always;
        let lines =
            std::iter::once(recipients).chain(seldom.into_iter().filter(|(_, n, _)| *n > 0)).chain(rest);
        lines.map(|(what, n, share)| prompts.results_line(language, &what, n, share)).collect()
    }

    /// Says whether one text is answered more often than the other by more than chance.
    fn verdict(&self, campaign: &Record, outcomes: &std::collections::BTreeMap<Variant, Outcome>) -> String {
        let (prompts, language) = (self.prompts(), self.language);
        let answers = |variant| {
            let outcome: Outcome = outcomes.get(&variant).copied().unwrap_or_default();
            let n = |n: i64| u64::try_from(n).unwrap_or(0);
            // Who answered a mail that came back all the same must not be more than got it.
            (n(outcome.replied.min(outcome.sent)), n(outcome.sent))
        };
        let (a, b) = (answers(Variant::A), answers(Variant::B));
        match compare(a, b) {
            Verdict::TooFew => prompts.results_too_few(language),
            Verdict::Chance(p) => prompts.results_chance(language, &rounded(p)),
            Verdict::Differs(p) => {
                let a_is_better = a.0 * b.1 > b.0 * a.1;
                let better = if a_is_better { Variant::A } else { Variant::B };
                prompts.results_differs(language, &quoted(text_of(campaign, better)), &rounded(p))
            }
        }
    }
}

fn text_of(campaign: &Record, variant: Variant) -> &str {
    campaign.text(if variant == Variant::A { "template" } else { "template_b" })
}

/// Writes a probability with as many digits as say something.
fn rounded(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_owned() } else { format!("{p:.3}") }
}
