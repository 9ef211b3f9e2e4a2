//! A transport that answers as it was told to, and keeps what it was asked.

use std::cell::RefCell;
use std::collections::VecDeque;

use kafka_rest::{HttpRequest, HttpResponse, Post, Transport, TransportError};

use super::world::Still;

pub(crate) type Said = Result<HttpResponse, TransportError>;

/// A request as it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) method: &'static str,
    pub(crate) url: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
    pub(crate) deadline_ms: u64,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(header, _)| *header == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Debug, Default)]
pub(crate) struct Scripted<'a> {
    pub(crate) answers: RefCell<VecDeque<Said>>,
    pub(crate) asked: RefCell<Vec<Asked>>,
    slow: Option<(&'a Still, u64)>,
}

impl<'a> Scripted<'a> {
    pub(crate) fn new(answers: impl IntoIterator<Item = Said>) -> Self {
        Self { answers: RefCell::new(answers.into_iter().collect()), ..Self::default() }
    }

    /// Each answer takes `ms` of the world's time.
    pub(crate) fn taking(self, world: &'a Still, ms: u64) -> Self {
        Self { slow: Some((world, ms)), ..self }
    }

    pub(crate) fn say(&self, answer: Said) {
        self.answers.borrow_mut().push_back(answer);
    }

    pub(crate) fn requests(&self) -> usize {
        self.asked.borrow().len()
    }

    fn answer(&self, asked: Asked) -> Said {
        self.asked.borrow_mut().push(asked);
        if let Some((world, ms)) = self.slow {
            world.now.set(world.now.get() + ms);
        }
        self.answers.borrow_mut().pop_front().expect("no more requests were expected")
    }
}

impl Post for &Scripted<'_> {
    async fn send(&self, request: HttpRequest, deadline_ms: u64) -> Said {
        let HttpRequest { url, headers, body } = request;
        let body = String::from_utf8(body).unwrap();
        self.answer(Asked { method: "POST", url, headers, body, deadline_ms })
    }
}

impl Transport for &Scripted<'_> {
    async fn get(&self, url: &str, headers: Vec<(&'static str, String)>, deadline_ms: u64) -> Said {
        let (url, body) = (url.to_owned(), String::new());
        self.answer(Asked { method: "GET", url, headers, body, deadline_ms })
    }
}

pub(crate) fn answer(status: u16, body: &str) -> Said {
    Ok(HttpResponse { status, body: body.as_bytes().to_vec(), ..HttpResponse::default() })
}

pub(crate) fn asking_to_wait(status: u16, retry_after: &str) -> Said {
    let retry_after = Some(retry_after.to_owned());
    Ok(HttpResponse { status, retry_after, ..HttpResponse::default() })
}
