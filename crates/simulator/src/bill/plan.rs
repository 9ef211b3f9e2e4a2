//! Who has which devices, who watches whom, and what happens when. Spread evenly instead of drawn, so
//! that a few users over a few hours behave as a million over a month do.

use super::scenario::{Day, Scenario};
use crate::random::Random;

const HOUR: f64 = 3_600_000.0;
const DAY: f64 = 24.0 * HOUR;
/// Multiples of it, less their whole part, fill `0..1` evenly however many there are.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// Everything that happens, in the order of time.
pub(super) struct Plan {
    /// The owner of each device.
    pub devices: Vec<usize>,
    /// Whom each user watches.
    pub targets: Vec<Vec<usize>>,
    /// At which millisecond what happens.
    pub events: Vec<(i64, Event)>,
}

/// By number of device or user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Event {
    /// A device is switched on; its client subscribes to all targets.
    Come(usize),
    /// Its socket is lost, and it comes back by itself within the grace.
    Lose(usize),
    /// Its socket is lost for longer.
    GoAway(usize),
    /// It comes back from there.
    Return(usize),
    /// It says goodbye.
    Leave(usize),
    /// A user sets another status.
    Change(usize),
    /// A user sends a message to one of those whom they watch.
    Write(usize),
}

/// How often a day, in which series, and what.
type Acts = (f64, usize, Event);

/// The `number`-th of some evenly spread values in `0..1`; each `series` has its own.
fn spread(number: usize, series: usize) -> f64 {
    (GOLDEN * number as f64 + 0.377 * series as f64).fract()
}

/// When something that happens `a_day` times a day happens until `end`.
fn times(a_day: f64, phase: f64, end: f64) -> impl Iterator<Item = f64> {
    let every = if a_day > 0.0 { DAY / a_day } else { f64::INFINITY };
    (0..).map(move |number| (f64::from(number) + phase) * every).take_while(move |at| *at < end)
}

impl Plan {
    /// The plan of a scenario.
    pub(super) fn of(scenario: &Scenario) -> Self {
        let Scenario { size, day, .. } = scenario;
        let devices = devices(size.users, day);
        let mut plan = Self { devices, targets: targets(size.users, day), events: Vec::new() };
        let end = (size.warm_up_hours + size.hours) * HOUR;
        for device in 0..plan.devices.len() {
            plan.presence_of(device, day, end);
        }
        for user in 0..size.users {
            let star = day.star_changes.filter(|_| user == 0);
            let changes = star.unwrap_or(day.changes);
            plan.acts_of(user, day, end, (changes, 3, Event::Change(user)));
            plan.acts_of(user, day, end, (day.messages, 9, Event::Write(user)));
        }
        plan.events.retain(|(at, _)| (*at as f64) < end);
        plan.events.sort_unstable();
        plan
    }

    fn add(&mut self, at: f64, event: Event) {
        self.events.push((at as i64, event));
    }

    /// When a device comes, loses its socket, and goes.
    fn presence_of(&mut self, device: usize, day: &Day, end: f64) {
        let away = day.away_minutes * 60_000.0;
        let mut lost = device * 13;
        for (from, until) in stays(device, day, end) {
            self.add(from, Event::Come(device));
            let length = until - from;
            // `losses` are of a whole stay, also of one that is shorter than a day.
            let a_day = if day.hours.is_some() { day.losses * DAY / length } else { day.losses };
            for at in times(a_day, spread(device, 1), length - 60_000.0) {
                lost += 1;
                let at = from + at.max(60_000.0);
                let goes = spread(lost, 2) < day.late;
                if goes && (at + away < until || until >= end) {
                    self.add(at, Event::GoAway(device));
                    self.add(at + away, Event::Return(device));
                } else {
                    self.add(at, Event::Lose(device));
                }
            }
            if until < end {
                self.add(until, Event::Leave(device));
            }
        }
    }

    /// What a user does so often a day, in a series of its own, while they are there.
    fn acts_of(&mut self, user: usize, day: &Day, end: f64, (count, series, event): Acts) {
        for (from, until) in stays(user, day, end) {
            let length = until - from;
            let a_day = if day.hours.is_some() { count * DAY / length } else { count };
            for at in times(a_day, spread(user, series), length) {
                self.add(from + at, event);
            }
        }
    }
}

/// From when until when somebody is there. All begin within two minutes, or half an hour about the
/// time at which their day begins.
fn stays(number: usize, day: &Day, end: f64) -> Vec<(f64, f64)> {
    let Some([from, until]) = day.hours else {
        return vec![(spread(number, 4) * 120_000.0, end)];
    };
    let about = |hour: f64, series| (hour - 0.5 + spread(number, series)) * HOUR;
    let days = (end / DAY).ceil() as usize;
    (0..days)
        .map(|n| (n as f64).mul_add(DAY, 0.0))
        .map(|midnight| (midnight + about(from, 5), midnight + about(until, 6)))
        .collect()
}

fn devices(users: usize, day: &Day) -> Vec<usize> {
    let online = |user: &usize| *user == 0 || spread(*user, 7) < day.online;
    let several = |user: usize| {
        let more = usize::from(spread(user, 8) < day.sessions.fract());
        std::iter::repeat_n(user, day.sessions as usize + more)
    };
    (0..users).filter(online).flat_map(several).collect()
}

/// Everybody watches as many as watch them: the users in a ring in random order, and the same random
/// distances from each.
fn targets(users: usize, day: &Day) -> Vec<Vec<usize>> {
    let mut random = Random::of(&[users as u64, 40]);
    let mut ring: Vec<usize> = (0..users).collect();
    let mut distances: Vec<usize> = (1..users).collect();
    shuffle(&mut ring, &mut random);
    shuffle(&mut distances, &mut random);
    distances.truncate(day.watchers);
    let mut targets = vec![Vec::new(); users];
    for (place, user) in ring.iter().enumerate() {
        targets[*user] = distances.iter().map(|far| ring[(place + far) % users]).collect();
        if (1..=day.star).contains(user) {
            targets[*user].push(0);
        }
    }
    targets
}

fn shuffle(some: &mut [usize], random: &mut Random) {
    for at in (1..some.len()).rev() {
        some.swap(at, random.below(at + 1));
    }
}
