// schemathesis against the running Worker: its own document, all checks, valid and invalid data, five kinds of callers.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { logFile, run } from '../../../lib/run.mjs';
import { Plain, duration, say, whileSaying } from '../../../lib/say.mjs';
import { writeConfig } from './config.mjs';
import { resident } from './residents.mjs';
import { HOW, ensureSchemathesis } from './tools.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const PEOPLE = ['ada', 'grace'];
const LONGEST_MS = 30 * 60_000;

async function token(server, userId, scope) {
  const response = await fetch(`${server.url}/dev/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ userId, scope }),
    signal: AbortSignal.timeout(10_000),
  });
  if (response.status !== 200) throw new Plain(`POST /dev/token answers ${response.status}`);
  return (await response.json()).token;
}

/** Who calls: with which token, or with several in turn. */
async function callers(server) {
  const [ada, grace] = await Promise.all(PEOPLE.map((name) => token(server, name)));
  return [
    { name: 'user', token: ada },
    { name: 'peers', tokens: { ada, grace } },
    { name: 'admin', token: await token(server, 'root', 'admin') },
    { name: 'service', token: await token(server, 'robot', 'service') },
    { name: 'nobody' },
  ];
}

function commandLine(server, caller, config, { seed, maxExamples }) {
  return [
    '--config-file', config, 'run', `${server.url}/openapi.json`,
    '--checks', 'all', '--mode', 'all', '--seed', String(seed), '--max-examples', String(maxExamples),
    '--continue-on-failure', '--request-timeout', '15', '--no-color', '--generation-database', 'none',
    ...(caller.token ? ['--header', `Authorization: Bearer ${caller.token}`] : []),
  ];
}

async function tryAs(caller, { server, program, folder, document, options }) {
  const counts = join(folder, `${caller.name}.json`);
  const env = { SCHEMATHESIS_HOOKS: 'hooks', PYTHONPATH: HERE, PYTHONDONTWRITEBYTECODE: '1', DOORS_COUNTS: counts };
  const config = writeConfig(folder, caller.name, document, caller.tokens);
  const log = logFile(`doors-rest-${caller.name}`);
  const begun = Date.now();
  const args = commandLine(server, caller, config, options);
  const code = await whileSaying(`schemathesis as ${caller.name}`, () =>
    run(program, args, { log, cwd: folder, env, timeoutMs: LONGEST_MS }));
  const rows = JSON.parse(readFileSync(counts, 'utf8'));
  const cases = rows.reduce((sum, row) => sum + row.count, 0);
  say(`${code === 0 ? 'ok    ' : 'FAILED'} schemathesis as ${caller.name}: ${cases} cases in ${duration(Date.now() - begun)} (${log})`);
  return { name: caller.name, ok: code === 0, cases, rows, log };
}

/** One line an operation: how many cases by caller. */
function table(results) {
  const operations = [...new Set(results.flatMap(({ rows }) => rows.map((row) => row.operation)))].sort();
  const of = (operation, rows) =>
    rows.filter((row) => row.operation === operation).reduce((sum, row) => sum + row.count, 0);
  const line = (cells, name) => `${cells.map((cell) => String(cell).padStart(8)).join('')}  ${name}`;
  return [
    line(results.map(({ name }) => name), 'cases by caller'),
    ...operations.map((operation) => line(results.map(({ rows }) => of(operation, rows)), operation)),
  ];
}

function statuses(results) {
  const sums = new Map();
  for (const row of results.flatMap(({ rows }) => rows)) sums.set(row.status, (sums.get(row.status) ?? 0) + row.count);
  return [...sums].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`).join(', ');
}

/** Runs all; answers `{skipped}` or `{ok, cases}`. */
export async function tryRest(server, options) {
  const program = await ensureSchemathesis();
  if (!program) return { skipped: HOW };
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-doors-'));
  const people = await Promise.all(PEOPLE.map(async (name) => resident(server, name, await token(server, name))));
  try {
    const document = await (await fetch(`${server.url}/openapi.json`)).json();
    const results = [];
    for (const caller of await callers(server)) {
      results.push(await tryAs(caller, { server, program, folder, document, options }));
    }
    for (const line of table(results)) console.log(line);
    console.log(`statuses: ${statuses(results)}`);
    return { ok: results.every(({ ok }) => ok), cases: results.reduce((sum, { cases }) => sum + cases, 0) };
  } finally {
    people.forEach((person) => person.leave());
    rmSync(folder, { recursive: true, force: true });
  }
}
