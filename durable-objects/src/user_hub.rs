//! The hub of one user: an object named by the user's id, which holds their sockets and is the
//! truth about their sessions, presence and subscriptions.
//!
//! - **Stores** what `presence::schema` creates: sessions, whom the user watches, who watches them,
//!   messages still owed. Nothing until there is something to store: reading about an unknown user
//!   writes no row.
//! - **Invariant**: rows change only in a turn of `presence::hub::Hub`, in one transaction, and the
//!   turn's effects are carried out in their order before anything else is awaited. No handler
//!   waits for the network: calls to other hubs are tasks of their own, whose answers are turns.
//! - **Internal requests**: `GET /connect` (an upgrade; `x-rollcall-connect` says whose and how) →
//!   101; `POST /call` (`HubCall` → `HubAnswer`, always 200); in development `GET /stats` (counters
//!   since the object woke) and `POST /conformance` (the store's conformance test, on this
//!   storage).
//! - **Hibernation** keeps the rows, the sockets, their attachments (session and connection number,
//!   last frame, STOMP subscriptions, a small unfinished STOMP frame) and the alarm. It loses the
//!   counters, and an unfinished frame over 8 KiB: that socket is closed with 1012. It never comes
//!   while a timer, a call or a handler is pending.
//! - **A restart** loses the sockets too, and with them the times of beats: a session whose socket
//!   is missing has vanished, and gets one TTL to come back (rules, 1). Calls under way are lost;
//!   the followers repeat them.

#![allow(missing_docs, reason = "the attribute `durable_object` makes public items without any")]

mod frames;
mod requests;
mod shell;
mod sockets;
mod stats;

use std::rc::Rc;

use worker::{
    DurableObject, Env, Error, Request, Response, Result, Socket, State, WebSocket,
    WebSocketIncomingMessage, durable_object,
};

use shell::Shell;

/// One user's hub.
#[durable_object]
pub struct UserHub {
    shell: Rc<Shell>,
}

/// No handler fails: an `Err` from a socket handler would close nothing, and one from the alarm
/// would repeat a turn that was already carried out.
impl DurableObject for UserHub {
    fn new(state: State, env: Env) -> Self {
        Self { shell: Rc::new(Shell::wake(state, env)) }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        requests::answer(&self.shell, request).await
    }

    async fn alarm(&self) -> Result<Response> {
        self.shell.alarm();
        Response::empty()
    }

    async fn websocket_message(
        &self,
        socket: WebSocket,
        message: WebSocketIncomingMessage,
    ) -> Result<()> {
        self.shell.ready().await;
        self.shell.frame(&socket, &message);
        Ok(())
    }

    async fn websocket_close(
        &self,
        socket: WebSocket,
        code: usize,
        reason: String,
        _was_clean: bool,
    ) -> Result<()> {
        self.shell.ready().await;
        self.shell.gone(&socket, code, &reason);
        Ok(())
    }

    async fn websocket_error(&self, socket: WebSocket, _error: Error) -> Result<()> {
        self.shell.ready().await;
        self.shell.gone(&socket, 1000, "");
        Ok(())
    }

    async fn connect(&self, _socket: Socket) -> Result<()> {
        Err("a hub takes no TCP connections".into())
    }
}
