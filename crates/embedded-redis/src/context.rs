//! What a command is given to work with.

use std::cell::Cell;

use redis_rest::Reply;

use crate::failure::Failure;
use crate::keyspace::{Entry, Keyspace};
use crate::number;
use crate::random::Random;

/// What each element of an answer counts besides its bytes.
const ELEMENT: usize = 48;

/// Rows that are read at once, when what is stored could fill memory.
const CAREFUL_PAGE: i64 = 64;

/// Rows that are read at once otherwise.
const PAGE: i64 = 10_000;

/// What the commands of one request may still answer.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: usize,
    left: Cell<usize>,
}

impl Budget {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, left: Cell::new(limit) }
    }

    fn spend(&self, elements: usize, bytes: usize) -> Result<(), Failure> {
        let cost = elements.saturating_mul(ELEMENT).saturating_add(bytes);
        let left = self.left.get().checked_sub(cost);
        self.left.set(left.ok_or_else(|| Failure::answer_too_large(self.limit))?);
        Ok(())
    }
}

/// A command that runs.
pub(crate) struct Context<'a> {
    /// Its name as Redis spells it in errors.
    pub(crate) name: &'static str,
    /// What follows the name.
    pub(crate) args: &'a [Vec<u8>],
    pub(crate) keys: Keyspace<'a>,
    pub(crate) random: &'a Random,
    pub(crate) budget: &'a Budget,
}

/// What a command comes to.
pub(crate) type Done = Result<Reply, Failure>;

impl<'a> Context<'a> {
    /// The failure of a command with too few or too many arguments.
    pub(crate) fn arity(&self) -> Failure {
        Failure::arity(self.name)
    }

    /// Its only argument.
    pub(crate) fn one(&self) -> Result<&'a [u8], Failure> {
        let [one] = self.args else { return Err(self.arity()) };
        Ok(one)
    }

    /// All its arguments, of which there are so many.
    pub(crate) fn exactly<const N: usize>(&self) -> Result<[&'a [u8]; N], Failure> {
        let args: &[Vec<u8>; N] = self.args.try_into().map_err(|_| self.arity())?;
        Ok(args.each_ref().map(Vec::as_slice))
    }

    /// Its first argument, and the others.
    pub(crate) fn first(&self) -> Result<(&'a [u8], &'a [Vec<u8>]), Failure> {
        let [first, rest @ ..] = self.args else { return Err(self.arity()) };
        Ok((first, rest))
    }

    /// A string as an answer, if it still fits.
    pub(crate) fn bulk(&self, bytes: Vec<u8>) -> Done {
        self.budget.spend(1, bytes.len())?;
        Ok(Reply::Bulk(bytes))
    }

    /// A string as an answer, or nothing.
    pub(crate) fn bulk_or_null(&self, bytes: Option<Vec<u8>>) -> Done {
        bytes.map_or_else(|| self.null(), |bytes| self.bulk(bytes))
    }

    /// Nothing, as an element of an answer: a thousand of them take room too.
    pub(crate) fn null(&self) -> Done {
        self.budget.spend(1, 0)?;
        Ok(Reply::Null)
    }

    /// Several strings as an answer, if they still fit.
    pub(crate) fn bulks(&self, all: impl IntoIterator<Item = Vec<u8>>) -> Done {
        let replies = all.into_iter().map(|bytes| self.bulk(bytes));
        replies.collect::<Result<_, _>>().map(Reply::Array)
    }

    /// Refuses to read all items of a key if an answer could not hold them. Nothing is asked while
    /// all that is stored would fit.
    pub(crate) fn may_read_all(&self, entry: &Entry) -> Result<(), Failure> {
        if !self.must_be_careful()? {
            return Ok(());
        }
        let (count, bytes) = self.keys.count(entry)?;
        let before = self.budget.left.get();
        let fits = self.budget.spend(count as usize, bytes as usize);
        self.budget.left.set(before);
        fits
    }

    /// How many of `wanted` rows to read at once.
    pub(crate) fn page(&self, wanted: i64) -> Result<i64, Failure> {
        Ok(wanted.min(if self.must_be_careful()? { CAREFUL_PAGE } else { PAGE }))
    }

    fn must_be_careful(&self) -> Result<bool, Failure> {
        Ok(self.keys.totals()?.bytes > self.budget.left.get() as i64)
    }
}

/// A whole number among the arguments.
pub(crate) fn integer(text: &[u8]) -> Result<i64, Failure> {
    number::integer(text).ok_or_else(Failure::not_an_integer)
}

/// A whole number among the arguments, between these.
pub(crate) fn integer_within(text: &[u8], low: i64, high: i64) -> Result<i64, Failure> {
    let number = integer(text)?;
    if (low..=high).contains(&number) {
        return Ok(number);
    }
    let text = format!("ERR value is out of range, value must between {low} and {high}");
    Err(Failure::new(text))
}

/// A count as an answer.
pub(crate) fn count(number: usize) -> Reply {
    Reply::Integer(number as i64)
}

/// Yes or no as an answer.
pub(crate) fn flag(yes: bool) -> Reply {
    Reply::Integer(i64::from(yes))
}

/// Arguments as slices.
pub(crate) fn slices(args: &[Vec<u8>]) -> Vec<&[u8]> {
    args.iter().map(Vec::as_slice).collect()
}

/// Whether an argument is this word, in whatever case.
pub(crate) fn is(text: &[u8], word: &str) -> bool {
    text.eq_ignore_ascii_case(word.as_bytes())
}
