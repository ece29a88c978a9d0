//! Starting and stopping campaigns.

use rapport_model::campaign::CampaignState;
use rapport_model::{Change, Op, Record};
use rapport_workflows::campaign::ended;

use super::super::super::card::Card;
use super::super::super::command::Of;
use super::super::super::desk::{Desk, Done};
use super::super::super::session::Session;
use super::draft::{nobody, started};
use super::{Campaign, command, state_of};

impl Desk<'_> {
    pub(super) async fn start_campaign(&self, session: &mut Session, of: &Of, sure: bool) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let campaign = self.campaign_meant(session, of).await?;
        let name = self.campaign_name(&campaign);
        match state_of(&campaign) {
            CampaignState::Running => {
                return Ok(vec![Card::new(prompts.campaign_is_running(language, &name))]);
            }
            CampaignState::Done => return Ok(vec![Card::new(prompts.campaign_is_done(language, &name))]),
            CampaignState::Draft | CampaignState::Stopped => {}
        }
        if self.app.config.http.base().is_none() {
            return Ok(vec![Card::new(prompts.campaign_no_pages(language))]);
        }
        if let Some(card) = self.wrong_texts(&campaign, &nobody()) {
            return Ok(vec![card]);
        }
        let goes_on = !campaign.get("enlisted_at").is_null();
        let yes = command(Campaign::Start { of: Of::Number(campaign.short()), sure: true });
        // An answer to the question counts where the question was seen.
        if !sure || !session.has_button(&yes.to_string()) {
            if goes_on {
                let waiting = self.store().progress_of(campaign.record.id).await?.waiting;
                let card = Card::new(prompts.campaign_go_on_sure(language, &name, waiting));
                return Ok(vec![card.button(prompts.button_go_on(language), yes)]);
            }
            let reach = self.app.workflows.reach(self.store(), &campaign).await?;
            if reach.n_recipients == 0 {
                return Ok(vec![Card::new(prompts.campaign_nobody(language, &name))]);
            }
            let card = Card::new(prompts.campaign_sure(language, &name, reach.n_recipients));
            return Ok(vec![card.button(prompts.button_start_campaign(language), yes)]);
        }
        self.write(vec![started(&campaign, self.user, self.now)]).await?;
        tracing::info!(user = self.user.handle, campaign = %campaign.short(), "a campaign was started");
        let opens = self.app.workflows.campaign_opens(&campaign, &nobody(), self.now);
        let first = opens.filter(|at| *at > self.now).map(|at| self.at(at));
        Ok(vec![self.with_steps(Card::new(prompts.campaign_started(language, &name, first)), &campaign)])
    }

    /// Stops a campaign for good or for a while: from the commit on nothing of it leaves.
    pub(super) async fn stop_campaign(&self, session: &mut Session, of: &Of) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let campaign = self.campaign_meant(session, of).await?;
        let name = self.campaign_name(&campaign);
        let state = state_of(&campaign);
        if state != CampaignState::Running {
            return Ok(vec![Card::new(prompts.campaign_not_running(language, &name, state))]);
        }
        self.write(vec![ended(&campaign, CampaignState::Stopped, self.now)]).await?;
        tracing::info!(user = self.user.handle, campaign = %campaign.short(), "a campaign was stopped");
        let outcomes = self.store().outcomes(campaign.record.id).await?;
        let (written, all) =
            outcomes.values().fold((0, 0), |(sent, all), one| (sent + one.sent, all + one.recipients));
        let not_to = all - written - outcomes.values().map(|one| one.failed).sum::<i64>();
        let number = Of::Number(campaign.short());
        let start = Campaign::Start { of: number.clone(), sure: false };
        let card = Card::new(prompts.campaign_stopped(language, &name, written, not_to))
            .button(prompts.button_go_on(language), command(start))
            .button(prompts.button_results(language), command(Campaign::Results(number)));
        Ok(vec![card])
    }

    pub(super) async fn discard_campaign(&self, session: &mut Session, of: &Of) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let campaign = self.campaign_meant(session, of).await?;
        let name = self.campaign_name(&campaign);
        let progress = self.store().progress_of(campaign.record.id).await?;
        if state_of(&campaign) != CampaignState::Draft || progress.recipients > 0 {
            return Ok(vec![Card::new(prompts.campaign_keeps(language, &name))]);
        }
        let change = Change { record: campaign.record, op: Op::Delete, fields: Vec::new() };
        let written = self.write(vec![change]).await?;
        Ok(vec![self.written(prompts.campaign_discarded(language, &name), &written)])
    }

    /// Adds what can be done about a campaign that runs.
    fn with_steps(&self, card: Card, campaign: &Record) -> Card {
        let (prompts, language) = (self.prompts(), self.language);
        let number = Of::Number(campaign.short());
        card.button(prompts.button_stop_campaign(language), command(Campaign::Stop(number.clone())))
            .button(prompts.button_results(language), command(Campaign::Results(number)))
    }
}
