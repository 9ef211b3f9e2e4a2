//! Commands as a request.

use super::Settings;
use crate::{Command, Error, HttpRequest, MAX_REQUEST, Refusal, Shape};

/// The commands as the body of a request.
pub(super) fn body(shape: Shape, commands: &[Command]) -> Result<Vec<u8>, Error> {
    let body = match (shape, commands) {
        (Shape::Single, [command]) => serde_json::to_vec(command),
        _ => serde_json::to_vec(commands),
    };
    // Nothing else can go wrong when strings are written to memory.
    let body = body.map_err(|_| Error::Refused(Refusal::NotText))?;
    if body.len() > MAX_REQUEST {
        let text = format!("{} bytes are more than the {MAX_REQUEST} allowed", body.len());
        return Err(Error::Refused(Refusal::TooLarge(text)));
    }
    Ok(body)
}

/// The request that carries them.
pub(super) fn request(
    settings: &Settings,
    shape: Shape,
    body: Vec<u8>,
    sync_token: Option<String>,
) -> HttpRequest {
    let path = match shape {
        Shape::Single => "/",
        Shape::Pipeline => "/pipeline",
        Shape::Transaction => "/multi-exec",
    };
    let mut headers = vec![
        ("authorization", format!("Bearer {}", settings.token)),
        ("content-type", "application/json".to_owned()),
        ("upstash-encoding", "base64".to_owned()),
        ("user-agent", settings.user_agent.clone()),
    ];
    headers.extend(sync_token.map(|token| ("upstash-sync-token", token)));
    HttpRequest { url: format!("{}{path}", settings.url.trim_end_matches('/')), headers, body }
}
