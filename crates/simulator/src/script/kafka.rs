//! What happens to Kafka in a run, drawn apart from all else: the same seed without it is the same.

use presence::config::MOST_EVENTS;
use presence::outbox::{Destination, Publishing, Topic, WhenFull};

use super::{Action, Step, Strike};
use crate::faults::{Fault, Profile};
use crate::random::Random;

/// How often somebody's dead letters are published once more between two steps, in 10,000.
const REPLAYS: u32 = 150;
/// How often a topic is refused from the beginning to the end of a run, in 10,000 of them.
const NEVER: u32 = 300;
const DAY: i64 = 86_400_000;

pub(super) struct Kafka {
    random: Random,
    profile: Profile,
    /// Few seeds have none, a few leave out what messages say.
    pub publishing: Publishing,
    /// Half of them each.
    pub when_full: WhenFull,
    /// Three of seven have an outbox that is full soon.
    pub room: usize,
    /// Refused until everybody leaves.
    pub held: Option<Destination>,
    /// It is away for a day.
    pub down: bool,
}

impl Kafka {
    pub(super) fn new(seed: u64, profile: Profile) -> Self {
        let mut random = Random::of(&[seed, 12]);
        // One seed in so many, and always the same ones, so that few are enough to meet one.
        let every = 10_000 / u64::from(profile.rate(Fault::KafkaDown).max(1));
        let down = seed % every == every / 2;
        let (off, metadata, full) = (Publishing::Off, Publishing::Metadata, Publishing::Full);
        let picked = random.pick(&[off, metadata, metadata, full, full, full, full, full]);
        let publishing = if down { full } else { picked };
        let when_full = random.pick(&[WhenFull::Block, WhenFull::DropOldest]);
        let room = random.pick(&[8, 12, 20, MOST_EVENTS, MOST_EVENTS, MOST_EVENTS, MOST_EVENTS]);
        let held = random.chance(NEVER).then(|| destination(&mut random));
        Self { random, profile, publishing, when_full, room, held, down }
    }

    /// What comes after a step.
    pub(super) fn step(&mut self, people: usize) -> Option<Step> {
        if self.publishing == Publishing::Off {
            return None;
        }
        let action = if self.random.chance(REPLAYS) {
            // Mostly of those who do most.
            let some = if self.random.chance(8_000) { people.min(4) } else { people };
            Action::Replay(self.random.below(some), self.random.chance(5_000))
        } else {
            Action::Strike(self.strike()?)
        };
        Some(Step { pause: 0, action })
    }

    fn strike(&mut self) -> Option<Strike> {
        let random = &mut self.random;
        let away = random.chance(self.profile.rate(Fault::KafkaAway));
        let held = random.chance(self.profile.rate(Fault::KafkaHeld));
        let ms = random.range(10_000, 240_000);
        match (away, held) {
            (true, _) => Some(Strike::KafkaAway(ms)),
            (_, true) => Some(Strike::HoldTopic(destination(random), ms)),
            _ => None,
        }
    }

    /// The steps of an episode after which it is away for a day, spread over that day.
    pub(super) fn spread(steps: &mut [Step]) {
        let Some((first, others)) = steps.split_first_mut() else { return };
        first.action = Action::Strike(Strike::KafkaDown(DAY + DAY / 24));
        let every = (others.len() / 6).max(1);
        for step in others.iter_mut().step_by(every) {
            step.pause += DAY / 7;
        }
    }
}

fn destination(random: &mut Random) -> Destination {
    Destination { topic: random.pick(&Topic::ALL), dead: random.chance(3_000) }
}
