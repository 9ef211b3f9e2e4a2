//! A real server, for as long as this value lives.

use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::resp::Client;

pub(crate) struct Server {
    process: Child,
    folder: PathBuf,
}

/// How often, every 20 ms, to look whether it is up.
const LOOKS: u32 = 1_000;

impl Server {
    /// Where there is one.
    pub(crate) fn program() -> Option<PathBuf> {
        if let Some(named) = std::env::var_os("REDIS_SERVER_BIN") {
            return Some(PathBuf::from(named)).filter(|path| path.is_file());
        }
        let path = std::env::var_os("PATH")?;
        let mut all = std::env::split_paths(&path).map(|folder| folder.join("redis-server"));
        all.find(|path| path.is_file())
    }

    /// Starts one that keeps nothing and listens to nobody else.
    pub(crate) fn start(program: &PathBuf) -> Self {
        let folder = std::env::temp_dir().join(format!("rollcall-redis-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder for the socket");
        let process = Command::new(program)
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
            .arg(folder.join("socket"))
            .arg("--dir")
            .arg(&folder)
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server starts");
        let server = Self { process, folder };
        server.await_socket();
        server
    }

    fn await_socket(&self) {
        for _ in 0..LOOKS {
            if UnixStream::connect(self.folder.join("socket")).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("redis-server does not come up");
    }

    pub(crate) fn client(&self) -> Client {
        let socket = UnixStream::connect(self.folder.join("socket")).expect("a connection");
        Client::new(socket)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already; then so is its folder's use.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
