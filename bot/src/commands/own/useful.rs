//! `useful`: whether an alert was of use.

use rapport_model::Id;
use rapport_model::people::Role;
use rapport_storage::alerts::Verdicts;

use super::super::card::Card;
use super::super::command::Command;
use super::super::desk::{Desk, Done};
use super::super::govern::{Govern, Steer};
use super::command::Own;

/// After so many verdicts, of which so small a share says that it was of use, a rule is a nuisance.
const JUDGED_MIN: i64 = 4;
const USEFUL_SHARE: i64 = 4;

impl Desk<'_> {
    pub(in super::super) async fn judge(&self, alert: Option<Id>, useful: Option<bool>) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let judged = self.store().judge_alert(self.user.id, alert, useful).await?;
        let Some((alert, rule, before)) = judged else {
            return Ok(vec![Card::new(prompts.alert_unknown(language))]);
        };
        let verdicts = self.app.workflows.verdicts().await?;
        let Verdicts { useful: n_useful, useless } = verdicts.get(&rule).copied().unwrap_or_default();
        let n = n_useful + useless;
        let mut card = Card::new(match useful {
            Some(useful) => prompts.alert_judged(language, useful, &rule, n_useful, n),
            None => prompts.alert_unjudged(language, &rule),
        });
        let is_nuisance = useful == Some(false) && n >= JUDGED_MIN && n_useful * USEFUL_SHARE < n;
        if is_nuisance {
            card = card.text(prompts.alert_mostly_useless(language, &rule));
            if self.user.role >= Role::Manager {
                let pause = Command::Govern(Govern::Workflow(Steer::Pause(rule.clone())));
                card = card.button(prompts.button_pause(language, &rule), pause);
            }
        }
        if before == useful {
            return Ok(vec![card]);
        }
        let back = Command::Own(Own::Useful { alert: Some(alert), useful: before });
        Ok(vec![card.button(prompts.button_undo(language), back)])
    }
}
