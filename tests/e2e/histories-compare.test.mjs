// The comparison of histories finds what differs, and lets through what may: shown on a small history by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differences } from '../lib/history/compare.mjs';

const ONLINE = { online: true, status: 'ONLINE', message: null, devices: [['web', 'ONLINE']] };
const OFFLINE = { online: false, status: 'OFFLINE', message: null, devices: [] };
const BUSY = { ...ONLINE, status: 'BUSY', devices: [['web', 'BUSY']] };

const state = (userId, version, { online, status, devices }) => ({
  type: 'presence', userId, version, online, status, devices: devices.map(([type, of]) => ({ type, status: of })), asOf: '2026-01-01T00:00:00.000Z',
});
const frame = (body) => ({ at: 0, body });
const message = (messageId, number) => ({ type: 'message', messageId, from: 'u001', to: ['u000'], content: { number }, sentAt: '' });
const started = (sessionId) => ({ type: 'session', event: 'started', session: { sessionId, device: { type: 'web' } } });

/** A device of u000 that watches u001 (versions 1 to 4, of which 3 stood for a moment only), and one of u001. */
function history() {
  const sockets = [{
    at: 0,
    closed: 4001,
    frames: [
      frame({ type: 'welcome', sessionId: 'sim-a', resumed: false }),
      frame(state('u001', 1, ONLINE)),
      frame(started('sim-b')),
      frame({ type: 'presences', presences: [state('u001', 2, BUSY)] }),
      frame(message('m1', 1)),
      frame(message('m2', 2)),
      frame({ type: 'typing', from: 'u001', typing: true, expiresInMs: 5000 }),
      frame(state('u001', 3, ONLINE)),
      frame(state('u001', 4, OFFLINE)),
    ],
  }];
  const other = [{ at: 0, closed: null, frames: [frame({ type: 'welcome', sessionId: 'sim-b', resumed: false })] }];
  const rest = { user: 'u001', public: state('u001', 4, OFFLINE), own: state('u001', 9, OFFLINE), sessions: { sessions: [], count: 0 } };
  return {
    operations: [
      { at: 0, op: { do: 'subscribe' }, answer: { results: [{ targetUserId: 'u001', outcome: 'subscribed' }] } },
      { at: 100, op: { do: 'message' }, answer: { messageId: 'x', deliveredTo: [{ userId: 'u000', sessions: 1 }] } },
      { at: 200, op: { do: 'leave' } },
    ],
    devices: [
      { user: 'u000', stomp: false, sockets, presence: { u001: { may: [1, 2, 3, 4], must: [1, 2, 4], last: 4 }, u003: { may: [7], must: [], last: null } } },
      { user: 'u001', stomp: false, sockets: other, presence: {} },
    ],
    looks: { u003: { public: { 7: BUSY }, own: {} }, u001: { public: { 1: ONLINE, 2: BUSY, 3: ONLINE, 4: OFFLINE }, own: {} } },
    rest: [{ ...rest, subscriptions: { subscriptions: [], count: 0 }, subscribers: { subscribers: [{ userId: 'u000', watchingNow: true }], count: 1 } }],
  };
}

/** What the server showed: the same with other ids, then changed. */
function seen(change = () => {}) {
  const copy = JSON.parse(JSON.stringify(history()).replaceAll('sim-', 'real-'));
  change(copy, copy.devices[0].sockets[0]);
  return copy;
}

const at = (socket, type) => socket.frames.findIndex(({ body }) => body.type === type);
const version = (socket, number) => socket.frames.findIndex(({ body }) => (body.version ?? body.presences?.[0].version) === number);

const ALLOWED = {
  'sessions have other ids': () => {},
  'a version that stood for a moment fell together with the next': (_, socket) => socket.frames.splice(version(socket, 3), 1),
  'a notice is repeated': (_, socket) => socket.frames.push(frame(state('u001', 4, OFFLINE))),
  'an old notice is repeated': (_, socket) => socket.frames.push(frame(state('u001', 2, BUSY))),
  'a message is repeated under its id': (_, socket) => socket.frames.push(frame(message('m1', 1))),
  'a socket was told of somebody unchanged': (_, socket) => socket.frames.push(frame(state('u003', 7, BUSY))),
  'a notice and a message of somebody come in another order': (_, socket) => socket.frames.push(...socket.frames.splice(at(socket, 'message'), 2)),
};

for (const [what, change] of Object.entries(ALLOWED)) {
  test(`histories agree where ${what}`, () => assert.deepEqual(differences(history(), seen(change)), []));
}

const FOUND = {
  'a version that stood was not told': [/never told of version 2/, (_, socket) => socket.frames.splice(version(socket, 2), 1)],
  'the newest version was not told': [/ended with version 3, not 4/, (_, socket) => socket.frames.splice(version(socket, 4), 1)],
  'a version came that was never watched': [/version 5 stood when nobody watched/, (_, socket) => socket.frames.push(frame(state('u001', 5, ONLINE)))],
  'somebody was told of who was not watched': [/of u002: version 1 stood/, (_, socket) => socket.frames.push(frame(state('u002', 1, ONLINE)))],
  'a version looks otherwise': [/version 2 is .*AWAY/, (_, socket) => (socket.frames[version(socket, 2)].body.presences[0].status = 'AWAY')],
  'a skipped version came late': [/version 3 came after 4/, (_, socket) => socket.frames.push(...socket.frames.splice(version(socket, 3), 1))],
  'an answer came that a notice had overtaken': [/version 1 came after 2/, (_, socket) => socket.frames.splice(version(socket, 2), 0, ...socket.frames.splice(version(socket, 1), 1))],
  'a notice overtook another': [/version 2 came after 4/, (_, socket) => socket.frames.push(...socket.frames.splice(version(socket, 2), 1))],
  'a message was lost': [/messages of u001/, (_, socket) => socket.frames.splice(at(socket, 'message'), 1)],
  'a message came twice under two ids': [/messages of u001/, (_, socket) => socket.frames.push(frame(message('m9', 1)))],
  'messages of one sender came in another order': [/messages of u001/, (_, socket) => socket.frames.push(...socket.frames.splice(at(socket, 'message'), 1))],
  'typing was not passed on': [/typing of u001/, (_, socket) => socket.frames.splice(at(socket, 'typing'), 1)],
  'an event of another session came': [/session 0#0/, (_, socket) => (socket.frames[at(socket, 'session')].body.session.sessionId = 'real-a')],
  'a session was resumed that was not to be': [/its sockets/, (_, socket) => (socket.frames[0].body.resumed = true)],
  'another session was taken up': [/its sockets/, (all) => (all.devices[1].sockets[0].frames[0].body.sessionId = 'real-a')],
  'a socket closed with another code': [/its sockets/, (_, socket) => (socket.closed = 4003)],
  'a socket was closed by the server': [/its sockets/, (all) => (all.devices[1].sockets[0].closed = 4001)],
  'a command was answered otherwise': [/operation 0/, (all) => (all.operations[0].answer.results[0].outcome = 'refreshed')],
  'a message reached fewer': [/operation 1/, (all) => (all.operations[1].answer.deliveredTo = [])],
  'an operation broke': [/operation 2 .*timed out/, (all) => (all.operations[2].answer = { broken: 'timed out' })],
  'REST says another presence at rest': [/at rest, public of u001/, (all) => (all.rest[0].public.version = 5)],
  'REST lists a session that is none': [/at rest, sessions of u001/, (all) => all.rest[0].sessions.sessions.push({ sessionId: 'real-b', device: {} })],
  'REST lists another subscriber': [/at rest, subscribers of u001/, (all) => (all.rest[0].subscribers.subscribers[0].watchingNow = false)],
};

for (const [what, [pattern, change]] of Object.entries(FOUND)) {
  test(`histories differ where ${what}`, () => assert.match(differences(history(), seen(change)).join('\n'), pattern));
}
