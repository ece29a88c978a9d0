//! `workflow`: what runs by itself, whether it is paused, and what would act on a message.

use rapport_model::action::{Audience, Deed};
use rapport_model::{Kind, RecordRef};
use rapport_prompts::Day;
use rapport_workflows::Would;
use rapport_workflows::hours::BusinessSpan;

use super::super::card::Card;
use super::super::command::{Command, Of};
use super::super::desk::{Desk, Done};
use super::super::message::message_meant;
use super::super::safe::quoted;
use super::super::session::Session;
use super::command::{Govern, Steer};

impl Desk<'_> {
    pub(in super::super) async fn workflow(
        &self,
        session: &mut Session,
        command: &Command,
        steer: &Steer,
    ) -> Done {
        match steer {
            Steer::List => self.list_workflows().await,
            Steer::Pause(name) => self.pause(name, true).await,
            Steer::Resume(name) => self.pause(name, false).await,
            Steer::Test(of) => self.try_rules(session, command, of).await,
        }
    }

    async fn list_workflows(&self) -> Done {
        let (prompts, language, rules) = (self.prompts(), self.language, self.app.workflows.rules());
        let mut card = Card::new(prompts.workflows_heading(language, rules.source().0));
        let verdicts = self.app.workflows.verdicts().await?;
        let names = rules.rules.iter().map(|rule| {
            let of_rule = verdicts.get(&rule.name).copied().unwrap_or_default();
            let n = of_rule.useful + of_rule.useless;
            let aside = (n > 0).then(|| prompts.workflow_useful(language, of_rule.useful, n));
            self.with_state(&rule.name, &aside.unwrap_or_default())
        });
        card = card.list(prompts.workflows_rules(language), names);
        let sequences = rules.sequences.iter().map(|sequence| {
            self.with_state(&sequence.name, &prompts.workflow_steps(language, sequence.steps.len()))
        });
        card = card.list(prompts.workflows_sequences(language), sequences);
        let levels = rules.levels.iter().map(|level| {
            let within = |span: Option<BusinessSpan>| span.map(|span| span.to_string());
            let (response, resolution) = (within(level.first_response), within(level.resolution));
            let goals = prompts.level_goals(language, response.as_deref(), resolution.as_deref());
            self.with_state(&level.name, &goals)
        });
        card = card.list(prompts.workflows_levels(language), levels);
        let states = self.store().schedule_states().await?;
        let schedules = rules.schedules.iter().map(|schedule| {
            let next = states.get(&schedule.name).and_then(|state| state.next);
            let next = next.map(|next| prompts.workflow_next(language, self.at(next)));
            self.with_state(&schedule.name, &next.unwrap_or_default())
        });
        card = card.list(prompts.workflows_schedules(language), schedules);
        let paused = self.app.workflows.preferences();
        for name in paused.paused.keys().take(5) {
            let resume = Command::Govern(Govern::Workflow(Steer::Resume(name.clone())));
            card = card.button(prompts.button_resume(language, name), resume);
        }
        card.footer = prompts.workflows_hint(language);
        Ok(vec![card])
    }

    /// Names what runs by itself, with an aside, or with who paused it.
    fn with_state(&self, name: &str, aside: &str) -> String {
        match self.app.workflows.preferences().paused.get(name) {
            None => self.beside(name, aside),
            Some(pause) => {
                let who = self.colleague(pause.by);
                self.beside(name, &self.prompts().workflow_paused_by(self.language, &who, self.at(pause.at)))
            }
        }
    }

    async fn pause(&self, name: &str, paused: bool) -> Done {
        let (prompts, language, rules) = (self.prompts(), self.language, self.app.workflows.rules());
        let rule_names = rules.rules.iter().map(|rule| rule.name.as_str());
        let sequences = rules.sequences.iter().map(|sequence| sequence.name.as_str());
        let schedules = rules.schedules.iter().map(|schedule| schedule.name.as_str());
        let levels = rules.levels.iter().map(|level| level.name.as_str());
        let mut known: Vec<&str> = rule_names.chain(sequences).chain(schedules).chain(levels).collect();
        known.dedup();
        let wanted = name.replace([' ', '-'], "_");
        let Some(name) = known.iter().copied().find(|known| known.to_lowercase() == wanted) else {
            return Ok(vec![Card::new(prompts.workflow_unknown(language, &quoted(name), &known))]);
        };
        if !self.app.workflows.pause(name, self.user.id, paused).await? {
            return Ok(vec![Card::new(match paused {
                true => prompts.workflow_is_paused(language, name),
                false => prompts.workflow_runs(language, name),
            })]);
        }
        tracing::info!(user = self.user.handle, what = name, paused, "what runs by itself was steered");
        let back = if paused { Steer::Resume(name.to_owned()) } else { Steer::Pause(name.to_owned()) };
        let said = match paused {
            true => prompts.workflow_paused(language, name),
            false => prompts.workflow_resumed(language, name),
        };
        let undo = Command::Govern(Govern::Workflow(back));
        Ok(vec![Card::new(said).button(prompts.button_undo(language), undo)])
    }

    /// Says which rules would act on a message if it had just come, and why. Nothing is done.
    async fn try_rules(&self, session: &mut Session, command: &Command, of: &Of) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let message = match (message_meant(session, of), of) {
            (Some(message), _) => message,
            (None, Of::LastMessage) => self.last_message(session, command).await?,
            (None, _) => {
                let about = [Kind::Ticket, Kind::Customer];
                let record = self.find_record(session, command, of, &about).await?;
                session.context = Some(record.record);
                match record.get("message").id() {
                    Some(message) => message,
                    None => self.last_message(session, command).await?,
                }
            }
        };
        let seen = self.store().sees(RecordRef::new(Kind::Message, message)).await?;
        let would = if seen { self.app.workflows.would_act(message).await? } else { None };
        let Some((message, would)) = would else {
            return Ok(vec![Card::new(prompts.test_unread(language))]);
        };
        let mut card = Card::new(prompts.test_heading(language, &quoted(&message.subject)));
        card.subtitle = self.when(message.received_at);
        for Would { rule, deeds, reasons, paused } in &would {
            let deeds: Vec<String> = deeds.iter().map(|deed| self.would(deed)).collect();
            let why: Vec<String> =
                reasons.iter().filter_map(|reason| self.said(reason, Some(&message))).collect();
            let day = Day(self.at(message.received_at));
            let why = if why.is_empty() { vec![prompts.test_any(language, day)] } else { why };
            let line = prompts.test_line(
                language,
                rule,
                &prompts.list(language, &deeds),
                &prompts.list(language, &why),
                *paused,
            );
            card = card.item(line);
        }
        if would.is_empty() {
            card = card.text(prompts.test_none(language));
        }
        let show = Command::Show(Of::Exact(RecordRef::new(Kind::Message, message.id)));
        card.footer = prompts.test_hint(language);
        Ok(vec![card.button(prompts.button_message(language), show)])
    }

    /// Says what a deed would be.
    fn would(&self, deed: &Deed) -> String {
        let (prompts, language) = (self.prompts(), self.language);
        match deed {
            Deed::OpenTicket(priority) => prompts.would_ticket(language, *priority),
            Deed::TicketAnswered => prompts.would_answered(language),
            Deed::TicketReopened => prompts.would_reopen(language),
            Deed::CreateTask { due, .. } => prompts.would_task(language, self.at(*due)),
            Deed::FollowPromises => prompts.would_follow_promises(language),
            Deed::PromisesKept => prompts.would_close_promises(language),
            Deed::OpenDeal => prompts.would_deal(language),
            Deed::SetLifecycle(to) => prompts.would_lifecycle(language, *to),
            Deed::Webhook(hook) => prompts.would_tell_hook(language, hook),
            Deed::TakeOwnership => prompts.would_own(language),
            Deed::Assign(to) => prompts.would_assign(language, &self.colleague(*to)),
            Deed::Set { field, to, .. } => prompts.would_set(language, prompts.field(language, field), to),
            Deed::MoveDeal(stage) => prompts.would_move(language, prompts.stage(language, stage)),
            Deed::Tag(tag) => prompts.would_tag(language, tag),
            Deed::Untag(tag) => prompts.would_untag(language, tag),
            Deed::StopSequence(sequence) => prompts.would_stop(language, sequence),
            Deed::Note(_) => prompts.would_note(language),
            Deed::OptOut => prompts.would_opt_out(language),
            Deed::OpenRequest(_) => prompts.would_open_request(language),
            Deed::Notify { to: Audience::Owner, .. } => prompts.would_tell_owner(language),
            Deed::Notify { to: Audience::Managers, .. } => prompts.would_tell_managers(language),
            Deed::StartSequence { sequence, at } | Deed::NextStep { sequence, at, .. } => {
                prompts.would_follow_up(language, sequence, self.at(*at))
            }
            Deed::Write { .. } => prompts.would_write(language),
            Deed::AskRating => prompts.would_ask_rating(language),
        }
    }
}
