//! `who` and `unlink`.

use rapport_model::RecordRef;
use rapport_model::message::ChannelKind;

use super::super::card::Card;
use super::super::command::Command;
use super::super::desk::{Desk, Done};
use super::super::safe::quoted;
use super::super::session::Session;
use super::command::Own;

/// The chats in which colleagues have accounts.
const CHATS: [ChannelKind; 2] = [ChannelKind::Telegram, ChannelKind::Discord];

impl Desk<'_> {
    pub(in super::super) async fn who(&self) -> Done {
        let (prompts, language, user) = (self.prompts(), self.language, self.user);
        let chosen = self.chosen();
        let topics = chosen.muted.iter().map(|topic| prompts.label(language, *topic).to_owned());
        let mut muted: Vec<String> = topics.collect();
        muted.extend(self.titles(chosen.muted_records.iter().copied()).await?);
        let followed = self.titles(chosen.followed.iter().copied()).await?;
        let mut card = Card::new(self.beside(&quoted(user.display_name()), &quoted(&user.handle)))
            .field(prompts.field(language, "role"), prompts.label(language, user.role))
            .field(prompts.who_language(language), prompts.language_name(language))
            .field(
                prompts.who_zone(language),
                self.beside(self.zone.name(), &prompts.when(language, self.now, self.zone)),
            )
            .field(prompts.who_team(language), quoted(&user.team))
            .field(prompts.field(language, "scope"), prompts.label(language, user.scope))
            .field(prompts.who_quiet(language), self.quiet_in_words().unwrap_or_default())
            .field(prompts.who_muted(language), prompts.list(language, &muted))
            .field(prompts.who_followed(language), followed.join("\n"));
        if let Some(address) = &user.address {
            card = card.field(prompts.label(language, ChannelKind::Email), address.as_str());
        }
        let since = self.store().bound_since(user.id).await?;
        for chat in CHATS {
            let Some(account) = self.store().accounts(chat).await?.get(&user.id).copied() else { continue };
            let bound = since.get(&chat).map_or_else(String::new, |at| self.when(*at));
            let bound = prompts.who_since(language, &bound);
            card =
                card.field(prompts.label(language, chat), self.beside(&account.to_string(), &bound)).button(
                    prompts.button_unlink(language, prompts.label(language, chat)),
                    Command::Own(Own::Unlink { chat: Some(chat), sure: false }),
                );
        }
        Ok(vec![card.field(prompts.who_here_since(language), self.when(user.id.made_at()))])
    }

    async fn titles(&self, records: impl Iterator<Item = RecordRef>) -> Done<Vec<String>> {
        let mut titles = Vec::new();
        for record in records {
            if let Some(record) = self.store().record(record).await?.filter(|record| !record.deleted) {
                titles.push(self.titled(&record).await?);
            }
        }
        Ok(titles)
    }

    pub(in super::super) async fn unlink(
        &self,
        session: &Session,
        chat: Option<ChannelKind>,
        sure: bool,
    ) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let Some(chat) = chat.or(session.channel) else {
            let usage = prompts.usage(language, "unlink");
            return Ok(vec![Card::new(prompts.unlink_which(language, usage))]);
        };
        let name = prompts.label(language, chat);
        let Some(account) = self.store().accounts(chat).await?.get(&self.user.id).copied() else {
            return Ok(vec![Card::new(prompts.unlink_none(language, name))]);
        };
        if !sure {
            let card = Card::new(prompts.unlink_sure(language, name, &account.to_string()));
            let yes = Command::Own(Own::Unlink { chat: Some(chat), sure: true });
            return Ok(vec![card.button(prompts.button_unlink(language, name), yes)]);
        }
        self.store().unbind(chat, self.user.id).await?;
        tracing::info!(channel = %chat, user = self.user.handle, "an account was released");
        Ok(vec![Card::new(prompts.unlinked(language, name))])
    }
}
