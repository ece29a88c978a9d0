//! The commands that Discord offers while somebody types, in English and Chinese; pure.

use rapport_model::reading::Language;
use rapport_prompts::Prompts;
use rapport_prompts::format::clip;
use serde_json::{Value, json};
use serenity::all::{
    CommandOptionType, CreateCommand, CreateCommandOption, InstallationContext, InteractionContext,
};

use crate::commands::{COMMANDS, Name, Spec};

/// The command that binds an account, and its option.
pub(super) const LINK: &str = "link";
const LINK_CHINESE: &str = "绑定";
pub(super) const CODE: &str = "code";
/// The option of all other commands.
pub(super) const TEXT: &str = "text";

const CHINESE: &str = "zh-CN";
/// Characters of a description (Discord's own limit).
const DESCRIPTION_CHARS_MAX: usize = 100;
/// Longest words of a command, in characters (Discord's own limit).
const TEXT_CHARS_MAX: u16 = 6_000;

/// Returns all commands, as Discord takes them.
pub(super) fn commands(prompts: &Prompts) -> Value {
    let link = CreateCommandOption::new(
        CommandOptionType::String,
        CODE,
        described(prompts.chat_link_code(Language::En)),
    );
    let link = link
        .description_localized(CHINESE, described(prompts.chat_link_code(Language::Zh)))
        .required(true)
        .max_length(64);
    let link = CreateCommand::new(LINK)
        .name_localized(CHINESE, LINK_CHINESE)
        .description(described(prompts.chat_link_purpose(Language::En)))
        .description_localized(CHINESE, described(prompts.chat_link_purpose(Language::Zh)))
        .add_option(link);
    let all = COMMANDS.iter().map(|spec| command(prompts, spec)).chain([link]);
    json!(all.map(everywhere).collect::<Vec<_>>())
}

fn command(prompts: &Prompts, spec: &Spec) -> CreateCommand {
    let usage = |language| described(prompts.usage(language, spec.word));
    let text = CreateCommandOption::new(CommandOptionType::String, TEXT, usage(Language::En))
        .description_localized(CHINESE, usage(Language::Zh))
        .required(false)
        .max_length(TEXT_CHARS_MAX)
        .set_autocomplete(is_completed(spec.name));
    CreateCommand::new(spec.word)
        .name_localized(CHINESE, spec.chinese)
        .description(described(prompts.purpose(Language::En, spec.word)))
        .description_localized(CHINESE, described(prompts.purpose(Language::Zh, spec.word)))
        .add_option(text)
}

/// In servers that let the application in, and in private with its bot.
fn everywhere(command: CreateCommand) -> CreateCommand {
    command
        .add_integration_type(InstallationContext::Guild)
        .contexts(vec![InteractionContext::Guild, InteractionContext::BotDm])
}

/// Tells whether the words of a command begin with a customer.
const fn is_completed(name: Name) -> bool {
    matches!(name, Name::Show | Name::Timeline | Name::Reply | Name::Note)
}

fn described(text: impl AsRef<str>) -> String {
    // What is clipped has a mark at its end.
    clip(text.as_ref(), DESCRIPTION_CHARS_MAX - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn discord_takes_every_command_in_both_languages() {
        let all = commands(&Prompts::new());
        let all = all.as_array().unwrap();
        assert_eq!(all.len(), COMMANDS.len() + 1);
        let is_name = |name: &str| {
            let n = name.chars().count();
            (1..=32).contains(&n)
                && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '\''))
                && name.to_lowercase() == name
        };
        let is_description = |text: &str| (1..=DESCRIPTION_CHARS_MAX).contains(&text.chars().count());
        let mut names = std::collections::BTreeSet::new();
        for command in all {
            for one in [command, &command["options"][0]] {
                assert!(is_name(one["name"].as_str().unwrap()), "{one}");
                assert!(is_description(one["description"].as_str().unwrap()), "{one}");
                assert!(is_description(one["description_localizations"][CHINESE].as_str().unwrap()), "{one}");
            }
            let chinese = command["name_localizations"][CHINESE].as_str().unwrap();
            assert!(is_name(chinese) && names.insert(chinese), "{chinese}");
            assert_eq!(command["contexts"], json!([0, 1]));
        }
        let of = |name: &str| all.iter().find(|command| command["name"] == name).unwrap();
        assert_eq!(of("show")["options"][0]["autocomplete"], true);
        assert_eq!(of("find")["options"][0]["autocomplete"], false);
    }
}
