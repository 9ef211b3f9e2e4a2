// Plays one seed and judges it.
import { Rest } from '../../../../tests/lib/rest.mjs';
import { countsAgree, servesOn } from './oracles.mjs';
import { play } from './play.mjs';

/** Longer than anything in a seed may take together. */
const LONGEST_MS = 90_000;

/** Signs some device out, as its owner may at any time. */
async function revokeOne(rest) {
  const [session] = await rest.sessions();
  if (!session) return;
  const { status, text } = await rest.send('DELETE', `/api/subscriptions/websocket/session/${session.sessionId}`);
  if (status !== 204 && status !== 404) throw new Error(`a revoke is answered by ${status} ${text}`);
}

async function attempt(faults, what, work) {
  try {
    await work();
  } catch (error) {
    faults.push(`${what}: ${error.message}`);
  }
}

async function run(server, plan, stolen, clients) {
  const rest = new Rest(server, plan.me);
  const faults = [];
  const evict = () => server.evict(plan.me).catch(() => {});
  const around = { server, earlier: clients, stolen, evict };
  const played = plan.clients.map((client) => play(client, around));
  if (plan.revokes) await attempt(faults, 'a revoke', () => revokeOne(rest));
  for (const [at, result] of (await Promise.all(played)).entries()) {
    faults.push(...result.faults.map((fault) => `client ${at}: ${fault}`));
  }
  await attempt(faults, 'the count of sessions', () => countsAgree(rest, clients, plan));
  await attempt(faults, 'the object serves on', () => servesOn(server, plan));
  return faults;
}

/**
 * Plays a plan; answers `{faults, clients}`. `server` is what `serve` gives (or has `url` and `evict`), `stolen` a
 * resume token of somebody else.
 */
export async function playSeed(server, plan, stolen) {
  const clients = [];
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve([`not over after ${LONGEST_MS / 1000} s`]), LONGEST_MS);
  });
  try {
    return { clients, faults: await Promise.race([run(server, plan, stolen, clients), late]) };
  } finally {
    clearTimeout(timer);
    clients.forEach((client) => client.dispose());
  }
}
