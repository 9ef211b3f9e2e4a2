//! The watcher's mailbox, one for each socket: the first change goes out at once, what comes within
//! `COALESCE_MS` after it goes out as one frame with the newest state of each user.

use std::collections::BTreeMap;

use crate::effects::ServerMessage;
use crate::ids::{SocketKey, UserId};
use crate::scope::Scope;
use crate::state::Presence;
use crate::store::Store;
use crate::time::Millis;

/// A socket's mail.
#[derive(Debug)]
pub(crate) struct Mail {
    /// What comes before this is gathered.
    until: Millis,
    gathered: BTreeMap<UserId, Presence>,
    /// The first list of a JSON socket: sent also when it is empty.
    greeting: bool,
}

impl Mail {
    /// When it must be sent, if there is something to send.
    pub(crate) fn due(&self) -> Option<Millis> {
        (self.greeting || !self.gathered.is_empty()).then_some(self.until)
    }
}

/// What is left of the mail when a turn was undone: that a first list is still to come. Its contents
/// are asked anew.
pub(crate) fn greetings(mail: BTreeMap<SocketKey, Mail>) -> BTreeMap<SocketKey, Mail> {
    let empty = |(key, mail): (SocketKey, Mail)| (key, Mail { gathered: BTreeMap::new(), ..mail });
    mail.into_iter().filter(|(_, mail)| mail.greeting).map(empty).collect()
}

impl<S: Store> Scope<'_, S> {
    /// Opens a window so that the answers to a new socket arrive together.
    pub(crate) fn open_window(&mut self, socket: SocketKey, greeting: bool) {
        let until = self.now + self.config.coalesce;
        let mail = self.work.mail.entry(socket);
        let mail = mail.or_insert_with(|| Mail { until, gathered: BTreeMap::new(), greeting });
        mail.greeting |= greeting;
    }

    /// Brings one user's state to a socket, now or with what comes soon.
    pub(crate) fn mail(&mut self, socket: SocketKey, presence: &Presence) {
        let until = self.now + self.config.coalesce;
        if let Some(mail) = self.work.mail.get_mut(&socket)
            && (self.now < mail.until || mail.due().is_some())
        {
            let entry = mail.gathered.entry(presence.user_id.clone());
            let newest = entry.or_insert_with(|| presence.clone());
            if newest.version <= presence.version {
                *newest = presence.clone();
            }
            return;
        }
        self.send(socket, ServerMessage::Presence(presence.clone()));
        self.work.mail.insert(socket, Mail { until, gathered: BTreeMap::new(), greeting: false });
    }

    /// The same to all sockets of the user, or to those named.
    pub(crate) fn mail_all(
        &mut self,
        presence: &Presence,
        only: Option<&std::collections::BTreeSet<SocketKey>>,
    ) {
        for socket in self.open_sockets() {
            if only.is_none_or(|some| some.contains(&socket)) {
                self.mail(socket, presence);
            }
        }
    }

    /// Takes back what was gathered about somebody who is no longer watched.
    pub(crate) fn forget_mail_about(&mut self, target: &UserId) {
        self.work.mail.values_mut().for_each(|mail| drop(mail.gathered.remove(target)));
    }

    /// Sends what is due; forgets windows that closed empty.
    pub(crate) fn flush_mail(&mut self) {
        let now = self.now;
        let due = |mail: &Mail| mail.due().is_some_and(|at| at <= now);
        let sockets: Vec<_> =
            self.work.mail.iter().filter(|(_, m)| due(m)).map(|(key, _)| *key).collect();
        for socket in sockets {
            self.send_mail(socket);
        }
        self.work.mail.retain(|_, mail| mail.until > now);
    }

    /// Sends a first list before its window ends: every target has answered.
    pub(crate) fn flush_greetings(&mut self) {
        let greeted = self.work.mail.iter().filter(|(_, mail)| mail.greeting);
        let sockets: Vec<_> = greeted.map(|(key, _)| *key).collect();
        for socket in sockets {
            self.send_mail(socket);
        }
    }

    fn send_mail(&mut self, socket: SocketKey) {
        let until = self.now + self.config.coalesce;
        let Some(mail) = self.work.mail.get_mut(&socket) else { return };
        let mut gathered: Vec<_> = std::mem::take(&mut mail.gathered).into_values().collect();
        let greeting = std::mem::take(&mut mail.greeting);
        mail.until = until;
        let single = if greeting || gathered.len() > 1 { None } else { gathered.pop() };
        self.send(
            socket,
            single.map_or(ServerMessage::Presences(gathered), ServerMessage::Presence),
        );
    }
}
