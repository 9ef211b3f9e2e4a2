//! What somebody might do next.

use super::compose::Composer;
use super::op::Op;
use crate::world::person;

/// Which device does it; none: REST.
struct By(Option<usize>);

impl Composer {
    /// Mostly one of a few, so that what they do meets.
    fn someone(&mut self) -> usize {
        let people = self.player.people;
        let all = self.random.chance(4_000);
        self.random.below(if all { people } else { people.min(4) })
    }

    fn name(&mut self) -> String {
        let number = self.someone();
        person(number).as_str().to_owned()
    }

    fn target(&mut self) -> String {
        match self.random.below(20) {
            0 => format!("nobody-{}", self.random.below(3)),
            1 => "no id at all".into(),
            _ => self.name(),
        }
    }

    fn targets(&mut self) -> Vec<String> {
        let count = self.random.pick(&[1, 1, 1, 2, 3, 5]);
        (0..count).map(|_| self.target()).collect()
    }

    fn one_of(&mut self, devices: &[usize]) -> Option<usize> {
        if devices.is_empty() { None } else { Some(self.random.pick(devices)) }
    }

    fn devices_of(&self, user: usize) -> impl Iterator<Item = usize> {
        let kits = self.player.kits.iter().enumerate();
        kits.filter(move |(_, kit)| kit.owner == user).map(|(device, _)| device)
    }

    /// One that can speak.
    fn a_device(&mut self, user: usize) -> Option<usize> {
        let speaks =
            |device: &usize| self.player.up(*device).is_some() && !self.player.kits[*device].silent;
        let all: Vec<_> = self.devices_of(user).filter(speaks).collect();
        self.one_of(&all)
    }

    fn a_stomp_device(&mut self, user: usize) -> Option<usize> {
        self.a_device(user).filter(|device| self.player.kits[*device].stomp)
    }

    /// One that lost its socket.
    fn a_lost_device(&mut self, user: usize) -> Option<usize> {
        let all: Vec<_> =
            self.devices_of(user).filter(|device| self.player.is_down(*device)).collect();
        self.one_of(&all)
    }

    /// By a device, or over REST.
    fn by(&mut self, user: usize) -> Option<By> {
        let by_rest = self.random.chance(2_500);
        if by_rest { Some(By(None)) } else { self.a_device(user).map(|device| By(Some(device))) }
    }

    pub(super) fn pick(&mut self) -> Option<Op> {
        let who = self.someone();
        let user = person(who).as_str().to_owned();
        Some(match self.random.below(100) {
            0..=8 => self.connect(who)?,
            9..=17 => self.come_back(who)?,
            18..=21 => Op::Close { device: self.a_device(who)?, cut: self.random.chance(5_000) },
            22 => Op::Silence { device: self.a_device(who)? },
            23..=24 => Op::Leave { device: self.a_device(who)? },
            25 => self.stale(who)?,
            26..=30 => {
                let kind = self.random.pick(&[None, Some("mobile"), Some("desktop")]);
                Op::Beat { device: self.a_device(who)?, kind }
            }
            31..=49 => Op::Subscribe { user, by: self.by(who)?.0, targets: self.targets() },
            50..=53 => Op::Unsubscribe { user, by: self.by(who)?.0, targets: self.targets() },
            54..=57 => self.topic(who)?,
            58..=72 => self.status(who, user)?,
            73..=74 => {
                let status = self.random.pick(&["AWAY", "AWAY", "ONLINE"]);
                Op::DeviceStatus { device: self.a_device(who)?, status }
            }
            75..=82 => self.message(who)?,
            83..=86 => {
                let typing = self.random.chance(6_000);
                Op::Typing { device: self.a_device(who)?, to: self.name(), typing }
            }
            87..=89 => Op::Ask { device: self.a_device(who)?, targets: self.targets() },
            90..=91 => self.revoke(who, user)?,
            92..=95 => Op::Read { viewer: user, of: self.name() },
            _ => self.list(user),
        })
    }

    fn connect(&mut self, who: usize) -> Option<Op> {
        let up = self.devices_of(who).filter(|device| self.player.up(*device).is_some()).count();
        (up < 3).then(|| self.new_device(who))
    }

    /// With its own token: after a loss, or (seldom) beside a socket that is still open.
    fn come_back(&mut self, who: usize) -> Option<Op> {
        let takes_over = self.random.chance(1_500);
        let device = if takes_over { self.a_device(who)? } else { self.a_lost_device(who)? };
        Some(self.open(device, Some(device)))
    }

    /// With the token of somebody else, which is worth nothing here.
    fn stale(&mut self, who: usize) -> Option<Op> {
        let device = self.a_lost_device(who)?;
        let others = |other: &usize| self.player.kits[*other].owner != who;
        let others: Vec<_> = (0..self.player.kits.len()).filter(others).collect();
        let of = self.one_of(&others)?;
        Some(self.open(device, Some(of)))
    }

    fn topic(&mut self, who: usize) -> Option<Op> {
        let device = self.a_stomp_device(who)?;
        if self.random.chance(2_500) {
            return Some(Op::Ready { device, on: !self.player.kits[device].hears_all });
        }
        let known: Vec<String> = self.player.kits[device].topics.iter().cloned().collect();
        if !known.is_empty() && self.random.chance(4_000) {
            let target = known[self.random.below(known.len())].clone();
            return Some(Op::Topic { device, target, on: false });
        }
        let target = self.name();
        (!known.contains(&target)).then_some(Op::Topic { device, target, on: true })
    }

    fn status(&mut self, who: usize, user: String) -> Option<Op> {
        let status = self.random.pick(&["ONLINE", "ONLINE", "BUSY", "AWAY", "INVISIBLE"]);
        let number = self.player.operations.len();
        let message = self.random.chance(3_000).then(|| format!("{status} since {number}"));
        Some(Op::Status { user, by: self.by(who)?.0, status, message })
    }

    fn message(&mut self, who: usize) -> Option<Op> {
        let device = self.a_device(who)?;
        let count = self.random.range(1, 3);
        let to = (0..count).map(|_| self.name()).collect();
        let name = self.random.chance(4_000).then(|| format!("m{}", self.random.below(4)));
        Some(Op::Message { device, to, name, content: self.content() })
    }

    fn revoke(&mut self, who: usize, user: String) -> Option<Op> {
        let known = |device: &usize| self.player.world.devices[*device].session.is_some();
        let all: Vec<_> = self.devices_of(who).filter(known).collect();
        Some(Op::Revoke { user, device: self.one_of(&all)? })
    }
}
