//! The body of `PUT …/status`.

use presence::calls::SetStatus;
use presence::errors::ErrorCode;
use presence::ids::SessionId;
use presence::state::{Scope, Status};

use super::fields::Fields;
use crate::problem::{FieldError, Problem};

/// Characters of a status message.
const LONGEST_MESSAGE: usize = 256;

/// Reads `{status, message?, scope?, sessionId?}`. A device's status must name its session, since no
/// socket says it here.
pub fn set_status(body: &[u8]) -> Result<SetStatus, Problem> {
    let mut fields = Fields::parse(body)?;
    let status = fields.required_text("status");
    let message = fields.text("message");
    let session = fields.text("sessionId");
    let scope = read_scope(&mut fields);
    if scope == Scope::Device && fields.get("sessionId").is_none() {
        fields.wrong("sessionId", "required where scope is \"device\"");
    }
    fields.finish()?;
    if message.as_deref().is_some_and(|text| text.chars().count() > LONGEST_MESSAGE) {
        let detail = format!("a status message has at most {LONGEST_MESSAGE} characters");
        return Err(at("#/message", ErrorCode::MessageTooLong, &detail));
    }
    let status = settable(&status.unwrap_or_default(), scope)?;
    let session_id = match (scope, session) {
        (Scope::Device, Some(text)) => Some(session_id(&text)?),
        _ => None,
    };
    Ok(SetStatus { status, message, scope, session_id })
}

fn read_scope(fields: &mut Fields) -> Scope {
    match fields.text("scope").as_deref() {
        None | Some("user") => Scope::User,
        Some("device") => Scope::Device,
        Some(_) => {
            fields.wrong("scope", "\"user\" or \"device\"");
            Scope::User
        }
    }
}

fn settable(text: &str, scope: Scope) -> Result<Status, Problem> {
    let refuse = |detail| Err(at("#/status", ErrorCode::InvalidStatus, detail));
    match (Status::parse(text), scope) {
        (None | Some(Status::Offline), _) => refuse("ONLINE, AWAY, BUSY or INVISIBLE can be set"),
        (Some(Status::Busy | Status::Invisible), Scope::Device) => {
            refuse("ONLINE or AWAY can be set for a device")
        }
        (Some(status), _) => Ok(status),
    }
}

fn session_id(text: &str) -> Result<SessionId, Problem> {
    SessionId::parse(text).ok_or_else(|| {
        at("#/sessionId", ErrorCode::InvalidSessionId, "sessionId is not the id of a session")
    })
}

fn at(pointer: &str, code: ErrorCode, detail: &str) -> Problem {
    let error = FieldError { pointer: pointer.to_owned(), detail: detail.to_owned() };
    Problem { errors: vec![error], ..Problem::new(code, detail) }
}
