//! The compact form: `header.claims.signature`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Checks, Claims, TokenError};
use crate::config::Algorithm;

/// No header or URL that reaches us holds more, and no honest token comes near.
const LONGEST: usize = 16 * 1024;

/// A token whose signature was not checked yet.
#[derive(Clone, Debug)]
pub struct Unverified<'a> {
    signing_input: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
}

/// A token whose signature holds: the only one whose claims can be read.
#[derive(Clone, Debug)]
pub struct Signed<'a> {
    payload: &'a str,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    crit: Option<Value>,
}

impl<'a> Unverified<'a> {
    /// Splits `token`. The header must name `algorithm`, which comes from the key: a header never chooses.
    pub fn parse(token: &'a str, algorithm: Algorithm) -> Result<Self, TokenError> {
        if token.len() > LONGEST {
            return Err(TokenError::Malformed);
        }
        let (signing_input, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, payload) = signing_input.split_once('.').ok_or(TokenError::Malformed)?;
        if payload.contains('.') {
            return Err(TokenError::Malformed);
        }
        let header: Header =
            serde_json::from_slice(&decode(header)?).map_err(|_| TokenError::Malformed)?;
        if header.alg != algorithm.as_str() {
            return Err(TokenError::WrongAlgorithm);
        }
        if header.crit.is_some() {
            return Err(TokenError::Critical);
        }
        Ok(Self { signing_input, payload, signature: decode(signature)? })
    }

    /// What was signed.
    pub fn signing_input(&self) -> &str {
        self.signing_input
    }

    /// The signature's bytes (for ES256 both halves, as WebCrypto takes them).
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Goes on with what the platform found of the signature.
    pub fn verified(self, holds: bool) -> Result<Signed<'a>, TokenError> {
        if holds { Ok(Signed { payload: self.payload }) } else { Err(TokenError::BadSignature) }
    }
}

impl Signed<'_> {
    /// Reads the claims and holds them to `checks`.
    pub fn claims(&self, checks: &Checks<'_>) -> Result<Claims, TokenError> {
        Claims::parse(&decode(self.payload)?, checks)
    }
}

/// A token that is being made.
#[derive(Clone, Debug)]
pub struct Unsigned(String);

impl Unsigned {
    /// With these claims, to be signed with a key of `algorithm`.
    pub fn new(claims: &Value, algorithm: Algorithm) -> Self {
        let header = json!({ "alg": algorithm.as_str(), "typ": "JWT" });
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        Self(format!("{}.{}", encode(&header), encode(claims)))
    }

    /// What is to be signed.
    pub fn signing_input(&self) -> &str {
        &self.0
    }

    /// The whole token.
    pub fn signed(self, signature: &[u8]) -> String {
        format!("{}.{}", self.0, URL_SAFE_NO_PAD.encode(signature))
    }
}

fn decode(part: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Malformed)
}
