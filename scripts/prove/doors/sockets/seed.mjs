// Plays one seed and judges it.
import { Rest } from '../../../../tests/lib/rest.mjs';
import { COUNT_MS, countsAgree, servesOn } from './oracles.mjs';
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
  let late = false;
  const evict = () => server.evict(plan.me).catch(() => {});
  const around = { server, earlier: clients, stolen, evict };
  const played = plan.clients.map((client) => play(client, around));
  if (plan.revokes) await attempt(faults, 'a revoke', () => revokeOne(rest));
  for (const [at, result] of (await Promise.all(played)).entries()) {
    faults.push(...result.faults.map((fault) => `client ${at}: ${fault}`));
  }
  await attempt(faults, 'the count of sessions', async () => {
    late = (await countsAgree(rest, clients, plan)) > COUNT_MS;
  });
  await attempt(faults, 'the object serves on', () => servesOn(server, plan));
  return { faults, late };
}

/**
 * Plays a plan; answers `{faults, clients, late}`; `late`: a session was ended only by its own time. `server` is what `serve` gives (or has `url` and `evict`), `stolen` a
 * resume token of somebody else.
 */
export async function playSeed(server, plan, stolen) {
  const clients = [];
  let timer;
  const tooLong = new Promise((resolve) => {
    timer = setTimeout(() => resolve({ faults: [`not over after ${LONGEST_MS / 1000} s`], late: false }), LONGEST_MS);
  });
  try {
    const result = await Promise.race([run(server, plan, stolen, clients), tooLong]);
    return { clients, ...result };
  } finally {
    clearTimeout(timer);
    clients.forEach((client) => client.dispose());
  }
}
