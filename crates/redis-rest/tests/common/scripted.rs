//! A transport that answers as it was told to, and keeps what it was asked.

use std::cell::RefCell;
use std::collections::VecDeque;

use redis_rest::{HttpRequest, HttpResponse, Transport, TransportError};

pub(crate) type Said = Result<HttpResponse, TransportError>;

#[derive(Debug, Default)]
pub(crate) struct Scripted {
    pub(crate) answers: RefCell<VecDeque<Said>>,
    pub(crate) asked: RefCell<Vec<(HttpRequest, u64)>>,
}

impl Scripted {
    pub(crate) fn new(answers: impl IntoIterator<Item = Said>) -> Self {
        Self { answers: RefCell::new(answers.into_iter().collect()), ..Self::default() }
    }

    pub(crate) fn requests(&self) -> usize {
        self.asked.borrow().len()
    }

    /// The value of a header of request number `request`.
    pub(crate) fn header(&self, request: usize, name: &str) -> Option<String> {
        let asked = self.asked.borrow();
        let headers = &asked[request].0.headers;
        headers.iter().find(|(header, _)| *header == name).map(|(_, value)| value.clone())
    }
}

impl Transport for &Scripted {
    async fn send(&self, request: HttpRequest, deadline_ms: u64) -> Said {
        self.asked.borrow_mut().push((request, deadline_ms));
        self.answers.borrow_mut().pop_front().expect("no more requests were expected")
    }
}

pub(crate) fn answer(status: u16, body: &str) -> Said {
    Ok(HttpResponse { status, body: body.as_bytes().to_vec(), ..HttpResponse::default() })
}

pub(crate) fn ok() -> Said {
    answer(200, r#"{"result":"OK"}"#)
}

pub(crate) fn asking_to_wait(status: u16, retry_after: &str) -> Said {
    let retry_after = Some(retry_after.to_owned());
    Ok(HttpResponse { status, retry_after, ..HttpResponse::default() })
}
