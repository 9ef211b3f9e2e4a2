// Every door of the running Worker, from outside: schemathesis over /openapi.json, and sessions on sockets that are
// spoilt in every way we know. No 5xx, no hang, and the object serves on.
//
//   npm run prove -- doors                            both, five minutes of sockets
//   npm run prove -- doors --only rest --max-examples 200 --seed 7
//   npm run prove -- doors --only sockets --minutes 30
//   npm run prove -- doors --seed 1234                replays one seed of the sockets, and says what it did
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { stopOnSignals } from '../lib/run.mjs';
import { Plain, main, say } from '../lib/say.mjs';
import { serve } from '../lib/serve.mjs';
import { ephemeralDir } from '../lib/state.mjs';
import { ensureWorker } from '../setup/index.mjs';
import { tryRest } from './doors/rest/index.mjs';
import { VARS, trySockets } from './doors/sockets/index.mjs';

const OPTIONS = {
  seed: { type: 'string' },
  minutes: { type: 'string', default: '5' },
  'max-examples': { type: 'string', default: '100' },
  only: { type: 'string' },
};

function whole(name, text) {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new Plain(`--${name} should be a whole number, not ${text}`);
  return number;
}

function options() {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.only && !['rest', 'sockets'].includes(values.only)) throw new Plain('--only should be rest or sockets');
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Plain(`--minutes should be a number above 0, not ${values.minutes}`);
  return {
    // A seed alone is one of the sockets': that is what a failure there prints.
    only: values.only ?? (values.seed === undefined ? undefined : 'sockets'),
    seed: values.seed === undefined ? undefined : whole('seed', values.seed),
    maxExamples: whole('max-examples', values['max-examples']),
    minutes,
  };
}

/** Serves the Worker, gives it to `work`, and ends it. */
async function served(vars, work) {
  const stateDir = ephemeralDir();
  const server = await serve({ stateDir, vars });
  try {
    return await work(server);
  } finally {
    await server.stop();
    rmSync(stateDir, { recursive: true, force: true });
  }
}

async function rest({ seed = 1, maxExamples }) {
  const result = await served(VARS, (server) => tryRest(server, { seed, maxExamples }));
  if (result.skipped) {
    say(`skipped schemathesis (1): ${result.skipped}`);
    // In CI nothing may be left unproved.
    return process.env.CI !== 'true';
  }
  say(`rest: ${result.cases} cases, seed ${seed}`);
  return result.ok;
}

const sockets = ({ seed, minutes }) => served(VARS, (server) => trySockets(server, { seed, minutes }));

stopOnSignals();
await main(async () => {
  const chosen = options();
  await ensureWorker();
  const results = [];
  if (chosen.only !== 'sockets') results.push(await rest(chosen));
  if (chosen.only !== 'rest') results.push(await sockets(chosen));
  return results.every(Boolean) ? 0 : 1;
});
