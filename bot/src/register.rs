//! The register of processing (GDPR, article 30): which data of whom is kept, why, for how long, who sees it and
//! where it goes. Made from the field registry and the configuration, so that it cannot fall behind them.

use rapport_model::fields::{Field, Protection, Retention as Keeps, fields};
use rapport_model::people::Scope;
use rapport_model::reading::Language;
use rapport_model::register::Activity;
use rapport_prompts::{Prompts, Register, RegisterEntry, When};
use rapport_storage::Engine;
use rapport_workflows::retention::Period;

use crate::app::App;
use crate::config::chat::{DISCORD, TELEGRAM};

/// What a person is told of an activity.
pub(crate) struct Terms {
    /// Why it is.
    pub(crate) purpose: String,
    /// By which right.
    pub(crate) basis: String,
    /// From where its data comes.
    pub(crate) source: String,
    /// How long it is kept.
    pub(crate) kept: String,
}

impl App {
    /// Returns the register as of now, in a language.
    pub(crate) fn register(&self, language: Language) -> Register {
        let (prompts, settings) = (self.workflows.prompts(), self.workflows.settings());
        let at = When { at: self.store().clock().now(), zone: settings.zone };
        Register {
            language: language.code().to_owned(),
            title: prompts.register_title(language),
            lead: prompts.register_lead(language, &settings.house.name, at),
            contact: self.contact(language),
            entries: Activity::ALL.iter().map(|activity| self.entry(language, *activity)).collect(),
            places_heading: prompts.register_places(language),
            places: self.places(language),
        }
    }

    /// Says who is responsible and who is asked; empty where nobody said.
    pub(crate) fn contact(&self, language: Language) -> String {
        let privacy = &self.config.privacy;
        match (privacy.controller.trim(), privacy.contact.trim()) {
            ("", "") => String::new(),
            (controller, contact) => {
                let said = self.workflows.prompts().register_contact(language, controller, contact);
                said.trim().to_owned()
            }
        }
    }

    /// Says why an activity is, by which right, from where its data comes and how long it is kept.
    pub(crate) fn terms_of(&self, language: Language, activity: Activity) -> Terms {
        let (prompts, privacy) = (self.workflows.prompts(), &self.config.privacy);
        let purpose = match privacy.purpose.get(&activity) {
            Some(own) => own.clone(),
            None => prompts.purpose_of(language, activity).to_owned(),
        };
        let basis = privacy.basis.get(&activity).copied().unwrap_or(activity.basis());
        let books: Vec<&str> = (activity.kinds().iter())
            .flat_map(|kind| fields(*kind))
            .filter(|field| field.personal && field.retention == Keeps::Books)
            .map(|field| prompts.field(language, field.name))
            .collect();
        Terms {
            purpose,
            basis: prompts.label(language, basis).to_owned(),
            source: prompts.source_of(language, activity).to_owned(),
            kept: self.how_long(language, activity, &books),
        }
    }

    fn entry(&self, language: Language, activity: Activity) -> RegisterEntry {
        let prompts = self.workflows.prompts();
        let is_house = activity == Activity::Colleagues;
        let all: Vec<&Field> = (activity.kinds().iter())
            .flat_map(|kind| fields(*kind))
            .filter(|field| field.personal || is_house)
            .collect();
        let named = |which: &dyn Fn(&Field) -> bool| {
            let mut names: Vec<&str> = Vec::new();
            for field in all.iter().filter(|field| which(field)) {
                let name = prompts.field(language, field.name);
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            names
        };
        let whose = if is_house {
            prompts.register_colleagues(language)
        } else {
            prompts.register_customers(language)
        };
        let terms = self.terms_of(language, activity);
        let mut rows = vec![
            (prompts.register_whose(language), whose),
            (prompts.register_why(language), terms.purpose),
            (prompts.register_basis(language), terms.basis),
        ];
        let sealed = named(&|field| field.protection != Protection::Plain);
        let plain = named(&|field| field.protection == Protection::Plain);
        let listed = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            prompts.list(language, &names)
        };
        if !sealed.is_empty() {
            rows.push((prompts.register_sealed(language), listed(&sealed)));
        }
        match activity {
            Activity::Insight => {
                rows.push((prompts.register_plain(language), prompts.register_learnt(language)))
            }
            Activity::Journal => {
                rows.push((prompts.register_sealed(language), prompts.register_journal(language)));
            }
            _ if !plain.is_empty() => rows.push((prompts.register_plain(language), listed(&plain))),
            _ => {}
        }
        rows.push((prompts.register_seen_by(language), self.seen_by(language, is_house)));
        rows.push((prompts.register_how_long(language), terms.kept));
        RegisterEntry { title: prompts.label(language, activity).to_owned(), rows }
    }

    fn seen_by(&self, language: Language, is_house: bool) -> String {
        let prompts = self.workflows.prompts();
        if is_house {
            return prompts.register_everybody(language);
        }
        let users = || self.workflows.users().iter();
        let all = users().filter(|user| user.scope == Scope::All).count();
        prompts.register_colleagues_see(language, all, users().count() - all)
    }

    fn how_long(&self, language: Language, activity: Activity, books: &[&str]) -> String {
        let (prompts, retention) = (self.workflows.prompts(), &self.workflows.settings().retention);
        let mut said = vec![prompts.register_until_erased(language)];
        for kept in activity.kept() {
            let what = prompts.label(language, *kept);
            match retention.get(kept) {
                Some(Period::Days(n)) => said.push(prompts.register_days(language, what, i64::from(*n))),
                Some(Period::Months(n)) => said.push(prompts.register_months(language, what, i64::from(*n))),
                None => {}
            }
        }
        if !books.is_empty() {
            said.push(prompts.register_books(language, books));
        }
        said.join(if language == Language::En { "; " } else { "；" })
    }

    fn places(&self, language: Language) -> Vec<String> {
        let (prompts, config): (&Prompts, _) = (self.workflows.prompts(), &self.config);
        let mut places = vec![prompts.register_database(language, self.store().engine() == Engine::Postgres)];
        for (name, mailbox) in &config.mail {
            let mut hosts: Vec<&str> = [&mailbox.imap, &mailbox.smtp]
                .into_iter()
                .flatten()
                .map(|server| server.host.as_str())
                .collect();
            hosts.dedup();
            if !hosts.is_empty() {
                places.push(prompts.register_mail(language, name, &hosts));
            }
        }
        if let Some(telegram) = &config.telegram {
            let url = telegram.api_url.as_deref().unwrap_or(TELEGRAM);
            places.push(prompts.register_chat(language, "Telegram", &host(url)));
        }
        if let Some(discord) = &config.discord {
            let url = discord.api_url.as_deref().unwrap_or(DISCORD);
            places.push(prompts.register_chat(language, "Discord", &host(url)));
        }
        places.extend(
            config.webhook.iter().map(|(name, hook)| prompts.register_hook(language, name, &host(&hook.url))),
        );
        if let Some(llm) = &config.llm {
            places.push(prompts.register_llm(language, &host(&llm.url), llm.model.trim()));
        }
        if let Some(backup) = &config.backup {
            let encrypted = !backup.recipients.is_empty();
            places.push(prompts.register_backup(language, &backup.to, encrypted));
        }
        places
    }
}

/// Returns the host of an address: what is behind it may be a secret.
fn host(url: &str) -> String {
    let parsed = reqwest::Url::parse(url).ok();
    parsed.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}
