//! Who asks, colleagues, and how things stand.

use rapport_model::time::DAY;
use rapport_workflows::digest::Period;

use super::answer::Answer;
use super::call::Call;
use super::problem::Problem;
use super::types::{Colleague, Colleagues, Digest, Me, SentDigest, SentDigests};

pub(super) async fn me(call: &Call) -> Result<Answer, Problem> {
    let (token, user) = (&call.caller.token, &call.caller.user);
    Ok(Answer::of(&Me {
        user: user.handle.clone(),
        role: user.role,
        scope: user.scope,
        token: token.name.clone(),
        expires_at: token.expires_at,
    }))
}

pub(super) async fn users(call: &Call) -> Result<Answer, Problem> {
    let colleague = |user: &rapport_model::people::User| Colleague {
        handle: user.handle.clone(),
        name: user.display_name().to_owned(),
        role: user.role,
        team: user.team.clone(),
    };
    Ok(Answer::of(&Colleagues { items: call.app.workflows.users().iter().map(colleague).collect() }))
}

/// Lists the digests that the colleague got. They tell of all that the colleague sees: a token that sees
/// less is told of none.
pub(super) async fn digests(call: &Call) -> Result<Answer, Problem> {
    let user = &call.caller.user;
    let sees_all = call.app.workflows.user(user.id).is_some_and(|own| own.scope == user.scope);
    let found = match sees_all {
        true => call.app.store().digests_to(user.id, call.limit()).await?,
        false => Vec::new(),
    };
    let sent =
        found.into_iter().filter(|(_, state)| matches!(state.as_str(), "sent" | "pending" | "sending"));
    let shown = |(message, _): (rapport_model::job::Outbound, String)| SentDigest {
        at: message.send_at,
        subject: message.subject,
        text: message.body,
    };
    Ok(Answer::of(&SentDigests { items: sent.map(shown).collect() }))
}

/// Makes a digest for the colleague to read, of what the token sees.
pub(super) async fn digest(call: &Call) -> Result<Answer, Problem> {
    let (workflows, user) = (&call.app.workflows, &call.caller.user);
    let now = call.desk().now;
    let days =
        call.params.get("days").and_then(serde_json::Value::as_u64).and_then(|days| u32::try_from(days).ok());
    let period = match days {
        Some(days) => Period::days(days, now, workflows.zone_of(Some(user))),
        None => Period::last(DAY, now),
    };
    let digest = workflows.digest_through(call.store(), period, user).await?;
    let said = workflows.prompts().digest(workflows.language_of(Some(user)), &digest);
    let (from, to) = (digest.from, digest.to);
    Ok(Answer::of(&Digest { from, to, subject: said.subject, text: said.text, html: said.html }))
}
