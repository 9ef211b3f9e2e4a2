//! Which Redis: one server, whatever Sentinels say, a Cluster.

use std::fmt;
use std::path::PathBuf;

use ::redis::{ConnectionAddr, IntoConnectionInfo, ProtocolVersion, RedisConnectionInfo};

/// User, password and database, as a connection is opened with them.
pub type Login = RedisConnectionInfo;

/// The port of a Redis that names none.
const PORT: u16 = 6379;
/// The port of a Sentinel that names none.
const SENTINEL_PORT: u16 = 26379;

/// A host and its port.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Host {
    /// A name or an address, an IPv6 address without its brackets.
    pub name: String,
    /// The port.
    pub port: u16,
}

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// On a port, with TLS or without.
    Tcp {
        /// Where.
        host: Host,
        /// Whether to speak TLS.
        tls: bool,
    },
    /// On a socket of this machine.
    Unix(PathBuf),
}

/// The Redis to serve.
#[derive(Clone)]
pub enum Target {
    /// One server.
    One {
        /// Where it is.
        place: Place,
        /// How to log in.
        login: Login,
    },
    /// The server that Sentinels call the master.
    Sentinel {
        /// Whom to ask.
        sentinels: Vec<Host>,
        /// What they call it.
        master: String,
        /// How to log in at the Sentinels.
        at_sentinels: Login,
        /// How to log in at the server.
        login: Login,
        /// Whether server and Sentinels speak TLS.
        tls: bool,
    },
    /// A Cluster.
    Cluster {
        /// Some of its nodes.
        seeds: Vec<Host>,
        /// How to log in at each.
        login: Login,
        /// Whether they speak TLS.
        tls: bool,
    },
}

/// What the flags say.
pub(super) struct Asked<'a> {
    pub(super) urls: &'a [String],
    pub(super) cluster: bool,
    pub(super) sentinels: &'a [String],
    pub(super) master: Option<&'a str>,
    pub(super) sentinel_password: Option<&'a str>,
}

pub(super) fn read(asked: &Asked<'_>) -> Result<Target, String> {
    let joined = asked.urls.join(",");
    if let Some((tls, rest)) = sentinel_scheme(&joined) {
        return by_sentinel_address(asked, rest, tls);
    }
    if asked.cluster {
        return cluster(asked.urls);
    }
    let [url] = asked.urls else {
        return Err("several addresses are for a Cluster: add --cluster".to_owned());
    };
    let (place, login) = server(url)?;
    if asked.sentinels.is_empty() {
        return Ok(Target::One { place, login });
    }
    let tls = matches!(place, Place::Tcp { tls: true, .. });
    let sentinels = hosts(asked.sentinels.iter().map(String::as_str))?;
    let master = asked.master.unwrap_or_default().to_owned();
    Ok(Target::Sentinel { sentinels, master, at_sentinels: at_sentinels(asked), login, tls })
}

fn sentinel_scheme(url: &str) -> Option<(bool, &str)> {
    let plain = url.strip_prefix("redis+sentinel://").map(|rest| (false, rest));
    plain.or_else(|| url.strip_prefix("rediss+sentinel://").map(|rest| (true, rest)))
}

/// `[[USER]:PASSWORD@]HOST:PORT[,HOST:PORT…]/MASTER[/DB]`
fn by_sentinel_address(asked: &Asked<'_>, rest: &str, tls: bool) -> Result<Target, String> {
    if asked.cluster || !asked.sentinels.is_empty() {
        return Err("a redis+sentinel:// address already says whom to ask".to_owned());
    }
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (credentials, named) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (master, db) = path.split_once('/').unwrap_or((path, "0"));
    if master.is_empty() {
        return Err("a redis+sentinel:// address ends in /MASTER or /MASTER/DB".to_owned());
    }
    // The client reads credentials and number; the host is never asked.
    let (_, login) = server(&format!("redis://{credentials}@sentinel/{db}"))?;
    let sentinels = hosts(named.split(','))?;
    let (master, at_sentinels) = (master.to_owned(), at_sentinels(asked));
    Ok(Target::Sentinel { sentinels, master, at_sentinels, login, tls })
}

fn at_sentinels(asked: &Asked<'_>) -> Login {
    let login = Login::default().set_skip_set_lib_name();
    asked.sentinel_password.map_or(login.clone(), |password| login.set_password(password))
}

fn cluster(urls: &[String]) -> Result<Target, String> {
    let (mut seeds, mut first) = (Vec::new(), None);
    for url in urls {
        let (Place::Tcp { host, tls }, login) = server(url)? else {
            return Err("the nodes of a Cluster are not reached by a unix:// address".to_owned());
        };
        if login.db() != 0 {
            return Err("a Cluster has no database but 0".to_owned());
        }
        seeds.push(host);
        first.get_or_insert((login, tls));
    }
    let (login, tls) = first.ok_or("no address")?;
    Ok(Target::Cluster { seeds, login, tls })
}

/// One server's address. Errors do not repeat it: it may hold a password.
fn server(url: &str) -> Result<(Place, Login), String> {
    let secure = url.strip_prefix("rediss://").map(|rest| format!("redis://{rest}"));
    let tls = secure.is_some();
    let info = secure.as_deref().unwrap_or(url).into_connection_info().map_err(|error| {
        let why = error.detail().unwrap_or_default().to_owned();
        format!(
            "not an address of the form redis://, rediss://, unix:// or redis+sentinel:// {why}"
        )
    })?;
    let place = match info.addr() {
        ConnectionAddr::Tcp(name, port) => {
            let port = if *port == 0 { PORT } else { *port };
            Place::Tcp { host: Host { name: name.clone(), port }, tls }
        }
        ConnectionAddr::Unix(path) => Place::Unix(path.clone()),
        _ => return Err("write rediss:// for TLS".to_owned()),
    };
    // Answers have the shapes of RESP2, as Upstash's have, whatever the address says.
    Ok((place, info.redis_settings().clone().set_protocol(ProtocolVersion::RESP2)))
}

fn hosts<'a>(names: impl Iterator<Item = &'a str>) -> Result<Vec<Host>, String> {
    names.map(|name| Host::parse(name, SENTINEL_PORT)).collect()
}

impl Host {
    /// `HOST`, `HOST:PORT`, `[IPV6]:PORT`.
    pub(super) fn parse(text: &str, port: u16) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is not HOST:PORT");
        let (name, digits) = match text.rsplit_once(':') {
            Some((name, digits)) if !digits.ends_with(']') => (name, Some(digits)),
            _ => (text, None),
        };
        let port = digits.map_or(Ok(port), str::parse).map_err(|_| wrong())?;
        let name = name.trim_start_matches('[').trim_end_matches(']');
        if name.is_empty() {
            return Err(wrong());
        }
        Ok(Self { name: name.to_owned(), port })
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.contains(':') {
            return write!(f, "[{}]:{}", self.name, self.port);
        }
        write!(f, "{}:{}", self.name, self.port)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, tls } => write!(f, "redis{}://{host}", if *tls { "s" } else { "" }),
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
        }
    }
}

/// Without user and password.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One { place, login } if login.db() == 0 => place.fmt(f),
            Self::One { place, login } => write!(f, "{place}/{}", login.db()),
            Self::Sentinel { sentinels, master, .. } => {
                write!(f, "{master} by Sentinels {}", Listed(sentinels))
            }
            Self::Cluster { seeds, .. } => write!(f, "Cluster of {}", Listed(seeds)),
        }
    }
}

struct Listed<'a>(&'a [Host]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&hosts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::{Host, SENTINEL_PORT};

    #[test]
    fn hosts_have_names_or_addresses_and_perhaps_a_port() {
        for (text, shown) in [
            ("a", "a:26379"),
            ("a:1", "a:1"),
            ("127.0.0.1:5", "127.0.0.1:5"),
            ("[::1]:7", "[::1]:7"),
            ("[::1]", "[::1]:26379"),
        ] {
            assert_eq!(Host::parse(text, SENTINEL_PORT).unwrap().to_string(), shown);
        }
        for text in ["", ":1", "a:b", "a:99999"] {
            assert!(Host::parse(text, SENTINEL_PORT).is_err(), "{text}");
        }
    }
}
