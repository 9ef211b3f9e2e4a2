//! An HTTP server that does whatever a test wants: well behaved or hostile.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with a connection, or with a request on it.
#[derive(Clone, Debug)]
pub(crate) enum Reaction {
    /// Reads the request, writes this, and resets the connection.
    ResetAfter(Vec<u8>),
    /// Reads the request, writes this, and closes the connection.
    CloseAfter(Vec<u8>),
    /// Reads the request, writes this, and then nothing until the client goes.
    StallAfter(Vec<u8>),
    /// Reads the request, writes this and keeps the connection.
    Write(Vec<u8>),
}

/// A request as it arrived.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arrived {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Arrived {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// What decides about a request.
pub(crate) type Handler = Rc<dyn Fn(&Arrived) -> Reaction>;

/// A running server, and what arrived at it.
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) arrived: Rc<RefCell<Vec<Arrived>>>,
}

impl Server {
    /// One that does these things, one a request, and must not get more requests.
    pub(crate) async fn scripted(reactions: impl IntoIterator<Item = Reaction>) -> Self {
        let script = RefCell::new(reactions.into_iter().collect::<VecDeque<_>>());
        Self::start(Rc::new(move |_: &Arrived| {
            script.borrow_mut().pop_front().expect("no more requests were expected")
        }))
        .await
    }

    /// One that lets `handler` decide. Must run within a `LocalSet`.
    pub(crate) async fn start(handler: Handler) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let arrived = Rc::new(RefCell::new(Vec::new()));
        let kept = Rc::clone(&arrived);
        tokio::task::spawn_local(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::task::spawn_local(serve(stream, Rc::clone(&handler), Rc::clone(&kept)));
            }
        });
        Self { url, arrived }
    }

    pub(crate) fn requests(&self) -> usize {
        self.arrived.borrow().len()
    }
}

/// An address where nobody listens.
pub(crate) async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// A whole answer.
pub(crate) fn answer(status: u16, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}

async fn serve(mut stream: TcpStream, handler: Handler, kept: Rc<RefCell<Vec<Arrived>>>) {
    while let Some(request) = read(&mut stream).await {
        let reaction = handler(&request);
        kept.borrow_mut().push(request);
        if !react(&mut stream, reaction).await {
            return;
        }
    }
}

/// Whether the connection is still good afterwards.
async fn react(stream: &mut TcpStream, reaction: Reaction) -> bool {
    match reaction {
        Reaction::ResetAfter(bytes) => {
            write(stream, &bytes).await;
            stream.set_zero_linger().is_err()
        }
        Reaction::CloseAfter(bytes) => {
            write(stream, &bytes).await;
            let _ = stream.shutdown().await;
            false
        }
        Reaction::StallAfter(bytes) => {
            write(stream, &bytes).await;
            // Ends when the client goes.
            let _ = stream.read(&mut [0]).await;
            false
        }
        Reaction::Write(bytes) => {
            write(stream, &bytes).await;
            true
        }
    }
}

/// A client may be gone already, which is its right.
async fn write(stream: &mut TcpStream, bytes: &[u8]) {
    let _ = stream.write_all(bytes).await;
    let _ = stream.flush().await;
}

async fn read(stream: &mut TcpStream) -> Option<Arrived> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let mut request = Arrived { head, body: bytes[end + 4..].to_vec() };
            let length: usize =
                request.header("content-length").map_or(0, |length| length.parse().unwrap());
            while request.body.len() < length {
                more(stream, &mut request.body).await?;
            }
            return Some(request);
        }
        more(stream, &mut bytes).await?;
    }
}

async fn more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<()> {
    let read = stream.read_buf(bytes).await.ok()?;
    (read > 0).then_some(())
}
