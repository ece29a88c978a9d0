//! Teams: whose mailboxes, and in which chats they see what comes.

use std::collections::BTreeMap;

use rapport_model::message::ChannelKind;

use super::Config;

impl Config {
    /// Returns who looks after each mailbox that has a team.
    pub(super) fn teams(&self) -> Result<BTreeMap<String, Vec<String>>, String> {
        let mut teams = BTreeMap::new();
        for (name, mail) in &self.mail {
            let Some(team) = &mail.team else { continue };
            let of = self.users.iter().filter(|user| user.team.as_ref() == Some(team));
            let handles: Vec<String> = of.map(|user| user.handle.clone()).collect();
            if handles.is_empty() {
                return Err(format!("mail.{name}: nobody is of the team {team:?}; give a user this team"));
            }
            teams.insert(name.clone(), handles);
        }
        Ok(teams)
    }

    /// Returns the chats of the team that looks after each mailbox.
    pub(super) fn team_chats(&self) -> Result<BTreeMap<String, Vec<(ChannelKind, i64)>>, String> {
        let telegram = self.telegram.iter().map(|config| (ChannelKind::Telegram, config.team_chats()));
        let discord = self.discord.iter().map(|config| (ChannelKind::Discord, config.team_chats()));
        let mut of_mailbox: BTreeMap<String, Vec<(ChannelKind, i64)>> = BTreeMap::new();
        for (kind, chats) in telegram.chain(discord) {
            for (team, chat) in chats {
                let mut mailboxes =
                    self.mail.iter().filter(|(_, mail)| mail.team.as_ref() == Some(&team)).peekable();
                if mailboxes.peek().is_none() {
                    return Err(format!(
                        "{kind}.teams: no mailbox is of the team {team:?}; give one this team"
                    ));
                }
                for (mailbox, _) in mailboxes {
                    of_mailbox.entry(mailbox.clone()).or_default().push((kind, chat));
                }
            }
        }
        Ok(of_mailbox)
    }
}
