//! The circuit breaker: its rules one by one, and random histories.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]

use proptest::prelude::*;
use redis_rest::{Breaker, BreakerSettings, Change, Machine, Open, State, Ticket, Verdict};

const SETTINGS: BreakerSettings = BreakerSettings {
    failures: 3,
    share_percent: 50,
    window_ms: 1_000,
    window_calls: 10,
    open_ms: 100,
    open_cap_ms: 1_000,
    open_floor_ms: 10,
    probe_ms: 500,
};

/// A call that is let through at `now`.
fn pass(machine: &mut Machine, now: u64) -> Ticket {
    machine.admit(now, 0.0).0.unwrap()
}

fn fail(machine: &mut Machine, now: u64, random: f64) -> Option<Change> {
    let ticket = pass(machine, now);
    machine.failed(&ticket, now, random, 0)
}

fn succeed(machine: &mut Machine, now: u64) -> Option<Change> {
    let ticket = pass(machine, now);
    machine.succeeded(&ticket, now)
}

/// One that opened at 0, for 100 ms.
fn opened() -> Machine {
    let mut machine = Machine::new(SETTINGS);
    for _ in 0..2 {
        assert_eq!(fail(&mut machine, 0, 1.0), None);
    }
    assert_eq!(fail(&mut machine, 0, 1.0), Some(Change::Opened { until: 100, times: 1 }));
    machine
}

#[test]
fn so_many_failures_in_a_row_open_it() {
    let mut machine = Machine::new(SETTINGS);
    for _ in 0..3 {
        assert_eq!(fail(&mut machine, 0, 0.0), None);
        assert_eq!(fail(&mut machine, 0, 0.0), None);
        assert_eq!(succeed(&mut machine, 0), None);
        machine = Machine::new(SETTINGS);
    }
    assert_eq!(opened().state(), State::Open { until: 100 });
}

#[test]
fn a_share_of_failures_in_a_window_opens_it() {
    let mut machine = Machine::new(SETTINGS);
    for _ in 0..4 {
        assert_eq!(succeed(&mut machine, 0), None);
        assert_eq!(fail(&mut machine, 0, 0.0), None);
    }
    assert_eq!(succeed(&mut machine, 0), None);
    assert!(matches!(fail(&mut machine, 0, 0.0), Some(Change::Opened { .. })));
}

#[test]
fn less_than_the_share_leaves_it_closed() {
    let mut machine = Machine::new(SETTINGS);
    for _ in 0..20 {
        assert_eq!(succeed(&mut machine, 0), None);
        assert_eq!(fail(&mut machine, 0, 0.0), None);
        assert_eq!(succeed(&mut machine, 0), None);
    }
    assert_eq!(machine.state(), State::Closed);
}

#[test]
fn what_was_heard_once_or_released_decides_nothing_later() {
    let mut machine = opened();
    let released = pass(&mut machine, 100);
    machine.released(&released);
    let heard = pass(&mut machine, 100);
    assert_eq!(machine.succeeded(&heard, 110), Some(Change::Closed));
    for ticket in [&released, &released, &released, &heard, &heard, &heard] {
        assert_eq!(machine.failed(ticket, 120, 1.0, 0), None);
    }
    assert_eq!(machine.state(), State::Closed);
}

#[test]
fn a_window_forgets_the_one_before() {
    let mut machine = Machine::new(SETTINGS);
    // Nine calls a window say too little, although five of them are bad.
    for now in [0, 1_000, 2_000, 3_000] {
        for _ in 0..4 {
            assert_eq!(fail(&mut machine, now, 0.0), None);
            assert_eq!(succeed(&mut machine, now), None);
        }
        assert_eq!(fail(&mut machine, now, 0.0), None);
    }
    // The tenth call of a window says enough.
    assert!(matches!(fail(&mut machine, 3_999, 0.0), Some(Change::Opened { .. })));
}

#[test]
fn while_open_nobody_passes_and_everybody_learns_until_when() {
    let mut machine = opened();
    for now in [0, 50, 99] {
        assert_eq!(machine.admit(now, 0.0), (Err(Open { until: 100 }), None));
    }
}

#[test]
fn one_probe_passes_and_its_success_closes() {
    let mut machine = opened();
    let (probe, change) = machine.admit(100, 0.0);
    let probe = probe.unwrap();
    assert!(probe.is_probe());
    assert_eq!(change, Some(Change::HalfOpened));
    for _ in 0..5 {
        assert_eq!(machine.admit(150, 0.0), (Err(Open { until: 600 }), None));
    }
    assert_eq!(machine.succeeded(&probe, 200), Some(Change::Closed));
    assert_eq!(machine.state(), State::Closed);
    assert!(!pass(&mut machine, 200).is_probe());
}

#[test]
fn each_failed_probe_doubles_the_bound_up_to_its_cap() {
    let (mut machine, mut now) = (opened(), 100);
    for (times, length) in [(2, 200), (3, 400), (4, 800), (5, 1_000), (6, 1_000)] {
        let change = fail(&mut machine, now, 1.0);
        now += length;
        assert_eq!(change, Some(Change::Opened { until: now, times }));
    }
    assert_eq!(succeed(&mut machine, now), Some(Change::Closed));
    for _ in 0..2 {
        assert_eq!(fail(&mut machine, now, 1.0), None);
    }
    let afresh = Change::Opened { until: now + 100, times: 1 };
    assert_eq!(fail(&mut machine, now, 1.0), Some(afresh));
}

#[test]
fn it_stays_open_for_anything_between_the_floor_and_the_bound() {
    for (random, until) in [(0.0, 10), (0.05, 10), (0.5, 50), (1.0, 100)] {
        let mut machine = Machine::new(BreakerSettings { failures: 1, ..SETTINGS });
        assert_eq!(fail(&mut machine, 0, random), Some(Change::Opened { until, times: 1 }));
    }
}

#[test]
fn it_stays_open_as_long_as_the_server_asks_within_the_cap() {
    for (retry_after_ms, until) in [(5, 10), (300, 300), (60_000, 1_000)] {
        let mut machine = Machine::new(BreakerSettings { failures: 1, ..SETTINGS });
        let ticket = pass(&mut machine, 0);
        let change = machine.failed(&ticket, 0, 0.0, retry_after_ms);
        assert_eq!(change, Some(Change::Opened { until, times: 1 }));
    }
}

#[test]
fn calls_from_before_it_opened_decide_nothing() {
    let mut machine = Machine::new(SETTINGS);
    let [early, late] = [pass(&mut machine, 0), pass(&mut machine, 0)];
    for _ in 0..3 {
        fail(&mut machine, 0, 1.0);
    }
    assert_eq!(machine.succeeded(&early, 10), None);
    assert_eq!(machine.state(), State::Open { until: 100 });
    let probe = pass(&mut machine, 100);
    assert_eq!(machine.failed(&late, 110, 1.0, 0), None);
    machine.released(&late);
    assert_eq!(machine.admit(120, 0.0), (Err(Open { until: 600 }), None));
    assert_eq!(machine.succeeded(&probe, 130), Some(Change::Closed));
    assert_eq!(machine.failed(&late, 140, 1.0, 0), None);
}

#[test]
fn a_probe_that_says_nothing_makes_room_for_the_next_without_a_change() {
    let mut machine = opened();
    let probe = pass(&mut machine, 100);
    machine.released(&probe);
    let (next, change) = machine.admit(100, 0.0);
    assert_eq!(change, None);
    // What the first says after all is nothing either.
    assert_eq!(machine.succeeded(&probe, 110), None);
    assert_eq!(machine.succeeded(&next.unwrap(), 120), Some(Change::Closed));
}

#[test]
fn a_probe_that_is_never_heard_of_is_a_failure() {
    let mut machine = opened();
    let lost = pass(&mut machine, 100);
    assert_eq!(machine.admit(599, 1.0), (Err(Open { until: 600 }), None));
    let opened = Change::Opened { until: 800, times: 2 };
    assert_eq!(machine.admit(600, 1.0), (Err(Open { until: 800 }), Some(opened)));
    assert_eq!(machine.succeeded(&lost, 700), None);
    assert!(pass(&mut machine, 800).is_probe());
}

#[test]
fn a_clock_set_back_does_not_keep_it_open_for_ever() {
    let mut machine = Machine::new(BreakerSettings { failures: 1, ..SETTINGS });
    fail(&mut machine, 1_000_000, 1.0);
    assert_eq!(machine.admit(0, 0.0), (Err(Open { until: 1_000 }), None));
    assert!(pass(&mut machine, 1_000).is_probe());
    // The probe left in what is now the future.
    assert_eq!(machine.admit(0, 0.0), (Err(Open { until: 500 }), None));
    assert!(matches!(machine.admit(500, 0.0), (Err(_), Some(Change::Opened { .. }))));
}

#[test]
fn reports_are_given_once_and_not_kept_without_bound() {
    let breaker = Breaker::new(BreakerSettings { failures: 1, ..SETTINGS });
    let shared = breaker.clone();
    let failure = Verdict::Failure { cause: "down".to_owned(), retry_after_ms: 0 };
    breaker.admit(0, 0.0).unwrap().settle(&failure, 0, 0.0);
    let reports = shared.take_reports();
    assert_eq!(reports.len(), 1);
    assert_eq!((reports[0].at, reports[0].cause.as_deref()), (0, Some("down")));
    assert_eq!(breaker.take_reports(), []);
    let mut now = 0;
    for _ in 0..100 {
        now += 10_000;
        breaker.admit(now, 0.0).unwrap().settle(&failure, now, 0.0);
    }
    let reports = breaker.take_reports();
    assert_eq!(reports.len(), 16);
    assert_eq!(reports[15].at, now);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Wait(u64),
    Call,
    /// Ends one of the calls that are under way.
    Succeed(usize),
    Fail(usize, u64),
    Release(usize),
    /// One of them is never heard of again.
    Lose(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0_u64..400).prop_map(Step::Wait),
        6 => Just(Step::Call),
        2 => any::<usize>().prop_map(Step::Succeed),
        4 => (any::<usize>(), 0_u64..2_000).prop_map(|(call, ms)| Step::Fail(call, ms)),
        1 => any::<usize>().prop_map(Step::Release),
        1 => any::<usize>().prop_map(Step::Lose),
    ]
}

/// A history: the machine, the calls under way, and what is known from outside alone.
struct History {
    machine: Machine,
    now: u64,
    /// When each call began, with its ticket.
    under_way: Vec<(u64, Ticket)>,
    /// Lost probes that are within their time.
    lost_probes: Vec<u64>,
    state: State,
}

impl History {
    fn new() -> Self {
        let machine = Machine::new(SETTINGS);
        let state = machine.state();
        Self { machine, now: 0, under_way: Vec::new(), lost_probes: Vec::new(), state }
    }

    fn take(&mut self, step: Step, random: f64) {
        match step {
            Step::Wait(ms) => self.now += ms,
            Step::Call => self.call(random),
            Step::Succeed(call) => self.end(call, Machine::succeeded),
            Step::Fail(call, ms) => {
                self.end(call, |machine, ticket, now| machine.failed(ticket, now, random, ms));
            }
            Step::Release(call) => self.end(call, |machine, ticket, _| {
                machine.released(ticket);
                None
            }),
            Step::Lose(call) => {
                if let Some((began, ticket)) = self.pick(call) {
                    self.lost_probes.extend(ticket.is_probe().then_some(began));
                }
            }
        }
    }

    fn call(&mut self, random: f64) {
        let (admitted, change) = self.machine.admit(self.now, random);
        match &admitted {
            Err(open) => {
                assert!(open.until > self.now, "refused until a time that has come");
                assert!(open.until <= self.now + SETTINGS.open_cap_ms);
            }
            Ok(ticket) if ticket.is_probe() => self.no_probe_is_under_way(),
            Ok(_) => assert_eq!(self.state, State::Closed, "passed without being a probe"),
        }
        if let State::Open { until } = self.state {
            assert_eq!(admitted.is_ok(), self.now >= until, "open for another time than it said");
        }
        self.changed(change);
        let now = self.now;
        self.under_way.extend(admitted.ok().map(|ticket| (now, ticket)));
    }

    fn no_probe_is_under_way(&self) {
        let begun = self.under_way.iter().filter(|(_, ticket)| ticket.is_probe());
        let begun = begun.map(|(began, _)| *began).chain(self.lost_probes.iter().copied());
        let within = |began: &u64| self.now < began + SETTINGS.probe_ms;
        assert_eq!(begun.filter(within).count(), 0, "a second probe");
    }

    fn pick(&mut self, call: usize) -> Option<(u64, Ticket)> {
        (!self.under_way.is_empty())
            .then(|| self.under_way.swap_remove(call % self.under_way.len()))
    }

    fn end(&mut self, call: usize, end: impl Fn(&mut Machine, &Ticket, u64) -> Option<Change>) {
        let Some((_, ticket)) = self.pick(call) else { return };
        let change = end(&mut self.machine, &ticket, self.now);
        self.changed(change);
    }

    /// Every change is legal, and each change of state is reported.
    fn changed(&mut self, change: Option<Change>) {
        let before = std::mem::replace(&mut self.state, self.machine.state());
        match (before, self.state, change) {
            (State::Closed, State::Closed, None)
            | (State::HalfOpen, State::HalfOpen, None)
            | (State::Open { .. }, State::HalfOpen, Some(Change::HalfOpened))
            | (State::HalfOpen, State::Closed, Some(Change::Closed)) => {}
            (State::Open { until: before }, State::Open { until }, None) => {
                assert_eq!(before, until);
            }
            (
                State::Closed | State::HalfOpen,
                State::Open { until },
                Some(Change::Opened { until: said, .. }),
            ) => {
                assert_eq!(until, said);
                assert!(until >= self.now + SETTINGS.open_floor_ms);
                assert!(until <= self.now + SETTINGS.open_cap_ms);
            }
            other => panic!("no such change: {other:?}"),
        }
    }

    /// Whatever happened, a server that is well again is found to be.
    fn heals(&mut self) {
        for _ in 0..3 {
            self.now += SETTINGS.open_cap_ms + SETTINGS.probe_ms;
            let (admitted, change) = self.machine.admit(self.now, 0.5);
            self.changed(change);
            if let Ok(ticket) = admitted {
                let change = self.machine.succeeded(&ticket, self.now);
                self.changed(change);
            }
        }
        assert_eq!(self.state, State::Closed, "a server that is well stays shut out");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn in_every_history_one_probe_at_a_time_decides(
        steps in prop::collection::vec((step(), 0.0..1.0), 0..200),
    ) {
        let mut history = History::new();
        for (step, random) in steps {
            history.take(step, random);
        }
        history.heals();
    }
}
