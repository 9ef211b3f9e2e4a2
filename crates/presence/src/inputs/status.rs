//! The status that a user sets, and the one that belongs to a session (rules, 13).

use crate::calls::SetStatus;
use crate::errors::{ErrorCode, Refusal};
use crate::ids::SessionId;
use crate::inputs::no_session;
use crate::scope::Scope;
use crate::state::{Scope as StatusScope, Status};
use crate::store::Store;

/// The longest status message, in characters.
const MAX_MESSAGE: usize = 256;

impl<S: Store> Scope<'_, S> {
    /// Sets a status; `own` is the session that the command came from.
    pub(crate) fn set_status(
        &mut self,
        wanted: &SetStatus,
        own: Option<&SessionId>,
    ) -> Result<(), Refusal> {
        match wanted.scope {
            StatusScope::User => self.declare(wanted),
            StatusScope::Device => self.set_away(wanted, own),
        }
    }

    fn declare(&mut self, wanted: &SetStatus) -> Result<(), Refusal> {
        let declared = match wanted.status {
            Status::Offline => {
                return Err(Refusal::new(
                    ErrorCode::InvalidStatus,
                    "OFFLINE is what a user without a session is",
                ));
            }
            Status::Online => None,
            other => Some(other),
        };
        if wanted.message.as_ref().is_some_and(|text| text.chars().count() > MAX_MESSAGE) {
            return Err(Refusal::new(ErrorCode::MessageTooLong, "at most 256 characters"));
        }
        self.core.meta.declared = declared;
        self.core.meta.message = wanted.message.clone().filter(|text| !text.is_empty());
        Ok(())
    }

    fn set_away(&mut self, wanted: &SetStatus, own: Option<&SessionId>) -> Result<(), Refusal> {
        let away = match wanted.status {
            Status::Online => false,
            Status::Away => true,
            _ => return Err(Refusal::new(ErrorCode::InvalidStatus, "a device is ONLINE or AWAY")),
        };
        let Some(session) = wanted.session_id.as_ref().or(own) else {
            return Err(Refusal::new(ErrorCode::InvalidStatus, "scope device needs a sessionId"));
        };
        self.core.session_mut(session).ok_or_else(no_session)?.away = away;
        Ok(())
    }
}
