//! Where the key that tokens are checked with comes from: exactly one source (contract §1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::reader::Reader;

/// A signature algorithm. It comes from the key, never from a token's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC with SHA-256.
    Hs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl Algorithm {
    /// The name in a token's header.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }
}

/// The key that tokens are checked with.
#[derive(Clone, PartialEq, Eq)]
pub enum TokenKey {
    /// `AUTH_JWT_SECRET`.
    Secret(Vec<u8>),
    /// `AUTH_JWT_PUBLIC_KEY`.
    Public {
        /// What the key is for.
        algorithm: Algorithm,
        /// `SubjectPublicKeyInfo`, DER.
        spki: Vec<u8>,
    },
}

impl TokenKey {
    /// What tokens must be signed with.
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Secret(_) => Algorithm::Hs256,
            Self::Public { algorithm, .. } => *algorithm,
        }
    }
}

/// Hides the secret, so that no log line can show it.
impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TokenKey({})", self.algorithm().as_str())
    }
}

const SECRET: &str = "AUTH_JWT_SECRET";
const PUBLIC: &str = "AUTH_JWT_PUBLIC_KEY";
const JWKS: &str = "AUTH_JWKS_URL";
/// RFC 7518, 3.2: a key of the hash's size or more.
const SHORTEST_SECRET: usize = 32;

/// Reads the one source; what it answers after a problem is never used.
pub(super) fn read(reader: &mut Reader<'_>) -> TokenKey {
    let nothing = TokenKey::Secret(Vec::new());
    let (secret, public, jwks) = (reader.secret(SECRET), reader.text(PUBLIC), reader.text(JWKS));
    if jwks.is_some() {
        reader.problem(JWKS, "left out: key sets by address are not supported yet");
    }
    match (secret, public) {
        (Some(secret), None) => from_secret(reader, &secret),
        (None, Some(pem)) => from_pem(reader, &pem).unwrap_or(nothing),
        (Some(_), Some(_)) => {
            reader.problem(PUBLIC, "left out where AUTH_JWT_SECRET is set: exactly one of the two");
            nothing
        }
        (None, None) => {
            if jwks.is_none() {
                reader.problem(SECRET, "set, or AUTH_JWT_PUBLIC_KEY: exactly one of the two");
            }
            nothing
        }
    }
}

fn from_secret(reader: &mut Reader<'_>, secret: &str) -> TokenKey {
    if secret.len() < SHORTEST_SECRET {
        reader.problem(SECRET, format!("at least {SHORTEST_SECRET} bytes long"));
    }
    TokenKey::Secret(secret.as_bytes().to_vec())
}

fn from_pem(reader: &mut Reader<'_>, pem: &str) -> Option<TokenKey> {
    let Some(spki) = der_of(pem) else {
        reader.problem(PUBLIC, "a public key in PEM form (-----BEGIN PUBLIC KEY-----)");
        return None;
    };
    let Some(algorithm) = algorithm_of(&spki) else {
        reader.problem(PUBLIC, "a P-256 key (ES256) or an RSA key (RS256) as SubjectPublicKeyInfo");
        return None;
    };
    Some(TokenKey::Public { algorithm, spki })
}

/// The DER between the PEM lines. Line ends may be real or written as `\n`, as in one-line settings.
fn der_of(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN PUBLIC KEY-----")?;
    let (body, _) = rest.split_once("-----END PUBLIC KEY-----")?;
    let compact: String =
        body.replace("\\r", "").replace("\\n", "").split_ascii_whitespace().collect();
    STANDARD.decode(compact).ok()
}

/// `1.2.840.10045.2.1` (EC public key), then `1.2.840.10045.3.1.7` (P-256).
const EC_P256: &[u8] = &[
    0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
    0x03, 0x01, 0x07,
];
/// `1.2.840.113549.1.1.1` (RSA encryption).
const RSA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// Reads the algorithm's object identifiers: SEQUENCE { SEQUENCE { identifiers … } BIT STRING … }.
fn algorithm_of(spki: &[u8]) -> Option<Algorithm> {
    let identifiers = sequence(sequence(spki)?)?;
    if identifiers == EC_P256 {
        return Some(Algorithm::Es256);
    }
    // RSA's parameters are NULL, or left out.
    identifiers.starts_with(RSA).then_some(Algorithm::Rs256)
}

/// The content of the DER SEQUENCE at the start.
fn sequence(der: &[u8]) -> Option<&[u8]> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    if tag != 0x30 {
        return None;
    }
    if first < 0x80 {
        return rest.get(..usize::from(first));
    }
    let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
    // A key of more than 64 KiB is none.
    let length = match length {
        [a] => usize::from(*a),
        [a, b] => usize::from(*a) << 8 | usize::from(*b),
        _ => return None,
    };
    rest.get(..length)
}
