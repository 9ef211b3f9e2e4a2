//! Requests to the log, and its housekeeping.

use std::cell::Cell;

use presence::store::{Store, StoreError};

use crate::config::{Config, MAX_COUNT};
use crate::http::{Answer, Request};
use crate::log::{Batch, Cursor, Log, Partition, Range, Scope, Topic};
use crate::protocol::{self, Outcome, Refusal};
use crate::route::{Parameters, Route, cursor};
use crate::view::{Offsets, Page, PartitionView, TopicView, partitions};
use crate::{sse, topic};

/// A small Kafka over a store. It keeps nothing in memory that rows do not say: another one over the same storage goes
/// on where this one ended.
pub struct Engine<S> {
    store: S,
    config: Config,
    upgraded: Cell<bool>,
}

/// What a follower asked for: whose records, and after which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Follow {
    /// Whose records.
    pub scope: Scope,
    /// After which.
    pub cursor: Cursor,
}

impl<S: Store> Engine<S> {
    /// The log of that storage. Settings out of their bounds are brought within them.
    pub fn new(store: S, config: Config) -> Self {
        Self { store, config: config.bounded(), upgraded: Cell::new(false) }
    }

    /// Answers a request. A stream is answered with what there is by now and ends: the reader's browser comes back with
    /// `Last-Event-ID`. Who can keep it open asks [`Engine::follow`] first.
    pub fn handle(&mut self, request: &Request<'_>, now_ms: i64) -> Answer {
        self.answer(request, now_ms).unwrap_or_else(|refusal| refusal.answer())
    }

    fn answer(&mut self, request: &Request<'_>, now: i64) -> Result<Answer, Refusal> {
        if let Some(follow) = self.follow(request) {
            let follow = follow?;
            let batch = self.tail(&follow.scope, follow.cursor, MAX_COUNT)?;
            let body = sse::opening(follow.cursor) + &sse::events(&batch);
            let body = body.into_bytes();
            return Ok(Answer { status: 200, content_type: sse::CONTENT_TYPE, body });
        }
        let parameters = Parameters::of(request.query)?;
        match Route::of(request)? {
            Route::Produce { topic, partition } => {
                let answer = self.produce(request, &topic, partition.as_deref(), now)?;
                Ok(if parameters.without_answer { Answer::empty() } else { answer })
            }
            reading => Ok(self.read(&reading, &parameters)?.named_for(request.accept)),
        }
    }

    fn produce(
        &mut self,
        request: &Request<'_>,
        topic: &str,
        partition: Option<&str>,
        now: i64,
    ) -> Result<Answer, Refusal> {
        let records = protocol::read(request.content_type, request.body, partition)?;
        self.upgrade()?;
        if records.is_empty() || !topic::is_legal(topic) {
            return Ok(protocol::write(&vec![Outcome::illegal_topic(topic); records.len()]));
        }
        let (store, config) = (&self.store, &self.config);
        let append = || Log::make(store, config)?.append(topic, &records, now);
        let outcomes = store.transaction(append)?;
        Ok(protocol::write(&outcomes))
    }

    fn read(&self, route: &Route, parameters: &Parameters) -> Result<Answer, Refusal> {
        let log = self.log()?;
        let topic = |name: &str| -> Result<(&Log<'_, S>, Topic), Refusal> {
            let log = log.as_ref().ok_or(Refusal::UnknownTopic)?;
            Ok((log, log.topic(name)?.ok_or(Refusal::UnknownTopic)?))
        };
        match route {
            Route::Produce { .. } => Err(Refusal::NotFound),
            Route::Topics => {
                let topics = log.as_ref().map_or(Ok(Vec::new()), Log::topics)?;
                let names: Vec<_> = topics.iter().map(|topic| topic.name.as_str()).collect();
                Ok(Answer::json(200, &names))
            }
            Route::Topic(name) => {
                Ok(Answer::json(200, &TopicView::of(&topic(name)?.1, &self.config)))
            }
            Route::Partitions(name) => Ok(Answer::json(200, &partitions(&topic(name)?.1))),
            Route::Partition(name, number) => {
                let (log, topic) = topic(name)?;
                let partition = find(log, &topic, *number).map_err(not_there)?;
                Ok(Answer::json(200, &PartitionView::of(partition.number)))
            }
            Route::Offsets(name, number) => {
                let (log, topic) = topic(name)?;
                Ok(Answer::json(200, &Offsets::of(&find(log, &topic, *number)?)))
            }
            Route::Messages(name, number) => {
                let (log, topic) = topic(name)?;
                messages(log, &topic, &find(log, &topic, *number)?, parameters)
            }
        }
    }

    /// What the request wants to follow, if it wants to: `?follow=true` at `/topics`, at `/topics/{topic}` or at
    /// `/topics/{topic}/partitions/{partition}/messages`. Refusals are for [`Refusal::answer`].
    pub fn follow(&self, request: &Request<'_>) -> Option<Result<Follow, Refusal>> {
        let parameters = match Parameters::of(request.query) {
            Ok(parameters) if parameters.follow => parameters,
            // What is wrong with it is said to whoever answers it.
            _ => return None,
        };
        let scope = match Route::of(request) {
            Ok(Route::Topics) => Scope::default(),
            Ok(Route::Topic(topic)) => Scope { topic: Some(topic), partition: None },
            Ok(Route::Messages(topic, number)) => {
                Scope { topic: Some(topic), partition: Some(number) }
            }
            _ => return None,
        };
        Some(self.begin(scope, &parameters, request.last_event_id))
    }

    /// Where a follower begins: after what it saw last; or where it asked to; or now.
    fn begin(
        &self,
        scope: Scope,
        parameters: &Parameters,
        last_event_id: Option<&str>,
    ) -> Result<Follow, Refusal> {
        if scope.topic.as_deref().is_some_and(|name| !topic::is_legal(name)) {
            return Err(Refusal::UnknownTopic);
        }
        let seen = last_event_id.filter(|id| !id.is_empty()).map(cursor).transpose()?;
        let Some(log) = self.log()? else { return Ok(Follow { scope, cursor: 0 }) };
        let there = scope.topic.as_deref().map(|name| log.topic(name)).transpose()?.flatten();
        let start = match (&there, scope.partition) {
            (Some(topic), Some(number)) => {
                let partition = find(&log, topic, number)?.number;
                let at = |offset| log.cursor_at(topic, partition, offset);
                parameters.offset.map(at).transpose()?
            }
            _ => None,
        };
        let cursor = match seen.or(start) {
            Some(cursor) => cursor,
            None if parameters.from_earliest => 0,
            None => log.newest()?,
        };
        Ok(Follow { scope, cursor })
    }

    /// What came after `after`, at most `count` records and as many as fit 2 MiB, and where to go on. Nothing new is
    /// an empty batch.
    pub fn tail(&self, scope: &Scope, after: Cursor, count: usize) -> Result<Batch, StoreError> {
        match self.log()? {
            Some(log) => log.tail(scope, after, count),
            None => Ok(Batch::default()),
        }
    }

    /// When the oldest record will be too old, in milliseconds since 1970: when to call [`Engine::expire`].
    pub fn next_due(&self) -> Result<Option<i64>, StoreError> {
        self.log()?.map_or(Ok(None), |log| log.next_due())
    }

    /// Takes away what is too old, and what is too much by these settings.
    pub fn expire(&mut self, now_ms: i64) -> Result<(), StoreError> {
        match self.log()? {
            Some(log) => self.store.transaction(|| log.expire(now_ms)),
            None => Ok(()),
        }
    }

    /// The log, if anything was ever written to it.
    fn log(&self) -> Result<Option<Log<'_, S>>, StoreError> {
        self.upgrade()?;
        Log::find(&self.store, &self.config)
    }

    /// Once, before anything is read or written.
    fn upgrade(&self) -> Result<(), StoreError> {
        if !self.upgraded.get() {
            Log::upgrade(&self.store)?;
            self.upgraded.set(true);
        }
        Ok(())
    }
}

/// The partition of that number.
fn find<S: Store>(log: &Log<'_, S>, topic: &Topic, number: u32) -> Result<Partition, Refusal> {
    let partitions = log.partitions(topic)?;
    let found = partitions.into_iter().find(|partition| partition.number == number);
    let missing = || format!("Topic '{}' does not have partition with id {number}", topic.name);
    found.ok_or_else(|| Refusal::UnknownPartition(missing()))
}

/// The bridge has other words where a partition itself is asked for.
fn not_there(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::UnknownPartition(_) => {
            Refusal::UnknownPartition("Specified partition does not exist.".into())
        }
        other => other,
    }
}

/// A part of a partition. An offset that is not kept any more, or not given yet, is the nearest one.
fn messages<S: Store>(
    log: &Log<'_, S>,
    topic: &Topic,
    partition: &Partition,
    parameters: &Parameters,
) -> Result<Answer, Refusal> {
    let from = parameters.offset.unwrap_or(partition.beginning);
    let from = from.clamp(partition.beginning, partition.ending);
    let range = Range { topic, partition: partition.number, offset: from, count: parameters.count };
    let records = log.records(&range)?;
    Ok(Answer::json(200, &Page::of(topic, partition, from, &records)))
}
