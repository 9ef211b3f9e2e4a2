//! The protocol as a server sees it: a request in, commands out; outcomes in, an answer out.
//!
//! Pure: who runs the commands and who moves the bytes is the caller's affair. [`read`] gives a
//! [`Call`] or the [`Answer`] that refuses it; the caller runs its commands; [`write()`] gives the
//! [`Answer`], and [`write_refusal`] the one for a transaction that was refused as a whole.
//!
//! Where Upstash's documentation leaves a choice:
//! - An empty part of a path is an empty argument: `/set/k/` sets `k` to nothing.
//! - Inside arrays `OK` is encoded like any other string, since `@upstash/redis` decodes it there.
//! - `null`, arrays and objects are no arguments. A client sends `null` for what it left undefined.

mod body;
mod path;
mod token;
mod write;

use crate::{Command, RedisError};

pub use write::{write, write_refusal};

/// How large a request's body may be, in bytes. A transport should stop reading there.
pub const MAX_REQUEST: usize = 10 * 1024 * 1024;

/// A request, as far as the protocol looks at it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// The path after the prefix that the server lives under, percent-encoded, with or without its
    /// first slash.
    pub path: &'a str,
    /// What follows the `?`, percent-encoded.
    pub query: Option<&'a str>,
    /// The header `Authorization`.
    pub authorization: Option<&'a str>,
    /// The header `Upstash-Encoding`.
    pub encoding: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

/// How the commands of a call belong together, and how they are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One command, answered by one object.
    Single,
    /// Commands that run in their order, with others' perhaps in between.
    Pipeline,
    /// Commands that run with nothing in between, or not at all.
    Transaction,
}

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// How the commands belong together.
    pub shape: Shape,
    /// The commands: exactly one in a [`Shape::Single`], perhaps none otherwise.
    pub commands: Vec<Command>,
    /// Whether strings are answered in base64.
    pub base64: bool,
}

/// What to answer over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The header `Content-Type`.
    pub content_type: &'static str,
    /// The body. To `HEAD`, HTTP sends it without.
    pub body: Vec<u8>,
}

/// Reads a request. `token` says whether a bearer token is good; it is asked before anything else
/// is looked at but the method and the size.
pub fn read(request: &Request<'_>, token: &dyn Fn(&str) -> bool) -> Result<Call, Answer> {
    if !matches!(request.method, "GET" | "HEAD" | "POST" | "PUT") {
        return Err(refuse(405, "ERR method not allowed"));
    }
    check_size(request.body.len())?;
    if !token::offered(request).is_some_and(|offered| token(&offered)) {
        return Err(refuse(401, "WRONGPASS invalid or missing auth token"));
    }
    let (shape, commands) = commands(request).map_err(|error| write_refusal(&error, 400))?;
    Ok(Call { shape, commands, base64: request.encoding == Some("base64") })
}

/// Refuses a body of more than [`MAX_REQUEST`] bytes, for transports that know its length before
/// they have read it.
pub fn check_size(bytes: usize) -> Result<(), Answer> {
    if bytes <= MAX_REQUEST {
        return Ok(());
    }
    let limit = format!("Limit: {MAX_REQUEST} bytes, Actual: {bytes} bytes.");
    Err(refuse(413, &format!("ERR max request size exceeded. {limit}")))
}

fn commands(request: &Request<'_>) -> Result<(Shape, Vec<Command>), RedisError> {
    match request.path.trim_matches('/') {
        "" => Ok((Shape::Single, vec![body::command(request.body)?])),
        "pipeline" => Ok((Shape::Pipeline, body::commands(request.body)?)),
        "multi-exec" => Ok((Shape::Transaction, body::commands(request.body)?)),
        _ => Ok((Shape::Single, vec![path::command(request)?])),
    }
}

fn refuse(status: u16, text: &str) -> Answer {
    write_refusal(&RedisError(text.to_owned()), status)
}
