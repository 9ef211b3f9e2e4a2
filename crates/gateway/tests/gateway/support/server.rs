//! A `redis-server` of a test's own.

use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use redis::{ConnectionLike, Value};
use tokio::time::sleep;

use super::{Folder, SOON, free_port, signal, until};

/// What to do where there is none.
pub const HOW: &str = "redis-server is missing (Debian, Ubuntu: sudo apt-get install redis-server)";

/// Whether there is one.
pub fn is_installed() -> bool {
    let asked = Command::new("redis-server").arg("--version").stdout(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

/// A server on a free port, which ends with the test.
pub struct Server {
    child: Option<Child>,
    flags: Vec<String>,
    folder: Folder,
    pub port: u16,
}

impl Server {
    /// An empty one.
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// One with flags of its own.
    pub async fn with(flags: &[&str]) -> Self {
        let mut server = Self::stopped(flags);
        server.run().await;
        server
    }

    /// One that does not run yet.
    pub fn stopped(flags: &[&str]) -> Self {
        let flags = flags.iter().map(ToString::to_string).collect();
        Self { child: None, flags, folder: Folder::new(), port: free_port() }
    }

    /// Starts it, with the data that it left behind, if any; ends when it serves.
    pub async fn run(&mut self) {
        // Somebody may have taken the port meanwhile.
        for _ in 0..5 {
            self.spawn();
            if self.serves().await {
                return;
            }
            self.port = free_port();
        }
        let log = std::fs::read_to_string(self.folder.file("log")).unwrap_or_default();
        panic!("redis-server does not start:\n{log}");
    }

    fn spawn(&mut self) {
        let log = File::create(self.folder.file("log")).unwrap();
        let mut command = Command::new("redis-server");
        if self.flags.iter().any(|flag| flag == "--sentinel") {
            // It writes into its file, so it needs one.
            let file = self.folder.file("sentinel.conf");
            std::fs::write(&file, "").unwrap();
            command.arg(file);
        }
        command.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", ""]);
        command.args(["--dir", &self.folder.file("")]).args(&self.flags);
        let child = command.stdout(log).stderr(Stdio::null()).stdin(Stdio::null()).spawn();
        self.child = Some(child.unwrap());
    }

    async fn serves(&mut self) -> bool {
        let until = tokio::time::Instant::now() + SOON;
        while tokio::time::Instant::now() < until {
            if self.child.as_mut().unwrap().try_wait().unwrap().is_some() {
                return false;
            }
            match self.try_say(&["PING"]) {
                Ok(_) => return true,
                // It serves, though not everybody.
                Err(error) if error.code() == Some("NOAUTH") => return true,
                Err(_) => sleep(Duration::from_millis(10)).await,
            }
        }
        false
    }

    /// One on which a script may be killed soon after it began.
    pub async fn start_for_scripts() -> Self {
        Self::with(&["--lua-time-limit", "50"]).await
    }

    /// Waits until a script holds it up.
    pub async fn is_busy(&self) {
        let code = || self.try_say(&["GET", "a"]).err()?.code().map(str::to_owned);
        until("Redis to be busy", || async { code().filter(|code| code == "BUSY") }).await;
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Says something to it, past the gateway.
    pub fn say(&self, words: &[&str]) -> Value {
        self.try_say(words).unwrap_or_else(|error| panic!("{words:?}: {error}"))
    }

    pub fn try_say(&self, words: &[&str]) -> redis::RedisResult<Value> {
        self.try_say_as(None, words)
    }

    /// The same with a password.
    pub fn say_as(&self, password: &str, words: &[&str]) -> Value {
        self.try_say_as(Some(password), words).unwrap_or_else(|error| panic!("{words:?}: {error}"))
    }

    fn try_say_as(&self, password: Option<&str>, words: &[&str]) -> redis::RedisResult<Value> {
        let login = password.map(|password| format!(":{password}@")).unwrap_or_default();
        let client = redis::Client::open(format!("redis://{login}127.0.0.1:{}", self.port))?;
        let mut connection = client.get_connection_with_timeout(Duration::from_secs(2))?;
        connection.set_read_timeout(Some(Duration::from_secs(5)))?;
        let mut command = redis::Cmd::new();
        for word in words {
            command.arg(*word);
        }
        connection.req_command(&command)?.extract_error()
    }

    fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Ends it as a crash would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Stops it in its tracks: it takes connections, and says nothing.
    pub fn freeze(&self) {
        signal(self.pid(), "STOP");
    }

    pub fn thaw(&self) {
        signal(self.pid(), "CONT");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
