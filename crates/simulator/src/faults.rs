//! What can go wrong, each with its name and its rate in a profile.

/// A fault. Each is counted where it takes effect, never where it was merely planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A call between hubs never arrives; the caller learns by its time-out that there is no answer.
    CallLost,
    /// A call takes effect and its answer is lost.
    AnswerLost,
    /// A call arrives late, perhaps after its time.
    CallDelayed,
    /// An answer arrives late, perhaps after the caller gave up.
    AnswerDelayed,
    /// A call takes effect twice.
    CallDoubled,
    /// A call is overtaken by later ones.
    CallReordered,
    /// Memory gone, sockets kept; never while something is pending (rules, 23).
    Hibernated,
    /// Memory and sockets gone, no close events.
    Crashed,
    /// A crash after a commit, in the midst of its effects.
    CrashedAtCommit,
    /// A crash of a hub whose call has just taken effect at its target.
    CrashedInFlight,
    /// A socket is gone and no close event comes.
    SocketVanished,
    /// The client's end is gone, and what the hub sends succeeds for a while.
    SocketHalfOpen,
    /// The close event of a lost socket comes late, perhaps after its session was resumed.
    CloseLate,
    /// A beat does not arrive.
    BeatLost,
    /// All sockets of all hubs at once.
    Deployed,
    /// An alarm fires up to 30 s late.
    AlarmLate,
    /// An alarm fires a second time.
    AlarmTwice,
    /// A hub's clock is up to 2 s ahead or behind, and another after a crash.
    ClockSkewed,
    /// A hub answers no calls for a while.
    Unreachable,
    /// Storage refuses every write for a while.
    StorageRefused,
    /// Storage refuses one statement.
    StatementRefused,
    /// The directory answers nobody for a while.
    DirectoryDown,
    /// Redis forgets everything.
    RedisEmptied,
    /// An old copy of Redis comes back.
    RedisRestored,
    /// Redis answers nobody for minutes.
    RedisAway,
    /// Redis takes a flush and answers late, within its time.
    RedisSlow,
    /// Redis takes a flush and its answer is lost.
    RedisMute,
    /// A flush is given up and lands later, up to 60 s after it was sent.
    RedisLate,
    /// Redis refuses a flush, perhaps only some of it.
    RedisRefused,
    /// Kafka answers nobody for minutes.
    KafkaAway,
    /// Kafka answers nobody for a day.
    KafkaDown,
    /// Kafka refuses a topic, or the topic of its dead letters, as a whole.
    KafkaHeld,
    /// Kafka will never take a certain record.
    KafkaRefused,
    /// Kafka takes some of a batch, and the answer leaves some open.
    KafkaPartial,
    /// A batch never arrives, and nobody can say.
    KafkaLost,
    /// Kafka has too much to do, and says when to come again.
    KafkaBusy,
    /// Kafka takes a batch and answers late, within its time.
    KafkaSlow,
    /// Kafka takes a batch and its answer is lost.
    KafkaMute,
    /// A batch is given up and lands later, up to 60 s after it was sent.
    KafkaLate,
    /// The topic of dead letters refuses one.
    DeadLetterRefused,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 40] = [
        Self::CallLost,
        Self::AnswerLost,
        Self::CallDelayed,
        Self::AnswerDelayed,
        Self::CallDoubled,
        Self::CallReordered,
        Self::Hibernated,
        Self::Crashed,
        Self::CrashedAtCommit,
        Self::CrashedInFlight,
        Self::SocketVanished,
        Self::SocketHalfOpen,
        Self::CloseLate,
        Self::BeatLost,
        Self::Deployed,
        Self::AlarmLate,
        Self::AlarmTwice,
        Self::ClockSkewed,
        Self::Unreachable,
        Self::StorageRefused,
        Self::StatementRefused,
        Self::DirectoryDown,
        Self::RedisEmptied,
        Self::RedisRestored,
        Self::RedisAway,
        Self::RedisSlow,
        Self::RedisMute,
        Self::RedisLate,
        Self::RedisRefused,
        Self::KafkaAway,
        Self::KafkaDown,
        Self::KafkaHeld,
        Self::KafkaRefused,
        Self::KafkaPartial,
        Self::KafkaLost,
        Self::KafkaBusy,
        Self::KafkaSlow,
        Self::KafkaMute,
        Self::KafkaLate,
        Self::DeadLetterRefused,
    ];
}

/// How bad the world is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// A good day: everything happens, rarely.
    Calm,
    /// A bad day.
    Rough,
    /// Every day at once.
    Hostile,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Calm, Self::Rough, Self::Hostile];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Rough => "rough",
            Self::Hostile => "hostile",
        }
    }

    /// Reads the name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == text)
    }

    /// How often a fault strikes, in 10,000 of its chances: a call, an answer, an alarm, a beat, a
    /// lost socket, a flush, a batch or a record, a turn for hibernation (and a step of the script
    /// besides), a crash or a seed for the clock, a seed for a day without Kafka, a step of the script for
    /// all others.
    pub fn rate(self, fault: Fault) -> u32 {
        let [calm, rough, hostile] = match fault {
            Fault::CallLost => [10, 300, 1200],
            Fault::AnswerLost | Fault::CallDelayed | Fault::AnswerDelayed => [10, 300, 1000],
            Fault::CallDoubled => [10, 300, 800],
            Fault::CallReordered => [100, 500, 1500],
            Fault::Hibernated => [300, 600, 700],
            Fault::Crashed => [20, 150, 300],
            Fault::CrashedAtCommit | Fault::CrashedInFlight => [10, 150, 400],
            Fault::SocketVanished | Fault::SocketHalfOpen => [500, 2000, 2500],
            Fault::CloseLate => [500, 1500, 2500],
            Fault::BeatLost => [20, 300, 1200],
            Fault::Deployed => [10, 50, 100],
            Fault::AlarmLate => [50, 1000, 2500],
            Fault::AlarmTwice => [50, 500, 1000],
            Fault::ClockSkewed => [1000, 5000, 8000],
            Fault::Unreachable => [10, 80, 150],
            Fault::StorageRefused => [5, 60, 150],
            Fault::StatementRefused => [5, 150, 300],
            Fault::DirectoryDown => [10, 40, 80],
            Fault::RedisEmptied
            | Fault::RedisRestored
            | Fault::RedisAway
            | Fault::KafkaAway
            | Fault::KafkaHeld => [10, 60, 100],
            Fault::RedisSlow => [50, 500, 1500],
            Fault::RedisMute | Fault::RedisLate | Fault::RedisRefused => [10, 200, 700],
            Fault::KafkaDown => [40, 40, 40],
            Fault::KafkaRefused => [20, 100, 300],
            Fault::KafkaPartial => [20, 300, 1500],
            Fault::KafkaSlow => [50, 300, 1000],
            Fault::KafkaLost | Fault::KafkaBusy | Fault::KafkaMute | Fault::KafkaLate => {
                [10, 150, 500]
            }
            Fault::DeadLetterRefused => [2000, 2000, 3000],
        };
        match self {
            Self::Calm => calm,
            Self::Rough => rough,
            Self::Hostile => hostile,
        }
    }
}
