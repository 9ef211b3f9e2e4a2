//! How a history ends: everybody leaves, everything is answered as it ought to be.

use presence::calls::Viewer;
use presence::state::EndReason;
use presence::time::Millis;

use super::Shell;

/// Turns without time passing, after which a hub has lost itself.
const RESTLESS: usize = 60;
/// Alarms after which everything that was owed must be done or given up. A message may be owed for an
/// hour, of which the backstop looks once a minute.
const PATIENCE: usize = 300;
/// Batches after which whatever the rows held, and whatever happened since, has been sent.
const BATCHES: usize = 1_000;

impl Shell {
    /// Everyone answers, everyone leaves: then the hub must come to rest within a bounded time.
    pub(crate) fn comes_to_rest(&mut self) {
        self.disk.refuse_writes(false);
        self.refusing = false;
        self.behind = 0;
        while let Some(socket) = self.socket(0) {
            self.close(socket, EndReason::Closed);
        }
        self.settle();
        assert!(!self.look(Viewer::Owner).online, "everybody left");
        self.check_outbox_at_rest();
    }

    /// Everything that is due happens, and every call is answered, until nothing is due any more.
    fn settle(&mut self) {
        let (mut alarms, mut restless, mut last) = (0, 0, self.now);
        let batches = self.kafka.batches;
        while let Some(at) = self.next() {
            alarms += usize::from(self.step(at));
            (restless, last) = if self.now > last { (0, self.now) } else { (restless + 1, last) };
            assert!(restless < RESTLESS, "it goes on for ever without time passing");
            assert!(alarms < PATIENCE, "it never comes to rest");
            assert!(self.kafka.batches - batches < BATCHES, "it publishes for ever");
        }
    }

    /// The next thing that is due happens; true if that was the alarm.
    fn step(&mut self, at: Millis) -> bool {
        self.now = self.now.max(at);
        if self.is_due(self.timer) {
            self.timer();
        } else if self.is_due(self.alarm) {
            self.alarm();
            return true;
        } else {
            self.answer(0, None);
        }
        false
    }

    /// Kafka takes all until the outbox is full no more. Clients beat meanwhile.
    pub(crate) fn makes_room(&mut self) {
        for _ in 0..BATCHES {
            // Twice: a turn says how it stood before what its own sweep has ended.
            let full = [self.outbox().full, self.outbox().full];
            if full == [false, false] {
                return;
            }
            let Some(at) = self.next() else { break };
            self.sockets.values_mut().for_each(|socket| socket.last_seen = at.max(self.now));
            self.step(at);
        }
        panic!("the outbox is full for ever");
    }

    fn is_due(&self, at: Option<Millis>) -> bool {
        at.is_some_and(|at| at <= self.now)
    }

    fn next(&self) -> Option<Millis> {
        let answer = (!self.waiting.is_empty()).then_some(self.now + 5);
        [answer, self.timer, self.alarm].into_iter().flatten().min()
    }
}
