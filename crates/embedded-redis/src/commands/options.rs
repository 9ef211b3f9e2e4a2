//! The options of `SET` and `GETEX`, and times to live.

use crate::context::{integer, is};
use crate::failure::Failure;

/// Which command has the options: not all of them have all.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Set,
    Getex,
}

/// On what a write depends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    Absent,
    Present,
}

/// How a time is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) seconds: bool,
    pub(super) absolute: bool,
}

impl Unit {
    pub(super) const EX: Self = Self { seconds: true, absolute: false };
    pub(super) const PX: Self = Self { seconds: false, absolute: false };
    pub(super) const EXAT: Self = Self { seconds: true, absolute: true };
    pub(super) const PXAT: Self = Self { seconds: false, absolute: true };

    fn named(text: &[u8]) -> Option<Self> {
        let all = [("EX", Self::EX), ("PX", Self::PX), ("EXAT", Self::EXAT), ("PXAT", Self::PXAT)];
        all.into_iter().find(|(name, _)| is(text, name)).map(|(_, unit)| unit)
    }

    /// The moment that a time to live ends, in ms: of `SET` and its like, which refuse what is over
    /// when it begins, unless it is named as a moment.
    pub(super) fn end(self, text: &[u8], now: i64, name: &str) -> Result<i64, Failure> {
        let number = integer(text)?;
        let in_ms = if self.seconds { number.checked_mul(1_000) } else { Some(number) };
        let from = if self.absolute { 0 } else { now };
        let end = in_ms.filter(|ms| *ms > 0).and_then(|ms| ms.checked_add(from));
        end.ok_or_else(|| Failure::expire_time(name))
    }
}

/// What the options say.
#[derive(Default)]
pub(super) struct Options<'a> {
    pub(super) condition: Option<Condition>,
    /// Answer what was there.
    pub(super) get: bool,
    /// Let the time to live be.
    pub(super) keep: bool,
    /// Take it away.
    pub(super) persist: bool,
    pub(super) time: Option<(Unit, &'a [u8])>,
}

impl<'a> Options<'a> {
    /// Reads them: one may come twice, but no two that exclude each other.
    pub(super) fn parse(args: &'a [Vec<u8>], of: Of) -> Result<Self, Failure> {
        let (mut options, mut rest) = (Self::default(), args);
        while let [option, after @ ..] = rest {
            rest = match after {
                [value, after @ ..] if options.take_time(option, value) => after,
                _ if options.take_word(option, of) => after,
                _ => return Err(Failure::syntax()),
            };
        }
        Ok(options)
    }

    fn take_time(&mut self, option: &[u8], value: &'a [u8]) -> bool {
        let Some(unit) = Unit::named(option) else { return false };
        let other = self.time.is_some_and(|(other, _)| other != unit);
        if self.keep || self.persist || other {
            return false;
        }
        self.time = Some((unit, value));
        true
    }

    fn take_word(&mut self, option: &[u8], of: Of) -> bool {
        let set = of == Of::Set;
        if set && is(option, "NX") && self.condition != Some(Condition::Present) {
            self.condition = Some(Condition::Absent);
        } else if set && is(option, "XX") && self.condition != Some(Condition::Absent) {
            self.condition = Some(Condition::Present);
        } else if set && is(option, "GET") {
            self.get = true;
        } else if set && is(option, "KEEPTTL") && self.time.is_none() {
            self.keep = true;
        } else if !set && is(option, "PERSIST") && self.time.is_none() {
            self.persist = true;
        } else {
            return false;
        }
        true
    }
}
