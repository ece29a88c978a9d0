//! What a colleague is told without having asked: notices, and customers' mails as cards.

use rapport_model::job::{Outbound, Recipient};
use rapport_model::message::ChannelKind;
use rapport_model::people::User;
use rapport_model::{Id, Kind, Record};
use rapport_prompts::Block as Words;
use rapport_storage::chats::Button;
use rapport_workflows::Workflows;
use rapport_workflows::requests::is_open;

use super::beside;
use super::keys::with_keys;
use super::page::Page;
use super::{Place, Spot};
use crate::app::App;
use crate::commands::compose::machine_card;
use crate::commands::{Block, Card, Command, Own, mail_card, team_card, with_request_buttons};

/// Makes a page of a notice.
///
/// # Errors
/// The store failed.
pub(super) async fn notice(app: &App, message: &Outbound) -> anyhow::Result<Page> {
    let prompts = app.workflows.prompts();
    let Some(user) = reader(app, message) else { return Ok(Page::default()) };
    if let Some(card) = machine_card(app, user, message).await? {
        return page(app, user.id, card).await;
    }
    let language = app.workflows.language_of(Some(user));
    let mut card = Card::new(prompts.notice_heading(language, &message.subject))
        .block(Block::Fixed(prompts.notice_body(language, Words(&message.body))));
    if let Some(html) = &message.html {
        let (picture, drills) = beside::read(html);
        card = card.picture(picture);
        card = drills.into_iter().fold(card, |card, (label, command)| card.button(label, command));
    }
    let about = match message.about.filter(|about| about.kind.letter().is_some()) {
        Some(about) => app.store().record(about).await?.map(|record| record.short().to_string()),
        None => None,
    };
    if let Some(request) = request_of(app, message).await? {
        card = with_request_buttons(app, user, card, &request);
    }
    if let Some(task) = about.as_ref().filter(|_| message.text == Workflows::TASK_DUE) {
        card = card
            .button(prompts.button_done(language), format!("task {task} done"))
            .button(prompts.button_tomorrow(language), format!("task {task} due tomorrow 09:00"));
    }
    if app.store().is_alert(message.id, user.id).await? {
        let judge = |useful| Command::Own(Own::Useful { alert: Some(message.id), useful: Some(useful) });
        card = card
            .button(prompts.button_useful(language), judge(true))
            .button(prompts.button_useless(language), judge(false));
    }
    if let Some(about) = about {
        card = card
            .button(prompts.button_show(language), format!("show {about}"))
            .button(prompts.button_why(language), format!("why {about}"));
    }
    page(app, user.id, card).await
}

/// Makes a page of a customer's mail as things stand now, and says where it belongs: an earlier card of
/// its conversation has it under it. Nothing if the mail is gone, or was not shown there and should be
/// changed.
///
/// # Errors
/// The store failed.
pub(super) async fn mail(
    app: &App,
    channel: ChannelKind,
    message: &Outbound,
) -> anyhow::Result<Option<(Page, Spot)>> {
    let Some(thread) = message.thread else { return Ok(None) };
    let user = match (reader(app, message), message.to) {
        (Some(user), _) => Some(user),
        (None, Recipient::Chat(_)) => None,
        (None, _) => return Ok(None),
    };
    let shown = app.store().mail_cards(channel, message.to, thread).await?;
    let place = |card: Option<&(_, String)>| card.and_then(|(_, reference)| Place::read(reference));
    let (mail, spot) = if message.text == Outbound::MAIL_CARD_AGAIN {
        let Some((mail, place)) = shown.last().map(|last| (last.0, place(Some(last)))) else {
            return Ok(None);
        };
        (Some(mail), place.map(|place| Spot::Over(place.message)))
    } else {
        let under = place(shown.first()).map_or(Spot::End, |place| Spot::Under(place.message));
        (message.about.map(|about| about.id), Some(under))
    };
    let (Some(mail), Some(spot)) = (mail, spot) else { return Ok(None) };
    let card = match user {
        Some(user) => mail_card(app, user, mail).await?,
        None => team_card(app, mail).await?,
    };
    let Some(card) = card else { return Ok(None) };
    Ok(Some((page(app, user.map_or(Button::ANYBODY, |user| user.id), card).await?, spot)))
}

/// Returns the request that a notice puts before somebody, if it can still be answered.
async fn request_of(app: &App, message: &Outbound) -> anyhow::Result<Option<Record>> {
    let about = message.about.filter(|about| about.kind == Kind::PrivacyRequest);
    let Some(about) = about else { return Ok(None) };
    Ok(app.store().record(about).await?.filter(is_open))
}

fn reader<'a>(app: &'a App, message: &Outbound) -> Option<&'a User> {
    match message.to {
        Recipient::User(user) => app.workflows.user(user),
        _ => None,
    }
}

/// Makes a page of a card, and stores what its buttons do.
async fn page(app: &App, user: Id, card: Card) -> anyhow::Result<Page> {
    let (page, buttons) = with_keys(app.store(), user, card).await?;
    app.store().add_buttons(buttons).await?;
    Ok(page)
}
