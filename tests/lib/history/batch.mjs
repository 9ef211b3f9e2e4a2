// A batch of histories: made by the simulator, played together on one server that is killed when the batch says so,
// and compared. A history during which this machine was too slow says nothing; it is played again, on a new server.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Server } from '../server.mjs';
import { Clock } from './clock.mjs';
import { differences } from './compare.mjs';
import { Play } from './play.mjs';

const execute = promisify(execFile);

/** What takes longer than this might have met a deadline: nothing is played within 1.1 s of one. */
export const SLACK_MS = 700;
/** How often a history is played before it counts as not comparable, which is a failure. */
const TRIES = 6;

/** The batch that a history belongs to, by its seed. */
export const batchOf = (seed) => Math.floor(seed / 100);

/** Three of five batches in a row have a kill. */
export const killsOf = (batch) => (batch % 5 < 3 ? 1 : 0);

/** The batch of a seed, as the program `history` of the simulator makes it. */
export async function makeBatch(program, { seed, histories = 10, least = 100, most = 300, kills = killsOf(seed) }) {
  const args = Object.entries({ seed, histories, least, most, kills }).flatMap(([name, value]) => [`--${name}`, `${value}`]);
  const { stdout } = await execute(program, args, { maxBuffer: 1 << 28 });
  return JSON.parse(stdout);
}

const seconds = (ms) => `${ms / 1000}`;

const varsOf = ({ session_ttl, offline_grace, subscription_ttl, max_sessions, max_subscriptions, coalesce }) => ({
  SESSION_TTL: seconds(session_ttl),
  OFFLINE_GRACE: seconds(offline_grace),
  SUBSCRIPTION_TTL: seconds(subscription_ttl),
  MAX_SESSIONS_PER_USER: `${max_sessions}`,
  MAX_SUBSCRIPTIONS_PER_USER: `${max_subscriptions}`,
  COALESCE_MS: `${coalesce}`,
  HEARTBEAT_INTERVAL: undefined,
});

/** Kills the server at its times, and has it back when the histories think that it is. */
async function kill(server, batch, clock, plays, bootMs) {
  for (const at of batch.kills) {
    await clock.at(at);
    const back = at + batch.outage;
    await clock.hold(back, async () => {
      plays.forEach((play) => play.foretell());
      await server.kill9();
      await Promise.all(plays.map((play) => play.cut()));
      // Rather late than early.
      const left = back + 200 - bootMs - clock.now();
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, left)));
      await server.restart();
    });
  }
}

/** A server with the settings of a batch, and how long it takes to come back after a kill. */
async function start(batch) {
  const server = await Server.start(varsOf(batch.settings));
  if (batch.kills.length === 0) return { server, bootMs: 0 };
  await server.kill9();
  const begun = Date.now();
  await server.restart();
  return { server, bootMs: Date.now() - begun };
}

/** Plays these histories of a batch together, once: `[{history, worst, faults}]`. */
export async function playOnce(batch, histories) {
  const { server, bootMs } = await start(batch);
  const plays = histories.map((history) => new Play(server, history, { beat: batch.beat }));
  try {
    await Promise.all(plays.map((play) => play.warm()));
    const clock = new Clock(1_000);
    await Promise.all([kill(server, batch, clock, plays, bootMs), ...plays.map((play) => play.run(clock))]);
    await Promise.all(plays.map((play) => play.cut()));
  } finally {
    await server.stop();
  }
  return plays.map((play) => ({ history: play.history, worst: play.worst, faults: differences(play.history, play.seen()) }));
}

/** What is played again is played while nothing else is: two at once may be what was too slow. */
let turn = Promise.resolve();
const inTurn = (work) => (turn = turn.catch(() => {}).then(work));

const LINES = 25;

/** What to print of a history that disagrees, and how to see it again. */
export function report({ seed, faults }, { least, most }) {
  const more = faults.length > LINES ? [`… and ${faults.length - LINES} more`] : [];
  const again = `npm run prove -- histories --seed ${seed} --least ${least} --most ${most}`;
  return [`history ${seed}: the server disagrees with the simulator in ${faults.length} things`, ...faults.slice(0, LINES), ...more, `again: ${again}`].join('\n  ');
}

/**
 * Plays a batch until every history has been compared: `{results: [{seed, operations, faults}], retries, incomparable}`.
 * `say` is told of retries.
 */
export async function playBatch(batch, say = () => {}) {
  let left = batch.histories;
  const results = [];
  let retries = 0;
  for (let tries = 0; tries < TRIES && left.length > 0; tries += 1) {
    const histories = left;
    const play = () => playOnce(batch, histories);
    if (tries > 0) retries += left.length;
    const played = await (tries > 0 ? inTurn(play) : play());
    left = [];
    for (const { history, worst, faults } of played) {
      if (worst.ms > SLACK_MS) {
        say(`history ${history.seed} says nothing: ${worst.what} took ${worst.ms} ms`);
        left.push(history);
      } else {
        results.push({ seed: history.seed, operations: history.operations.length, worst, faults });
      }
    }
  }
  return { results, retries, incomparable: left.map(({ seed }) => seed) };
}
