// Holds what was seen of a history on the real server to what the simulator says of it.
//
// Exact: every answer, every message, typing indicator and event of sessions (in the order of their sender, or of
// their session), the code of every close, whether a connect took up which session, and all that REST says at rest.
// Of presence, for each device and each user whom it watches: each version looks as the model says; only versions that
// stood while it watched were told, none is older than one before unless it is a repeat; those that stood for a while
// were all told; and the newest is the same, or the newest of all where the simulator left it untold.
import { isDeepStrictEqual } from 'node:util';

const OFFLINE = { online: false, status: 'OFFLINE', message: null, devices: [] };
const byText = (a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
const brief = (value) => JSON.stringify(value)?.slice(0, 400);

const look = ({ online, status, message = null, devices = [] }) => ({
  online,
  status,
  message,
  devices: devices.map((device) => (Array.isArray(device) ? device : [device.type, device.status])).sort(byText),
});
const presence = (seen) => seen && { userId: seen.userId, version: seen.version, ...look(seen) };

/** Sessions are named by the socket that began them: `device#socket`. */
function labels(devices) {
  const names = new Map();
  devices.forEach(({ sockets }, device) =>
    sockets.forEach(({ frames }, socket) => {
      const id = frames[0]?.body.sessionId;
      if (id && !names.has(id)) names.set(id, `${device}#${socket}`);
    }),
  );
  return (id) => names.get(id) ?? 'unknown';
}

/** What of an answer must agree. */
function answer(body, label) {
  if (!body || body.broken) return body;
  if (body.code) return { code: body.code };
  if (body.results) return { results: body.results.map((r) => [r.targetUserId, r.outcome, r.error?.code]) };
  if (body.deliveredTo) return { deliveredTo: body.deliveredTo.map((d) => [d.userId, d.sessions]).sort(byText), clientMessageId: body.clientMessageId };
  if (body.presences) return { presences: body.presences.map(presence), unavailable: body.unavailable, invalid: body.invalid };
  if (body.presence) return { presence: presence(body.presence) };
  if (body.sessions) return { count: body.count, sessions: body.sessions.map((s) => session(s, label)) };
  if (body.subscriptions) return { count: body.count, subscriptions: body.subscriptions.map((s) => [s.userId, s.status, presence(s.presence)]) };
  if (body.subscribers) return { count: body.count, subscribers: body.subscribers.map((s) => [s.userId, s.watchingNow]) };
  if (body.userId) return presence(body);
  return {};
}

const session = (seen, label) => [label(seen.sessionId), seen.protocol, seen.device.type, seen.connected];

/** `[[name, list]]` of the frames that are not presence, each list in its own order. */
function events(sockets, label) {
  const lists = {};
  const messages = new Set();
  const add = (name, what) => (lists[name] ??= []).push(what);
  for (const { body } of sockets.flatMap(({ frames }) => frames)) {
    if (body.type === 'message' && !messages.has(body.messageId)) {
      messages.add(body.messageId);
      add(`messages of ${body.from}`, { to: body.to, content: body.content, clientMessageId: body.clientMessageId });
    } else if (body.type === 'typing') {
      add(`typing of ${body.from}`, [body.typing, body.expiresInMs]);
    } else if (body.type === 'session') {
      add(`session ${label(body.session.sessionId)}`, [body.event, body.reason, body.session.device.type]);
    }
  }
  return lists;
}

/** What each socket was welcomed with, and how it ended. */
function ends(sockets, label, stomp) {
  return sockets.map(({ frames, closed }) => {
    const { body = {} } = frames[0] ?? {};
    return { session: label(body.sessionId), resumed: stomp ? undefined : body.resumed, closed };
  });
}

const presences = (body) => (body.type === 'presences' ? body.presences : body.type === 'presence' ? [body] : []);

/** What is wrong with what a device was told of one user. */
function told(seen, expected, looks) {
  const faults = [];
  const had = new Set();
  let newest = null;
  for (const state of seen) {
    const { version } = state;
    const ought = look(looks[version] ?? OFFLINE);
    if (!isDeepStrictEqual(look(state), ought)) faults.push(`version ${version} is ${brief(look(state))}, not ${brief(ought)}`);
    if (!expected.may.includes(version)) faults.push(`version ${version} stood when nobody watched (may: ${expected.may})`);
    if (newest !== null && version < newest && !had.has(version)) faults.push(`version ${version} came after ${newest}`);
    had.add(version);
    newest = Math.max(newest ?? 0, version);
  }
  const missed = expected.must.filter((version) => !had.has(version));
  if (missed.length > 0) faults.push(`never told of version ${missed}, only of ${[...had]}`);
  // Whether a new socket is told again of somebody unchanged hangs on milliseconds: the newest of all is never wrong.
  const mayBeLast = newest === expected.last || (newest > (expected.last ?? -1) && newest === Math.max(...expected.may));
  if (!mayBeLast) faults.push(`ended with version ${newest}, not ${expected.last}`);
  return faults;
}

function presenceFaults(device, seen, looks) {
  const byTarget = {};
  for (const { body } of seen.sockets.flatMap(({ frames }) => frames)) {
    for (const state of presences(body)) (byTarget[state.userId] ??= []).push(state);
  }
  const nothing = { may: [], must: [], last: null };
  const targets = new Set([...Object.keys(byTarget), ...Object.keys(device.presence)]);
  return [...targets].flatMap((target) => {
    const of = looks[target]?.[target === device.user ? 'own' : 'public'] ?? {};
    return told(byTarget[target] ?? [], device.presence[target] ?? nothing, of).map((fault) => `of ${target}: ${fault}`);
  });
}

function differ(what, seen, expected) {
  return isDeepStrictEqual(seen, expected) ? [] : [`${what}: saw ${brief(seen)}, expected ${brief(expected)}`];
}

function deviceFaults(number, device, seen, looks, [mine, theirs]) {
  const { stomp } = device;
  const lists = [events(seen.sockets, mine), events(device.sockets, theirs)];
  const names = new Set(lists.flatMap(Object.keys));
  return [
    ...differ('its sockets', ends(seen.sockets, mine, stomp), ends(device.sockets, theirs, stomp)),
    ...[...names].flatMap((name) => differ(name, lists[0][name], lists[1][name])),
    ...presenceFaults(device, seen, looks),
  ].map((fault) => `device ${number} (${stomp ? 'STOMP' : 'JSON'}, of ${device.user}): ${fault}`);
}

/** Every difference, in words; none where the two agree. */
export function differences(history, seen) {
  const [mine, theirs] = [labels(seen.devices), labels(history.devices)];
  const operations = history.operations.flatMap(({ at, op, answer: expected }, number) => {
    const got = seen.operations[number].answer;
    if (got?.broken) return [`operation ${number} at ${at} (${brief(op)}): ${got.broken}`];
    return expected === undefined && got === undefined
      ? []
      : differ(`operation ${number} at ${at} (${brief(op)})`, answer(got ?? {}, mine), answer(expected ?? {}, theirs));
  });
  const devices = history.devices.flatMap((device, number) => {
    if (!seen.devices[number]) return [`device ${number}: never there`];
    return deviceFaults(number, device, seen.devices[number], history.looks, [mine, theirs]);
  });
  const rest = history.rest.flatMap(({ user, ...expected }, number) =>
    Object.keys(expected).flatMap((part) =>
      differ(`at rest, ${part} of ${user}`, answer(seen.rest?.[number]?.[part], mine), answer(expected[part], theirs)),
    ),
  );
  return [...operations, ...devices, ...rest];
}
