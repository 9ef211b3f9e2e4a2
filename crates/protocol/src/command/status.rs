//! `online-status`: `{status, message?, scope?, sessionId?}` sets, `{userIds: […]}` asks.

use presence::MAX_ASKED;
use presence::calls::SetStatus;
use presence::effects::Command;
use presence::errors::{ErrorCode, Refusal};
use presence::ids::SessionId;
use presence::state::{Scope, Status};

use super::MAX_STATUS_MESSAGE;
use super::fields::{Fields, invalid};

pub(super) fn parse(fields: Fields<'_>) -> Result<Command, Refusal> {
    match (fields.get("status"), fields.texts("userIds", MAX_ASKED)?) {
        (None, Some(ids)) => Ok(Command::Ask(ids.into_iter().map(str::to_owned).collect())),
        (Some(_), None) => set(fields).map(Command::SetStatus),
        (None, None) => Err(invalid("status", "there, or `userIds`")),
        (Some(_), Some(_)) => Err(invalid("userIds", "absent beside `status`")),
    }
}

fn set(fields: Fields<'_>) -> Result<SetStatus, Refusal> {
    let scope = scope(fields.text("scope")?)?;
    Ok(SetStatus {
        status: status(fields.text("status")?.unwrap_or_default(), scope)?,
        message: message(fields.text("message")?)?,
        scope,
        session_id: fields.text("sessionId")?.map(session).transpose()?,
    })
}

fn scope(text: Option<&str>) -> Result<Scope, Refusal> {
    match text {
        None | Some("user") => Ok(Scope::User),
        Some("device") => Ok(Scope::Device),
        Some(_) => Err(invalid("scope", "\"user\" or \"device\"")),
    }
}

fn status(text: &str, scope: Scope) -> Result<Status, Refusal> {
    let refused = |detail| Err(Refusal::new(ErrorCode::InvalidStatus, detail));
    match (Status::parse(text), scope) {
        (Some(status @ (Status::Online | Status::Away)), _)
        | (Some(status @ (Status::Busy | Status::Invisible)), Scope::User) => Ok(status),
        (Some(Status::Offline), _) => {
            refused("OFFLINE is what others see without a session; it cannot be set")
        }
        (Some(_), Scope::Device) => refused("a device can be ONLINE or AWAY"),
        (None, _) => refused("one of ONLINE, AWAY, BUSY, INVISIBLE"),
    }
}

fn message(text: Option<&str>) -> Result<Option<String>, Refusal> {
    if text.is_some_and(|text| text.chars().count() > MAX_STATUS_MESSAGE) {
        let detail = format!("at most {MAX_STATUS_MESSAGE} characters");
        return Err(Refusal::new(ErrorCode::MessageTooLong, detail));
    }
    Ok(text.map(str::to_owned))
}

fn session(text: &str) -> Result<SessionId, Refusal> {
    let refusal = || Refusal::new(ErrorCode::InvalidSessionId, "`sessionId` is no session's id");
    SessionId::parse(text).ok_or_else(refusal)
}
