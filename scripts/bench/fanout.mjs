// End to end: how long from a change to the people who watch it, on a real workerd with real sockets.
//
//   node scripts/bench/fanout.mjs --users 200 --watchers 20 [--changes 200] [--every 100] [--url http://…]
//
// Each of the users is watched by `watchers` others. One change happens each `every` milliseconds (spread over the
// users), and every watcher must be told of it: the time from sending the command to the frame at the watcher is
// measured. Prints one JSON object; the exit code is 1 if any change was lost.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { JsonClient } from '../../tests/lib/json-client.mjs';
import { Server } from '../../tests/lib/server.mjs';
import { pause, until } from '../../tests/lib/until.mjs';
import { users as names } from '../../tests/lib/users.mjs';

const { values: options } = parseArgs({
  options: {
    users: { type: 'string', default: '200' },
    watchers: { type: 'string', default: '20' },
    changes: { type: 'string', default: '200' },
    every: { type: 'string', default: '100' },
    url: { type: 'string' },
  },
});
const [users, watchers, changes, every] = ['users', 'watchers', 'changes', 'every'].map((name) => Number(options[name]));

/** Runs `work` over `items`, a few at a time: a storm of connects is another benchmark. */
async function inBatches(items, size, work) {
  const results = [];
  for (let at = 0; at < items.length; at += size) {
    results.push(...(await Promise.all(items.slice(at, at + size).map(work))));
  }
  return results;
}

/** Everybody connects and watches the next `watchers` people in the round. */
async function gather(server) {
  const clients = await inBatches(names(users, 'bench'), 20, (id) => JsonClient.connect(server, id));
  await inBatches(clients.map((client, index) => [client, index]), 10, async ([client, index]) => {
    const targetUserIds = Array.from({ length: watchers }, (_, k) => clients[(index + k + 1) % users].userId);
    await client.command('presence.subscribe', { targetUserIds }, { timeout: 60_000 });
  });
  await until('everybody to know whom they watch', () => clients.every((client) => client.newest.size >= watchers), { timeout: 60_000 });
  return clients;
}

/** Makes the changes, spread; gives each with the time when it was sent. */
async function change(clients) {
  const made = [];
  for (let n = 0; n < changes; n += 1) {
    const client = clients[(n * 7919) % users];
    const message = `change ${n}`;
    const sentAt = Date.now();
    const acknowledged = client.command('online-status', { status: 'BUSY', message }, { timeout: 60_000 });
    made.push({ userId: client.userId, message, sentAt, acknowledged });
    await pause(every);
  }
  await Promise.all(made.map((one) => one.acknowledged));
  return made;
}

/** When each watcher heard of each change; a newer state of the same user counts (changes may fall together). */
function delaysOf(made, clients) {
  const [delays, lost] = [[], []];
  for (const { userId, message, sentAt } of made) {
    const index = clients.findIndex((client) => client.userId === userId);
    for (let k = 1; k <= watchers; k += 1) {
      const watcher = clients[(index - k + users) % users];
      const heard = watcher.inbox.entries.find((e) => e.kind === 'presence' && e.body.userId === userId && e.body.message === message);
      if (heard) delays.push(heard.at - sentAt);
      else if (!superseded(made, userId, message, watcher)) lost.push({ userId, message, watcher: watcher.userId });
    }
  }
  return { delays: delays.sort((a, b) => a - b), lost };
}

/** Whether the watcher heard a later change of this user instead. */
function superseded(made, userId, message, watcher) {
  const later = made.filter((one) => one.userId === userId).map((one) => one.message);
  const held = later.indexOf(watcher.newest.get(userId)?.message);
  return held > later.indexOf(message);
}

const percentile = (sorted, p) => sorted[Math.min(sorted.length - 1, Math.ceil((p / 100) * sorted.length) - 1)] ?? null;

async function main() {
  const server = options.url ? Object.assign(new Server(), { url: options.url, ttlMs: 60_000 }) : await Server.start({ SESSION_TTL: '60', OFFLINE_GRACE: '10' });
  let clients = [];
  try {
    const began = Date.now();
    clients = await gather(server);
    const setupMs = Date.now() - began;
    const made = await change(clients);
    await until('the last change to arrive', () => delaysOf(made.slice(-5), clients).lost.length === 0, { timeout: 30_000 }).catch(() => {});
    const { delays, lost } = delaysOf(made, clients);
    const report = {
      users, watchers, changes, everyMs: every, setupMs, notices: delays.length, lost: lost.length,
      p50Ms: percentile(delays, 50), p95Ms: percentile(delays, 95), p99Ms: percentile(delays, 99), maxMs: delays.at(-1) ?? null,
      cpus: cpus().length, node: process.version, at: new Date().toISOString(),
    };
    console.log(JSON.stringify(report));
    if (lost.length > 0) process.exitCode = 1;
  } finally {
    await Promise.all(clients.map((client) => client.dispose()));
    if (!options.url) await server.stop();
  }
}

await main();
