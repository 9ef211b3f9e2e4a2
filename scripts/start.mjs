// `npm start`: sets up what is missing, builds what has changed, and serves Rollcall on this machine.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs, parseEnv } from 'node:util';
import { startGateway } from './lib/gateway.mjs';
import { mustBeFree, parsePort } from './lib/ports.mjs';
import { ROOT, inTree } from './lib/paths.mjs';
import { stopOnSignals } from './lib/run.mjs';
import { Plain, main, say } from './lib/say.mjs';
import { serve } from './lib/serve.mjs';
import { openState } from './lib/state.mjs';
import { ensureWorker } from './setup/index.mjs';

const USAGE = `npm start -- [options]

  --port N           where to listen (default 8787, or the variable PORT; 0 for any free one)
  --state DIR        where the state lies between starts (default .rollcall/)
  --ephemeral        state on the memory disk, removed at the end
  --fresh            empty the state first (its secrets stay)
  --redis URL        mirror to this Redis (redis://, rediss://), through the gateway, and not to the embedded one
  --kafka HOST:PORT  publish events to this Kafka (several brokers with commas), through the gateway
  --var NAME=VALUE   a setting, as in wrangler.toml's [vars]; may be repeated. Also read: .dev.vars
  --help             this text`;

/** `crons` in wrangler.toml. */
const CRON_MS = 5 * 60_000;

const OPTIONS = {
  port: { type: 'string' },
  state: { type: 'string' },
  ephemeral: { type: 'boolean', default: false },
  fresh: { type: 'boolean', default: false },
  redis: { type: 'string' },
  kafka: { type: 'string' },
  var: { type: 'string', multiple: true, default: [] },
  help: { type: 'boolean', default: false },
};

function options() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    throw new Plain(`${error.message}\n\n${USAGE}`);
  }
}

function pair(text) {
  const at = text.indexOf('=');
  if (at < 1) throw new Plain(`--var ${text}: it should be NAME=VALUE.`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** Settings, the later ones winning: development's own, `.dev.vars`, `--var`. */
function settings(secrets, given) {
  const file = inTree('.dev.vars');
  const fromFile = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  const vars = { ...fromFile, ...Object.fromEntries(given.map(pair)) };
  // Exactly one source of keys may be set: whoever names their own does not want ours.
  const ownKeys = vars.AUTH_JWT_PUBLIC_KEY || vars.AUTH_JWKS_URL;
  const { AUTH_JWT_SECRET, ...others } = secrets;
  return { ENVIRONMENT: 'development', ...others, ...(ownKeys ? {} : { AUTH_JWT_SECRET }), ...vars };
}

async function alive(server) {
  const response = await fetch(`${server.url}/health/live`, { signal: AbortSignal.timeout(10_000) });
  if (response.status !== 200) throw new Plain(`The Worker started but answers ${response.status} to /health/live.\n${server.logs()}`);
}

/** Wrong settings do not keep the Worker from starting, but from serving: say so where somebody looks. */
async function warn(server) {
  const response = await fetch(`${server.url}/health/ready`, { signal: AbortSignal.timeout(10_000) });
  const { problems = [] } = await response.json();
  for (const { name, expected } of problems) say(`warning: ${name} should be ${expected}; until it is, requests answer 503`);
  if (response.status !== 200 && problems.length === 0) say(`warning: /health/ready answers ${response.status}`);
}

/** A path as one would type it here. */
const shown = (path) => (path.startsWith(`${ROOT}/`) ? relative(ROOT, path) : path);

/** The gateway in front of a Redis or a Kafka of one's own, and the settings that lead the Worker to it. */
async function through({ redis, kafka }, state) {
  if (!redis && !kafka) return undefined;
  const log = join(state.dir, 'gateway.log');
  rmSync(log, { force: true });
  const gateway = await startGateway({ redis, kafka, log });
  const behind = [redis && 'Redis', kafka && 'Kafka'].filter(Boolean).join(' and ');
  say(`gateway: ${gateway.url} in front of ${behind} (log: ${shown(log)})`);
  const vars = {
    ...(redis && { UPSTASH_REDIS_REST_URL: gateway.url, UPSTASH_REDIS_REST_TOKEN: gateway.token }),
    ...(kafka && { KAFKA_REST_URL: gateway.url, KAFKA_REST_AUTH: `Bearer ${gateway.token}` }),
  };
  return { ...gateway, behind, vars };
}

/** workerd fires no cron trigger by itself: fires ours now and as often as wrangler.toml says; answers how to stop that. */
function triggers(server) {
  // What the tasks cannot do is in the Worker's log, and due again with the next.
  const fire = async () => {
    const response = await fetch(`${server.url}/cdn-cgi/local/scheduled`).catch(() => undefined);
    await response?.text().catch(() => undefined);
    if (response?.status === 404) say('warning: workerd has no trigger handler: scheduled tasks do not run');
  };
  fire();
  const timer = setInterval(fire, CRON_MS);
  return () => clearInterval(timer);
}

function welcome(server, { ephemeral }) {
  say(`ready: ${server.url}`);
  console.log(`
  Rollcall   ${server.url}
  State      ${shown(server.stateDir)}${ephemeral ? ' (removed at the end)' : ''}
  Log        ${shown(join(server.stateDir, 'server.log'))}
  A token    curl -s ${server.url}/dev/token -H 'content-type: application/json' -d '{"userId":"alice"}'
  Stop       Ctrl-C
`);
}

await main(async () => {
  const { help, port: asked, ...chosen } = options();
  if (help) return console.log(USAGE);
  const port = parsePort(asked ?? process.env.PORT ?? '8787');
  // Before anything is built: nobody should wait minutes for this message.
  await mustBeFree(port);
  if (chosen.ephemeral && chosen.state) throw new Plain('--ephemeral and --state exclude each other: is the state to stay or to go?');
  const state = openState({ dir: chosen.state ?? inTree('.rollcall'), fresh: chosen.fresh, ephemeral: chosen.ephemeral });
  let server;
  let gateway;
  let stopTriggers = () => {};
  let ending = false;
  const end = async () => {
    ending = true;
    stopTriggers();
    await server?.stop();
    await gateway?.stop();
    state.close();
  };
  stopOnSignals(end);
  try {
    const { overBudget } = await ensureWorker();
    gateway = await through(chosen, state);
    const vars = settings({ ...state.secrets, ...gateway?.vars }, chosen.var);
    if (overBudget) say('warning: the bundle is over its budget (scripts/budgets.json)');
    rmSync(join(state.dir, 'server.log'), { force: true });
    server = await serve({ port, stateDir: state.dir, vars });
    await alive(server);
    await warn(server);
    stopTriggers = triggers(server);
    welcome(server, chosen);
    gateway?.exited.then((code) => !ending && say(`warning: the gateway ended (${code}); nothing reaches ${gateway.behind} until you start again`));
    await server.exited;
    // A signal ends it through `end`, and then the process.
    if (ending) return await new Promise(() => {});
    throw new Plain(`workerd ended by itself. The end of its log:\n${server.logs().slice(-4000)}`);
  } finally {
    await end();
  }
});
