// What Redis should say, from what REST says: the nine key patterns of contract §4, written down a second time.
import { Rest } from './rest.mjs';

const sorted = (list) => [...list].sort();

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

/** The keys that speak of one user, and whether they are in `presence:online`. */
async function ofUser(server, id) {
  const [own, others] = [new Rest(server, id), new Rest(server, 'the-service', { scope: 'service' })];
  const [sessions, presence] = [await own.sessions(), await others.presence(id)];
  const targets = (await all(own, 'subscriptions', 'subscriptions')).map((entry) => entry.targetUserId ?? entry.userId);
  const subscribers = (await all(own, 'subscribers', 'subscribers')).map((entry) => entry.userId);
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
  return { keys, online: presence.online, subscribers };
}

/** The session's JSON is as of its last write: what lives on there may be older. */
const sameSession = (text, { sessionId, userId, protocol, device, connectedAt }) => {
  const told = JSON.parse(text);
  return JSON.stringify([told.sessionId, told.userId, told.protocol, told.device, told.connectedAt]) === JSON.stringify([sessionId, userId, protocol, device, connectedAt]);
};

function agrees(key, wanted, found) {
  if (found === undefined) return false;
  if (wanted.session) return sameSession(found.value, wanted.session);
  // Of somebody who is here the time moves on without a write.
  if (wanted.time) return wanted.online ? Number(found.value) <= wanted.time : Number(found.value) === wanted.time;
  return JSON.stringify(found.value) === JSON.stringify(wanted);
}

/** Where Redis (as `RedisServer.dump` gives it) is not what the users' objects say: one line each, none if it is right. */
export async function differences(server, dump, ids) {
  const [lines, known, here] = [[], new Set(['presence:online']), []];
  for (const id of ids) {
    const { keys, online, subscribers } = await ofUser(server, id);
    if (online) here.push(id);
    for (const [key, wanted] of Object.entries(keys)) {
      known.add(key);
      if (!agrees(key, wanted, dump[key])) lines.push(`${key}: ${JSON.stringify(dump[key])} should be ${JSON.stringify(wanted)}`);
    }
    // Who would be told now is as of the target's last change, but never somebody who does not watch.
    const watchers = `presence:user:${id}:watchers`;
    known.add(watchers);
    const strangers = (dump[watchers]?.value ?? []).filter((other) => !subscribers.includes(other));
    if (strangers.length > 0) lines.push(`${watchers} holds ${strangers}, who do not watch`);
  }
  const told = dump['presence:online']?.value ?? [];
  if (JSON.stringify(told) !== JSON.stringify(sorted(here))) {
    lines.push(`presence:online: too many ${told.filter((id) => !here.includes(id))}, missing ${here.filter((id) => !told.includes(id))}`);
  }
  lines.push(...Object.keys(dump).filter((key) => !known.has(key)).map((key) => `${key} is of nobody: ${JSON.stringify(dump[key])}`));
  return lines;
}
