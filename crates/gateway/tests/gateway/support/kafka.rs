//! A Kafka that all its tests share: one process that is broker and controller, on free ports.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::papers::Papers;
use super::{Folder, free_port};

/// What to do where there is none.
pub const HOW: &str =
    "Kafka is missing: `npm test -- unit` fetches it, or name the folder of its jars in KAFKA_LIBS";

/// Starting takes some seconds, and longer on a busy machine.
const PATIENCE: Duration = Duration::from_secs(80);

/// Settings besides addresses: everything at its smallest, four partitions a topic, and nothing deleted
/// by age.
const SETTINGS: &str = "process.roles=broker,controller
node.id=1
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SSL:SSL,CONTROLLER:PLAINTEXT
num.partitions=4
log.retention.ms=-1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
ssl.keystore.type=PEM
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.sasl_plaintext.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_rollcall=\"hush\";
listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
";

/// Where its jars lie: where the environment says, or where the set-up of this tree puts them.
fn libs() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("KAFKA_LIBS") {
        return Some(PathBuf::from(named)).filter(|path| path.is_dir());
    }
    let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache"));
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home)?;
    let tools = std::fs::read_dir(cache.join("rollcall").join("tools")).ok()?;
    let folders = tools.filter_map(|entry| Some(entry.ok()?.path()));
    let is_kafka = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with("kafka-") && path.join("complete").is_file()
    };
    folders.filter(is_kafka).max().map(|path| path.join("libs"))
}

fn java(libs: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("JAVA_BIN").unwrap_or("java".into()));
    command.args(["-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp"]).arg(libs.join("*"));
    command.stdin(Stdio::null());
    command
}

/// Whether there is one.
pub fn is_installed() -> bool {
    let runs = |libs: &PathBuf| {
        let asked = java(libs).arg("-version").stderr(Stdio::null()).stdout(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    };
    libs().as_ref().is_some_and(runs)
}

/// A broker, which whoever has it ends.
pub struct Broker {
    child: Mutex<Child>,
    folder: Folder,
    /// What it shows at its door with TLS.
    pub papers: Papers,
    /// Its address for everybody.
    pub address: String,
    /// Its address for those who log in: as `rollcall`, with `hush`.
    pub guarded: String,
    /// Its address for those who speak TLS.
    pub secure: String,
}

static SHARED: OnceLock<Broker> = OnceLock::new();

/// The broker of all tests, started by whoever asks first.
pub fn shared() -> &'static Broker {
    SHARED.get_or_init(Broker::start)
}

/// Ends it, if it was started.
pub fn end_shared() {
    if let Some(broker) = SHARED.get() {
        broker.end();
        for folder in [&broker.folder, &broker.papers.folder] {
            let _ = std::fs::remove_dir_all(&folder.0);
        }
    }
}

impl Broker {
    fn start() -> Self {
        let (libs, folder, papers) = (libs().unwrap(), Folder::new(), Papers::new());
        let [address, guarded, secure, controller] =
            [(); 4].map(|()| format!("127.0.0.1:{}", free_port()));
        let doors = format!("PLAINTEXT://{address},SASL_PLAINTEXT://{guarded},SSL://{secure}");
        let (file, data, shown) =
            (folder.file("server.properties"), folder.file("data"), folder.file("shown.pem"));
        let read = |name: &str| std::fs::read_to_string(papers.file(name)).unwrap();
        std::fs::write(&shown, read("key.pem") + &read("cert.pem")).unwrap();
        let addresses = format!(
            "controller.quorum.bootstrap.servers={controller}\n\
             listeners={doors},CONTROLLER://{controller}\nadvertised.listeners={doors}\n\
             inter.broker.listener.name=PLAINTEXT\nlog.dirs={data}\nssl.keystore.location={shown}\n"
        );
        std::fs::write(&file, format!("{SETTINGS}{addresses}")).unwrap();
        Self::format(&libs, &file);
        let log = File::create(folder.file("log")).unwrap();
        let child = java(&libs).args(["kafka.Kafka", &file]).stdout(log).spawn().unwrap();
        let child = Mutex::new(child);
        let broker = Self { child, folder, papers, address, guarded, secure };
        broker.wait();
        broker
    }

    /// Prepares its folder, and those who may log in by SCRAM.
    fn format(libs: &Path, file: &str) {
        let id = "MkU3OEVBNTcwNTJENDM2Qg";
        let mut format = java(libs);
        format.args(["kafka.tools.StorageTool", "format", "--standalone", "-t", id, "-c", file]);
        for mechanism in ["SCRAM-SHA-256", "SCRAM-SHA-512"] {
            format.args(["--add-scram", &format!("{mechanism}=[name=rollcall,password=hush]")]);
        }
        let formatted = format.output().unwrap();
        assert!(formatted.status.success(), "{}", String::from_utf8_lossy(&formatted.stderr));
    }

    /// Until all doors are open: the broker opens them when it serves.
    fn wait(&self) {
        let begun = Instant::now();
        let open = |address: &str| std::net::TcpStream::connect(address).is_ok();
        while ![&self.address, &self.guarded, &self.secure].iter().all(|door| open(door)) {
            let log = || std::fs::read_to_string(self.folder.file("log")).unwrap_or_default();
            let ended = self.child.lock().unwrap().try_wait().unwrap().is_some();
            assert!(!ended && begun.elapsed() < PATIENCE, "Kafka does not start:\n{}", log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn end(&self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// One that did not come to serve ends too.
impl Drop for Broker {
    fn drop(&mut self) {
        self.end();
    }
}
