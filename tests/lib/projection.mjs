// What Redis should say, from what REST says: the nine key patterns of contract §4, written down a second time.
import { Rest } from './rest.mjs';

const sorted = (list) => [...list].sort();

/** Seconds: a key lives so much longer than the hub needs for its next look; and what nothing refreshes soon. */
const SLACK = 30;
const DAY = 86_400;
/** Nobody watches for longer, unless a test says so: `SUBSCRIPTION_TTL`. */
const LEASE = 3_600;

/** All pages of a list. */
async function all(rest, list, field) {
  const found = [];
  let cursor = '';
  do {
    const page = await rest[list](`?limit=100${cursor}`);
    found.push(...page[field]);
    cursor = page.nextCursor ? `&cursor=${encodeURIComponent(page.nextCursor)}` : undefined;
  } while (cursor);
  return found;
}

/** The keys that speak of one user, whether they are in `presence:online`, and who watches them. */
async function ofUser(server, id) {
  const [own, others] = [new Rest(server, id), new Rest(server, 'the-service', { scope: 'service' })];
  const [sessions, presence] = [await own.sessions(), await others.presence(id)];
  const targets = (await all(own, 'subscriptions', 'subscriptions')).map((entry) => entry.targetUserId ?? entry.userId);
  const audience = await all(own, 'subscribers', 'subscribers');
  const subscribers = audience.map((entry) => entry.userId);
  const keys = {};
  for (const session of sessions) {
    keys[`ws:session:${session.sessionId}`] = { session };
    if (presence.online) keys[`presence:user:${id}:online:${session.sessionId}`] = session.device.type;
  }
  if (sessions.length > 0) {
    keys[`ws:user:sessions:${id}`] = sorted(sessions.map(({ sessionId }) => sessionId));
    keys[`ws:connections:${id}`] = `${sessions.length}`;
  }
  if (presence.lastActiveAt) keys[`presence:user:${id}:last_active`] = { time: Date.parse(presence.lastActiveAt), online: presence.online };
  if (targets.length > 0) keys[`presence:subscription:${id}`] = sorted(targets);
  if (subscribers.length > 0) keys[`presence:subscribers:${id}`] = sorted(subscribers);
  // The user's own devices need no notice.
  const toldNow = audience.filter((entry) => entry.watchingNow && entry.userId !== id).map((entry) => entry.userId);
  return { keys, online: presence.online, subscribers, toldNow };
}

/** The session's JSON is as of its last write: what lives on there may be older. */
const sameSession = (text, { sessionId, userId, protocol, device, connectedAt }) => {
  const told = JSON.parse(text);
  return JSON.stringify([told.sessionId, told.userId, told.protocol, told.device, told.connectedAt]) === JSON.stringify([sessionId, userId, protocol, device, connectedAt]);
};

function agrees(wanted, found) {
  if (found === undefined) return false;
  if (found.type !== (Array.isArray(wanted) ? 'set' : 'string')) return false;
  if (wanted.session) return sameSession(found.value, wanted.session);
  // Of somebody who is here the time moves on without a write.
  if (wanted.time) return wanted.online ? Number(found.value) <= wanted.time : Number(found.value) === wanted.time;
  return JSON.stringify(found.value) === JSON.stringify(wanted);
}

/**
 * The least and the most that a key of this name may have left to live (rules, 20): -1 is for ever. What nothing
 * refreshes soon is written anew before half of its day is over.
 */
function lifetime(key, { refresh, ttl, lease = LEASE }) {
  if (key === 'presence:online' || key.endsWith(':last_active')) return [-1, -1];
  const isAudience = key.startsWith('presence:subscribers:') || key.endsWith(':watchers');
  if (refresh === 'transitions' || isAudience) return [DAY / 2, DAY];
  return [1, (key.startsWith('presence:subscription:') ? lease : 0) + ttl + SLACK];
}

/** A line for each key whose TTL is out of its bounds. */
function wrongTimes(dump, mode) {
  return Object.entries(dump).flatMap(([key, { ttl }]) => {
    const [least, most] = lifetime(key, mode);
    return ttl >= least && ttl <= most ? [] : [`${key} has ${ttl} s to live, and should have ${least} to ${most}`];
  });
}

/** `…:watchers` never holds somebody who does not watch; where it is promised (`all`), everybody who would be told now. */
function wrongWatchers(key, found, { subscribers, toldNow }, whole) {
  const told = found?.value ?? [];
  const lines = [];
  if (found && found.type !== 'set') lines.push(`${key} is a ${found.type}`);
  const strangers = told.filter((other) => !subscribers.includes(other));
  if (strangers.length > 0) lines.push(`${key} holds ${strangers}, who do not watch`);
  const missing = whole ? toldNow.filter((other) => !told.includes(other)) : [];
  if (missing.length > 0) lines.push(`${key} lacks ${missing}, who would be told now`);
  return lines;
}

/**
 * Where Redis (as `RedisServer.dump` gives it) is not what the users' objects say: one line each, none if it is right.
 *
 * `mode` is `{refresh, ttl, lease, changed}`: `REDIS_REFRESH`, `SESSION_TTL` and `SUBSCRIPTION_TTL` in seconds, and who
 * has changed after all others were at rest: with `transitions` only their `…:watchers` are promised to be whole.
 */
export async function differences(server, dump, ids, mode) {
  const [lines, known, here] = [wrongTimes(dump, mode), new Set(['presence:online']), []];
  for (const id of ids) {
    const { keys, online, ...audience } = await ofUser(server, id);
    if (online) here.push(id);
    for (const [key, wanted] of Object.entries(keys)) {
      known.add(key);
      if (!agrees(wanted, dump[key])) lines.push(`${key}: ${JSON.stringify(dump[key])} should be ${JSON.stringify(wanted)}`);
    }
    const watchers = `presence:user:${id}:watchers`;
    known.add(watchers);
    lines.push(...wrongWatchers(watchers, dump[watchers], audience, mode.refresh === 'exact' || mode.changed?.includes(id)));
  }
  const online = dump['presence:online'];
  if (online && online.type !== 'set') lines.push(`presence:online is a ${online.type}`);
  const told = online?.value ?? [];
  if (JSON.stringify(told) !== JSON.stringify(sorted(here))) {
    lines.push(`presence:online: too many ${told.filter((id) => !here.includes(id))}, missing ${here.filter((id) => !told.includes(id))}`);
  }
  lines.push(...Object.keys(dump).filter((key) => !known.has(key)).map((key) => `${key} is of nobody: ${JSON.stringify(dump[key])}`));
  return lines;
}

/** The user whom a key speaks of; a session's id holds its user's. */
function subjectOf(key) {
  const session = /^ws:session:[^.]+\.([^.]+)\./.exec(key);
  if (session) return Buffer.from(session[1], 'base64url').toString();
  return key.replace(/^(ws:user:sessions|ws:connections|presence:user|presence:subscription|presence:subscribers):/, '').replace(/:.*$/, '');
}

/** As much of what Redis holds as speaks of these users. */
export function speakingOf(dump, ids) {
  const some = Object.entries(dump).filter(([key]) => ids.includes(subjectOf(key)));
  const online = dump['presence:online'];
  if (online) some.push(['presence:online', { ...online, value: online.value.filter((id) => ids.includes(id)) }]);
  return Object.fromEntries(some);
}
