// Seeds after seeds against one running Worker, for a while.
import { duration, say } from '../../../lib/say.mjs';
import { SECRET } from '../../../../tests/lib/token.mjs';
import { Bystanders, Log, SESSION_MS } from './oracles.mjs';
import { planOf } from './plan.mjs';
import { playSeed } from './seed.mjs';
import { story } from './story.mjs';
import { Tally } from './tally.mjs';

/** With what the Worker is served; the embedded Redis and Kafka are behind it. */
export const VARS = {
  ENVIRONMENT: 'development',
  AUTH_JWT_SECRET: SECRET,
  UPSTASH_REDIS_REST_TOKEN: SECRET,
  SESSION_TTL: String(SESSION_MS / 1000),
  OFFLINE_GRACE: '1',
};

/** Seeds at once. */
const JOBS = 8;
/** Bystanders keep all they were told; now and then new ones take their place. */
const RENEW_EVERY = 25;
const SAY_EVERY_MS = 15_000;

/** Plays these seeds at once and judges them together: the log and the bystanders belong to all of them. */
export async function playBatch({ server, log, bystanders, tally }, seeds) {
  const plans = seeds.map(planOf);
  const results = new Map();
  const one = async (plan) => results.set(plan, await playSeed(server, plan, bystanders.secret));
  // To evict, the host stops reading what workerd logs: with much going on at once the two would wait for each other.
  await Promise.all(plans.filter(({ evicts }) => !evicts).map(one));
  for (const plan of plans.filter(({ evicts }) => evicts)) await one(plan);
  results.forEach((result, plan) => tally.add(plan, result));
  const own = [...results].flatMap(([plan, { faults, clients }]) =>
    (faults.length > 0 ? [{ seeds: [plan.seed], faults, story: story(plan, clients) }] : []));
  const shared = await sharedFaults({ log, bystanders }, seeds);
  return shared.length > 0 ? [...own, { seeds, faults: shared, story: [] }] : own;
}

async function sharedFaults({ log, bystanders }, seeds) {
  const faults = [];
  try {
    await bystanders.unaffected(`after ${seeds.join(' ')}`);
  } catch (error) {
    faults.push(`a bystander: ${error.message}`);
  }
  return [...faults, ...log.wreckage()];
}

function report({ seeds, faults, story: lines }) {
  say(`FAILED seed ${seeds.join(' or ')}`);
  faults.forEach((fault) => console.log(`  ${fault}`));
  seeds.forEach((seed) => console.log(`  replay: npm run prove -- doors --seed ${seed}`));
  lines.forEach((line) => console.log(`    ${line}`));
}

/** Everything of a run. */
export async function start(server) {
  return { server, log: new Log(server.stateDir), bystanders: await Bystanders.gather(server), tally: new Tally() };
}

async function boxed(run, minutes) {
  const begun = Date.now();
  // New seeds each time: those of `npm test` are fixed.
  let next = 1_000_000 + Math.floor(Math.random() * 1_000_000_000);
  let failed = 0;
  say(`sockets: ${minutes} min of seeds from ${next} on`);
  for (let batch = 1, said = begun; Date.now() - begun < minutes * 60_000; batch += 1) {
    const failures = await playBatch(run, Array.from({ length: JOBS }, () => next++));
    failures.forEach(report);
    failed += failures.length;
    if (batch % RENEW_EVERY === 0) {
      await run.bystanders.leave();
      run.bystanders = await Bystanders.gather(run.server);
    }
    if (Date.now() - said < SAY_EVERY_MS) continue;
    said = Date.now();
    say(`… sockets: ${run.tally.seeds} seeds, ${run.tally.sent} frames, ${failed} failed, ${duration(said - begun)} so far`);
  }
  return failed;
}

/** One seed, told. */
async function replay(run, seed) {
  const plan = planOf(seed);
  const failures = await playBatch(run, [seed]);
  failures.forEach((failure) => report({ ...failure, story: [] }));
  const told = failures.find((failure) => failure.story.length > 0)?.story ?? story(plan, []);
  told.forEach((line) => console.log(line));
  return failures.length;
}

/** A box of minutes, or one seed; true if nothing was wrong. */
export async function trySockets(server, { seed, minutes }) {
  const run = await start(server);
  try {
    const failed = seed === undefined ? await boxed(run, minutes) : await replay(run, seed);
    run.tally.lines().forEach((line) => console.log(line));
    const missing = seed === undefined ? run.tally.missing() : [];
    if (missing.length > 0) say(`FAILED: never came about: ${missing.join(', ')}`);
    say(`sockets: ${run.tally.seeds} seeds, ${failed} failed`);
    return failed === 0 && missing.length === 0;
  } finally {
    await run.bystanders.leave();
  }
}
