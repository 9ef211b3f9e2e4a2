//! Makes a script from a seed.

use std::collections::VecDeque;

use presence::config::HubConfig;
use presence::mirror::Refresh;
use presence::outbox::{Publishing, WhenFull};
use presence::state::{DeviceType, Status};

use super::kafka::Kafka;
use super::redis::Redis;
use super::{Action, Loss, Manners, Op, Script, Step, Strike, Target};
use crate::faults::{Fault, Profile};
use crate::random::Random;

/// One seed in so many has [`CROWD`] people.
const CROWDED: u64 = 100;
const CROWD: usize = 300;
const EPISODES: usize = 3;
/// Pauses between two steps, in milliseconds.
const PAUSES: [i64; 14] = [0, 0, 0, 1, 3, 20, 100, 300, 1_000, 2_000, 5_000, 9_000, 20_000, 40_000];
/// Within a duet.
const QUICK: [i64; 8] = [0, 1, 5, 20, 100, 500, 1_500, 4_000];
const DAY: i64 = 86_400_000;

/// The settings that a seed may have.
pub const CONFIGS: [HubConfig; 6] = [
    config(60_000, 10_000, DAY, [16, 1000, 10_000], 200),
    config(60_000, 10_000, 120_000, [16, 1000, 10_000], 200),
    config(60_000, 10_000, 30_000, [3, 1000, 10_000], 200),
    config(20_000, 5_000, 3_600_000, [3, 4, 10_000], 0),
    config(10_000, 0, 60_000, [2, 1000, 3], 1_000),
    config(60_000, 30_000, 3_600_000, [4, 1000, 10_000], 200),
];

/// `SESSION_TTL`, `OFFLINE_GRACE`, `SUBSCRIPTION_TTL`, the three caps, `COALESCE_MS`.
const fn config(ttl: i64, grace: i64, leases: i64, caps: [i64; 3], coalesce: i64) -> HubConfig {
    let beat = ttl * 5 / 12;
    HubConfig {
        session_ttl: ttl,
        heartbeat: if beat < 25_000 { beat } else { 25_000 },
        offline_grace: grace,
        subscription_ttl: leases,
        max_sessions: caps[0] as usize,
        max_subscriptions: caps[1],
        max_subscribers: caps[2],
        coalesce,
        refresh: Refresh::Off,
        publishing: Publishing::Off,
        when_full: WhenFull::Block,
    }
}

/// The script of a seed. The same on every machine and in every profile but for its faults.
pub fn generate(seed: u64, profile: Profile) -> Script {
    let mut maker = Maker::new(seed, profile);
    let mut redis = Redis::new(seed, profile);
    let mut kafka = Kafka::new(seed, profile);
    if kafka.down {
        // What comes and goes in a day with short times would take long to play.
        maker.config = CONFIGS[0];
    }
    maker.config.refresh = redis.refresh;
    (maker.config.publishing, maker.config.when_full) = (kafka.publishing, kafka.when_full);
    let mut steps = Vec::new();
    for episode in 0..EPISODES {
        let begun = steps.len();
        let count = if maker.crowded { 150 } else { maker.random.range(15, 45) };
        for _ in 0..count {
            steps.push(maker.step());
            steps.extend(redis.step());
            steps.extend(kafka.step(maker.people));
        }
        if kafka.down && episode == 1 {
            Kafka::spread(&mut steps[begun..]);
        }
        maker.planned.clear();
        steps.push(Step { pause: 0, action: Action::Rest });
    }
    let deprecated_keys = redis.deprecated_keys;
    let Maker { people, config, .. } = maker;
    let (room, held) = (kafka.room, kafka.held);
    Script { seed, people, config, deprecated_keys, room, held, steps }
}

struct Maker {
    random: Random,
    profile: Profile,
    people: usize,
    crowded: bool,
    config: HubConfig,
    /// Two who have much to do with each other for some steps in quick succession.
    duet: Option<([usize; 2], usize)>,
    /// Steps that follow each other.
    planned: VecDeque<Step>,
}

impl Maker {
    fn new(seed: u64, profile: Profile) -> Self {
        let mut random = Random::of(&[seed, 1]);
        let crowded = seed % CROWDED == CROWDED - 1;
        let most = random.pick(&[4, 6, 8, 30]);
        let people = if crowded { CROWD } else { random.range(3, most) as usize };
        let mut config = random.pick(&CONFIGS);
        if crowded {
            config.max_subscribers = config.max_subscribers.max(1000);
        }
        Self { random, profile, people, crowded, config, duet: None, planned: VecDeque::new() }
    }

    fn step(&mut self) -> Step {
        if let Some(step) = self.planned.pop_front() {
            return step;
        }
        self.meet();
        let pauses: &[i64] = if self.duet.is_some() { &QUICK } else { &PAUSES };
        let pause = self.random.pick(pauses);
        let strike = self.strike();
        let action = strike.map_or_else(|| self.act(), Action::Strike);
        Step { pause, action }
    }

    /// Begins and ends duets.
    fn meet(&mut self) {
        self.duet = match self.duet.take() {
            Some((two, left)) if left > 0 => Some((two, left - 1)),
            _ if self.random.chance(800) => {
                let two = [self.someone(), self.someone()];
                match self.random.below(4) {
                    0 | 1 => self.plan_a_short_absence(two),
                    2 => self.plan_a_change_of_mind(two),
                    _ => {}
                }
                Some((two, self.random.range(4, 10) as usize))
            }
            _ => None,
        };
    }

    /// A watcher is away for some seconds, and the target changes before, meanwhile and after: where an
    /// answer is slow, it speaks of a time that is over.
    fn plan_a_short_absence(&mut self, [watcher, target]: [usize; 2]) {
        let back = Some(self.random.range(800, 5_000));
        let later = self.random.range(3_000, 14_000);
        let steps = [
            (0, target, self.connect()),
            (0, watcher, self.connect()),
            (100, watcher, Op::Subscribe(None, vec![Target::Person(target)])),
            (2_000, watcher, Op::Lose(0, Loss::Closed(0), back)),
            (0, watcher, Op::Lose(0, Loss::Closed(0), back)),
            (0, watcher, Op::Lose(0, Loss::Closed(0), back)),
            (200, target, Op::Status(None, self.status(), false)),
            (later, target, Op::Status(None, self.status(), true)),
            (1_000, target, Op::Status(None, self.status(), false)),
        ];
        let step = |(pause, who, op)| Step { pause, action: Action::Act(who, op) };
        self.planned.extend(steps.into_iter().map(step));
    }

    /// A subscription that is taken back while its first call may still travel.
    fn plan_a_change_of_mind(&mut self, [watcher, target]: [usize; 2]) {
        let some = || vec![Target::Person(target)];
        let doubt = self.random.range(0, 6_000);
        let steps = [
            (0, watcher, Op::Unsubscribe(None, some())),
            (3_000, watcher, Op::Subscribe(None, some())),
            (doubt, watcher, Op::Unsubscribe(None, some())),
        ];
        let step = |(pause, who, op)| Step { pause, action: Action::Act(who, op) };
        self.planned.extend(steps.into_iter().map(step));
    }

    /// Mostly one of a few, so that what they do meets.
    fn someone(&mut self) -> usize {
        if let Some((two, _)) = self.duet {
            return self.random.pick(&two);
        }
        let hot = self.people.min(4);
        let all = self.random.chance(if self.crowded { 6_000 } else { 3_000 });
        self.random.below(if all { self.people } else { hot })
    }

    fn strike(&mut self) -> Option<Strike> {
        let one = self.someone();
        let random = &mut self.random;
        let mut strikes = |fault| random.chance(self.profile.rate(fault));
        let found = [
            Fault::Hibernated,
            Fault::Crashed,
            Fault::CrashedAtCommit,
            Fault::CrashedInFlight,
            Fault::Deployed,
            Fault::Unreachable,
            Fault::StorageRefused,
            Fault::StatementRefused,
            Fault::DirectoryDown,
        ]
        .into_iter()
        .filter(|fault| strikes(*fault))
        .last()?;
        Some(match found {
            Fault::Hibernated => Strike::Hibernate(one),
            Fault::Crashed => Strike::Crash(one),
            Fault::CrashedAtCommit => Strike::CrashAtCommit(one, self.random.below(4)),
            Fault::CrashedInFlight => Strike::CrashInFlight(one),
            Fault::Deployed => Strike::Deploy,
            Fault::Unreachable => Strike::Unreachable(one, self.random.range(1_000, 240_000)),
            Fault::StorageRefused => Strike::RefuseStorage(one, self.random.range(100, 90_000)),
            Fault::StatementRefused => Strike::RefuseStatement(one, self.random.below(5) as u32),
            _ => Strike::DirectoryDown(self.random.range(1_000, 60_000)),
        })
    }

    fn act(&mut self) -> Action {
        let one = self.someone();
        let device = self.random.bits64();
        let op = match self.random.below(100) {
            0..=13 => self.connect(),
            14..=25 => self.lose(device),
            26..=33 => Op::Resume(device),
            34 => Op::StaleResume(device),
            35..=36 => Op::Reload(device),
            37 => Op::GoSilent(device),
            38..=39 => Op::Beat(device, self.random.chance(5_000).then(|| self.kind())),
            40..=42 => Op::Leave(device),
            43..=57 => Op::Subscribe(self.by_device(device), self.targets()),
            58..=63 => Op::Unsubscribe(self.by_device(device), self.targets()),
            64..=66 => Op::Topic(device, self.target(), self.random.chance(6_000)),
            67..=68 => Op::Queue(device, self.random.chance(7_000)),
            69..=79 => Op::Status(self.by_device(device), self.status(), self.random.chance(2_000)),
            80..=81 => Op::DeviceStatus(device, self.random.pick(&[Status::Away, Status::Online])),
            82..=88 => self.message(device),
            89..=90 => Op::Typing(device, self.someone(), self.random.chance(5_000)),
            91..=92 => Op::Ask(device, self.targets()),
            93..=95 => Op::Read(self.random.chance(7_000).then(|| self.someone())),
            96..=97 => Op::Lists,
            _ => Op::Revoke(device),
        };
        Action::Act(one, op)
    }

    fn by_device(&mut self, device: u64) -> Option<u64> {
        self.random.chance(7_500).then_some(device)
    }

    fn kind(&mut self) -> DeviceType {
        self.random.pick(&[DeviceType::Web, DeviceType::Mobile, DeviceType::Desktop])
    }

    fn connect(&mut self) -> Op {
        let manners = match self.random.below(10) {
            0 => Manners::Hasty,
            1 => Manners::Lazy,
            _ => Manners::Good,
        };
        let token_life = self.random.chance(500).then(|| self.random.range(1_000, 90_000));
        let kind = self.kind();
        Op::Connect { kind, stomp: self.random.chance(4_000), manners, token_life }
    }

    fn lose(&mut self, device: u64) -> Op {
        let random = &mut self.random;
        let loss = if random.chance(self.profile.rate(Fault::SocketVanished)) {
            Loss::Vanished
        } else if random.chance(self.profile.rate(Fault::SocketHalfOpen)) {
            Loss::HalfOpen(random.range(1_000, 40_000))
        } else if random.chance(self.profile.rate(Fault::CloseLate)) {
            Loss::Closed(random.range(100, 50_000))
        } else {
            Loss::Closed(0)
        };
        // Half of those whose close event comes late stay away until it has come.
        let late = if let Loss::Closed(ms) = loss { random.pick(&[0, ms]) } else { 0 };
        let back = random.chance(7_000).then(|| late + random.range(50, 15_000));
        Op::Lose(device, loss, back)
    }

    fn status(&mut self) -> Status {
        self.random.pick(&[
            Status::Online,
            Status::Busy,
            Status::Away,
            Status::Invisible,
            Status::Invisible,
        ])
    }

    fn target(&mut self) -> Target {
        match self.random.below(20) {
            0 => Target::Nobody(self.random.below(3)),
            1 => Target::Invalid,
            _ => Target::Person(self.someone()),
        }
    }

    fn targets(&mut self) -> Vec<Target> {
        let count = match self.random.below(10) {
            0..=5 => 1,
            6..=8 => self.random.range(2, 5),
            _ if self.crowded => 500,
            _ => 12,
        };
        let everyone = count == 500;
        (0..count)
            .map(|at| if everyone { self.one_of_500(at as usize) } else { self.target() })
            .collect()
    }

    fn one_of_500(&mut self, at: usize) -> Target {
        if at < self.people { Target::Person(at) } else { Target::Nobody(at % 7) }
    }

    fn message(&mut self, device: u64) -> Op {
        let count = self.random.range(1, 3);
        let to = (0..count).map(|_| self.someone()).collect();
        let name = self.random.chance(6_000).then(|| self.random.below(4) as u64);
        Op::Message(device, to, name)
    }
}
