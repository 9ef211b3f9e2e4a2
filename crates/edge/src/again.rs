//! A call to a user's object that had to be sent twice, since no answer came to the first try.

use presence::calls::{HubAnswer, HubRequest, HubResponse};
use presence::errors::ErrorCode;

/// What the answer to the second try means. Every call may be repeated, and is answered as the first
/// try would have been, except that what the first try may have ended cannot be ended once more.
pub fn answer(request: &HubRequest, second: HubAnswer) -> HubAnswer {
    match (request, second) {
        (HubRequest::Revoke { .. }, Err(refusal)) if refusal.code == ErrorCode::SessionNotFound => {
            Ok(HubResponse::Done)
        }
        (_, second) => second,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use presence::errors::Refusal;
    use presence::ids::{SessionId, UserId};

    fn session() -> SessionId {
        SessionId::new(&UserId::parse("ada").unwrap(), [1; 16])
    }

    fn refused(code: ErrorCode) -> HubAnswer {
        Err(Refusal::new(code, "why"))
    }

    #[test]
    fn a_session_that_the_second_revoke_does_not_find_was_ended_by_the_first() {
        let revoke = HubRequest::Revoke { session: session() };
        assert_eq!(answer(&revoke, refused(ErrorCode::SessionNotFound)), Ok(HubResponse::Done));
        assert_eq!(answer(&revoke, Ok(HubResponse::Done)), Ok(HubResponse::Done));
    }

    #[test]
    fn every_other_second_answer_stands() {
        let revoke = HubRequest::Revoke { session: session() };
        let late = refused(ErrorCode::TooLate);
        assert_eq!(answer(&revoke, late.clone()), late);
        let look = HubRequest::Session { session: session() };
        let unknown = refused(ErrorCode::SessionNotFound);
        assert_eq!(answer(&look, unknown.clone()), unknown);
    }
}
