//! The links to the nodes of a Cluster, and the map of slots, kept up to date.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as Lock, MutexGuard, PoisonError};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use redis_rest::Command;
use tokio::sync::Mutex;
use tokio::time::{Duration, Instant};

use super::catalogue::Catalogue;
use super::map::Map;
use crate::Times;
use crate::config::{Host, Login, Place};
use crate::redis::dial::{Dialer, Route};
use crate::redis::link::{Link, pipeline};
use crate::redis::tls::Tls;
use crate::redis::{Unavailable, reply};

pub(super) struct Nodes {
    seeds: Vec<Host>,
    login: Login,
    tls: Option<Tls>,
    times: Times,
    links: Lock<HashMap<Host, Arc<Link>>>,
    known: Lock<Known>,
    /// Held by whoever asks for a new map; when that was last done, and why it failed if it did.
    asking: Mutex<Option<(Instant, Option<Unavailable>)>>,
}

#[derive(Clone, Default)]
struct Known {
    map: Arc<Map>,
    catalogue: Arc<Catalogue>,
    /// How many maps there have been: 0 before the first.
    age: u64,
    /// Whether something hints at a change.
    stale: bool,
}

/// How old a map must be before a mere hint has it asked for again: a node that is gone gives one with
/// each request.
const CALM: Duration = Duration::from_millis(500);

/// A map, and which one it is.
#[derive(Clone)]
pub(super) struct View {
    pub(super) map: Arc<Map>,
    pub(super) catalogue: Arc<Catalogue>,
    age: u64,
}

impl Nodes {
    pub(super) fn new(seeds: Vec<Host>, login: Login, tls: Option<Tls>, times: Times) -> Self {
        let (links, known, asking) = (Lock::default(), Lock::default(), Mutex::default());
        Self { seeds, login, tls, times, links, known, asking }
    }

    /// The link to a node.
    pub(super) fn link(&self, host: &Host) -> Arc<Link> {
        let mut links = locked(&self.links);
        links.entry(host.clone()).or_insert_with(|| Arc::new(self.new_link(host))).clone()
    }

    fn new_link(&self, host: &Host) -> Link {
        let place = Place::Tcp { host: host.clone(), tls: self.tls.is_some() };
        let (name, route) = (place.to_string(), Route::To(place));
        Link::new(
            name,
            Dialer { route, login: self.login.clone(), tls: self.tls.clone() },
            self.times,
        )
    }

    /// What is known, asked for if nothing is, or if something hints at a change.
    pub(super) async fn view(&self) -> Result<View, Unavailable> {
        let known = locked(&self.known).clone();
        let view = View { map: known.map, catalogue: known.catalogue, age: known.age };
        if view.age > 0 && !known.stale {
            return Ok(view);
        }
        if view.age > 0 && self.is_calm() {
            return Ok(view);
        }
        match self.newer_than(&view).await {
            // An old map is better than none: most of it is still true.
            Err(_) if view.age > 0 => Ok(view),
            other => other,
        }
    }

    /// Whether somebody asks just now, or has just asked.
    fn is_calm(&self) -> bool {
        let Ok(asked) = self.asking.try_lock() else { return true };
        asked.as_ref().is_some_and(|(at, _)| at.elapsed() < CALM)
    }

    /// Something hints at a change: the next look asks again.
    pub(super) fn suspect(&self) {
        locked(&self.known).stale = true;
    }

    /// A map newer than one that proved wrong.
    pub(super) async fn newer_than(&self, old: &View) -> Result<View, Unavailable> {
        let came = Instant::now();
        let mut asking = self.asking.lock().await;
        let known = locked(&self.known).clone();
        if known.age > old.age {
            return Ok(View { map: known.map, catalogue: known.catalogue, age: known.age });
        }
        if let Some((at, Some(failure))) = asking.as_ref()
            && *at >= came
        {
            return Err(failure.clone());
        }
        let asked = self.ask_all(known.age == 0).await;
        *asking = Some((Instant::now(), asked.as_ref().err().cloned()));
        let (map, catalogue) = asked?;
        Ok(self.learn(map, catalogue.map_or(known.catalogue, Arc::new)))
    }

    fn learn(&self, map: Map, catalogue: Arc<Catalogue>) -> View {
        let mut known = locked(&self.known);
        *known = Known { map: Arc::new(map), catalogue, age: known.age + 1, stale: false };
        let of_use = |host: &Host| known.map.masters.contains(host) || self.seeds.contains(host);
        locked(&self.links).retain(|host, _| of_use(host));
        View { map: known.map.clone(), catalogue: known.catalogue.clone(), age: known.age }
    }

    /// The first answer of all whom we know. Where commands have their keys is asked once: one that comes
    /// later is sent to any node, which points to the right one.
    async fn ask_all(&self, all: bool) -> Result<(Map, Option<Catalogue>), Unavailable> {
        let mut hosts = self.seeds.clone();
        hosts.extend(locked(&self.known).map.masters.iter().cloned());
        hosts.sort();
        hosts.dedup();
        let mut answers: FuturesUnordered<_> =
            hosts.iter().map(|host| self.ask(host, all)).collect();
        let mut reasons = Vec::new();
        while let Some(answer) = answers.next().await {
            match answer {
                Ok(found) => return Ok(found),
                Err(reason) => reasons.push(reason),
            }
        }
        Err(Unavailable::not_taken(reasons.join("; ")))
    }

    async fn ask(&self, host: &Host, all: bool) -> Result<(Map, Option<Catalogue>), String> {
        let mut questions = vec![Command::new("CLUSTER").arg("SLOTS")];
        questions.extend(all.then(|| Command::new("COMMAND")));
        let questions: Vec<&Command> = questions.iter().collect();
        let said = self.link(host).send(&pipeline(&questions)).await;
        let said = said.map_err(|error| error.reason)?;
        if let Some(error) = said.iter().find_map(reply::as_error) {
            return Err(format!("{host}: {error}"));
        }
        let map = said.first().and_then(|slots| Map::read(slots, host));
        let map = map.filter(|map| !map.masters.is_empty());
        let map = map.ok_or_else(|| format!("{host}: it knows no owner of any slot"))?;
        Ok((map, said.get(1).map(Catalogue::read)))
    }

    /// Whether every slot is served by a node that answers.
    pub(super) async fn ping(&self) -> Result<(), Unavailable> {
        let view = self.view().await?;
        let links: Vec<Arc<Link>> = view.map.masters.iter().map(|host| self.link(host)).collect();
        let pings = links.iter().map(|link| link.ping());
        let results = futures_util::future::join_all(pings).await;
        if let Some(failure) = results.into_iter().find_map(Result::err) {
            self.suspect();
            return Err(failure);
        }
        match view.map.missing() {
            0 => Ok(()),
            missing => {
                self.suspect();
                Err(Unavailable::not_taken(format!("{missing} slots are not served")))
            }
        }
    }
}

fn locked<T>(lock: &Lock<T>) -> MutexGuard<'_, T> {
    // Nothing is left half done under these locks.
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
