//! Chooses the token's source and the subprotocol from what a client offers.

use presence::errors::{ErrorCode, Refusal};
use presence::state::Protocol;

/// What a client sent that decides the handshake.
#[derive(Clone, Copy, Debug, Default)]
pub struct Offer<'a> {
    /// The `Authorization` header.
    pub authorization: Option<&'a str>,
    /// `access_token` of the query.
    pub access_token: Option<&'a str>,
    /// The `Sec-WebSocket-Protocol` header.
    pub subprotocols: Option<&'a str>,
}

/// What comes of an [`Offer`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// The token to check, if there is one.
    pub token: Option<String>,
    /// The subprotocol agreed on; `None`: none was offered, the first frame decides.
    pub protocol: Option<Protocol>,
}

const BEARER: &str = "bearer.";

/// Whether a request of this method, with this `Upgrade` header, asks for a WebSocket. A `HEAD` comes
/// to the route of `GET`, and must open nothing.
pub fn is_upgrade(method: &str, upgrade: Option<&str>) -> bool {
    method == "GET" && upgrade.is_some_and(|value| value.trim().eq_ignore_ascii_case("websocket"))
}

/// The first known subprotocol in the client's order; the token from the header, else from the query,
/// else from the subprotocol `bearer.<jwt>`.
pub fn choose(offer: Offer<'_>) -> Result<Handshake, Refusal> {
    let offered: Vec<&str> = offer
        .subprotocols
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    let protocol = offered.iter().find_map(|name| Protocol::parse(name));
    if protocol.is_none() && !offered.is_empty() {
        // A browser ends a connection of which no offered subprotocol was taken, and says nothing useful.
        let detail = "offer v12.stomp, v11.stomp, v10.stomp or rollcall.v1.json";
        return Err(Refusal::new(ErrorCode::SubprotocolRequired, detail));
    }
    let in_subprotocol = || {
        let token = offered.iter().find_map(|name| name.strip_prefix(BEARER));
        token.filter(|token| !token.is_empty())
    };
    let token = offer
        .authorization
        .and_then(crate::token::bearer)
        .or(offer.access_token.filter(|token| !token.is_empty()))
        .or_else(in_subprotocol)
        .map(str::to_owned);
    Ok(Handshake { token, protocol })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn a_get_that_asks_for_a_websocket_is_an_upgrade_and_a_head_is_none() {
        for value in ["websocket", "WebSocket", " websocket "] {
            assert!(is_upgrade("GET", Some(value)), "{value:?}");
            for method in ["HEAD", "POST", "OPTIONS", "get"] {
                assert!(!is_upgrade(method, Some(value)), "{method}");
            }
        }
        for value in [None, Some(""), Some("h2c"), Some("websockets")] {
            assert!(!is_upgrade("GET", value), "{value:?}");
        }
    }

    fn protocols(subprotocols: &str) -> Result<Option<Protocol>, ErrorCode> {
        choose(Offer { subprotocols: Some(subprotocols), ..Offer::default() })
            .map(|handshake| handshake.protocol)
            .map_err(|refusal| refusal.code)
    }

    #[test]
    fn the_first_known_subprotocol_in_the_clients_order_is_taken() {
        assert_eq!(protocols("v10.stomp, v12.stomp"), Ok(Some(Protocol::Stomp10)));
        assert_eq!(protocols("mqtt,rollcall.v1.json,v12.stomp"), Ok(Some(Protocol::Json)));
        assert_eq!(protocols("bearer.a.b.c, v11.stomp"), Ok(Some(Protocol::Stomp11)));
    }

    #[test]
    fn with_none_offered_the_first_frame_decides() {
        for none in ["", " ", ",", " , "] {
            assert_eq!(protocols(none), Ok(None), "{none:?}");
        }
        assert_eq!(choose(Offer::default()), Ok(Handshake { token: None, protocol: None }));
    }

    #[test]
    fn a_token_or_strangers_alone_are_refused() {
        for offered in ["bearer.a.b.c", "bearer.", "mqtt", "V12.STOMP", "bearer.a, bearer.b"] {
            assert_eq!(protocols(offered), Err(ErrorCode::SubprotocolRequired), "{offered}");
        }
    }

    #[test]
    fn the_header_comes_before_the_query_before_the_subprotocol() {
        let all = Offer {
            authorization: Some("Bearer h"),
            access_token: Some("q"),
            subprotocols: Some("v12.stomp, bearer.s"),
        };
        let token = |offer| choose(offer).unwrap().token;
        assert_eq!(token(all).as_deref(), Some("h"));
        assert_eq!(token(Offer { authorization: None, ..all }).as_deref(), Some("q"));
        assert_eq!(
            token(Offer { authorization: Some("Basic x"), access_token: Some(""), ..all })
                .as_deref(),
            Some("s")
        );
        assert_eq!(token(Offer { subprotocols: Some("v12.stomp"), ..Offer::default() }), None);
        let nothing = Some("bearer., v12.stomp");
        assert_eq!(token(Offer { subprotocols: nothing, ..Offer::default() }), None, "no token");
    }
}
