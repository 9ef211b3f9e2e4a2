//! The gateway as a process.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::client::Client;
use super::server::Server;
use super::{signal, until};

/// The token of tests.
pub const TOKEN: &str = "a-token-of-tests";

/// A running gateway, which ends with the test.
pub struct Gateway {
    child: Child,
    pub url: String,
    log: Arc<Mutex<Vec<String>>>,
}

impl Gateway {
    /// One in front of a server.
    pub fn before(server: &Server) -> Self {
        Self::with(&["--redis", &server.url()])
    }

    /// One with these flags, besides address and token; answers when it says that it listens.
    pub fn with(flags: &[&str]) -> Self {
        let mut child =
            command(flags).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (errors, lines) = (BufReader::new(child.stderr.take().unwrap()), log.clone());
        std::thread::spawn(move || {
            for line in errors.lines().map_while(Result::ok) {
                lines.lock().unwrap().push(line);
            }
        });
        let said: Value =
            serde_json::from_str(&line).unwrap_or_else(|_| panic!("it said {line:?}"));
        Self { child, url: said["listening"].as_str().unwrap().to_owned(), log }
    }

    pub fn client(&self) -> Client {
        Client::new(&self.url, TOKEN)
    }

    /// What it logged so far.
    pub fn log(&self) -> Vec<Value> {
        let lines = self.log.lock().unwrap();
        let read = |line: &String| {
            serde_json::from_str(line).unwrap_or_else(|_| panic!("no line of JSON: {line}"))
        };
        lines.iter().map(read).collect()
    }

    /// The events that it logged so far.
    pub fn events(&self) -> Vec<String> {
        self.log().iter().map(|line| line["event"].as_str().unwrap().to_owned()).collect()
    }

    /// Waits until an event was logged so many times.
    pub async fn logged(&self, event: &str, times: usize) {
        let what = format!("{times} × {event}");
        let seen = || self.events().iter().filter(|each| *each == event).count();
        until(&what, || async { (seen() >= times).then_some(()) }).await;
    }

    pub fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// Waits until it is gone.
    pub async fn ended(&mut self) -> ExitStatus {
        let child = &mut self.child;
        let mut ended = || child.try_wait().unwrap();
        loop {
            if let Some(status) = ended() {
                return status;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(flags: &[&str]) -> Command {
    let mut command = bare();
    command.args(["--listen", "127.0.0.1:0", "--token", TOKEN]).args(flags);
    command
}

/// The program with nothing said to it, by flags or by this machine's environment.
pub fn bare() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall-gateway"));
    for (name, _) in std::env::vars().filter(|(name, _)| is_its_own(name)) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

fn is_its_own(variable: &str) -> bool {
    variable.starts_with("GATEWAY_") || variable.starts_with("KAFKA_")
}

/// Runs one that should not start; its exit code and what it says.
pub fn refused(flags: &[&str]) -> (Option<i32>, String) {
    let mut child = bare().args(flags).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (child.wait().unwrap().code(), said)
}
