// The OpenAPI document against the end-to-end run: every answer that came is documented, and every documented answer
// came. Compared are method, route and status, as tests/lib/seen.mjs notes them.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { one } from '../lib/results.mjs';
import { Plain } from '../lib/say.mjs';
import { serve } from '../lib/serve.mjs';
import { ephemeralDir } from '../lib/state.mjs';

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];
/** Failures of the platform and limits of rate cannot be had at will: they are documented without being seen. */
const AT_WILL = (status) => status !== '429' && !status.startsWith('5');

/** The document as a server answers it. */
export async function served() {
  const stateDir = ephemeralDir();
  const vars = { ENVIRONMENT: 'development', AUTH_JWT_SECRET: randomBytes(32).toString('hex') };
  const server = await serve({ stateDir, vars });
  try {
    const response = await fetch(`${server.url}/openapi.json`, { signal: AbortSignal.timeout(10_000) });
    if (response.status !== 200) throw new Plain(`GET /openapi.json answers ${response.status}`);
    return await response.json();
  } finally {
    await server.stop();
    rmSync(stateDir, { recursive: true, force: true });
  }
}

/** `Map` from "GET /route" to the set of its statuses. */
export function documented({ paths = {} }) {
  const operations = Object.entries(paths).flatMap(([route, item]) =>
    METHODS.filter((method) => item[method]).map((method) => [
      `${method.toUpperCase()} ${route}`,
      new Set(Object.keys(item[method].responses ?? {})),
    ]),
  );
  return new Map(operations);
}

function noted(file) {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  const seen = new Map();
  for (const { method, route, status } of lines.map((line) => JSON.parse(line))) {
    if (!route) continue;
    const key = `${method} ${route}`;
    seen.set(key, (seen.get(key) ?? new Set()).add(String(status)));
  }
  return seen;
}

/** Development's own routes, pages and the WebSocket are described elsewhere. */
const PUBLIC = /^\/(api|health)(\/|$)/;

/** What came without being documented. A method that a route does not have is refused, and that is no operation. */
export function undocumented(operations, seen) {
  const routes = new Set([...operations.keys()].map((key) => key.split(' ')[1]));
  return [...seen].flatMap(([key, statuses]) => {
    const route = key.split(' ')[1];
    if (!operations.has(key)) return routes.has(route) || !PUBLIC.test(route) ? [] : [`${key}: not documented`];
    const known = operations.get(key);
    return [...statuses].filter((status) => !known.has(status) && !known.has('default')).map((status) => `${key} ${status}: not documented`);
  });
}

/** What is documented without having come. */
export function unseen(operations, seen) {
  return [...operations].flatMap(([key, statuses]) =>
    [...statuses]
      .filter((status) => status !== 'default' && AT_WILL(status))
      .filter((status) => !seen.get(key)?.has(status))
      .map((status) => `${key} ${status}: documented, never seen`),
  );
}

/** Compares the served document with what the run noted in `file`. */
export async function openapi(file) {
  const operations = documented(await served());
  const seen = noted(file);
  const faults = [...undocumented(operations, seen), ...unseen(operations, seen)];
  if (operations.size === 0) faults.push('the document has no operations');
  return one(faults.length === 0, faults.join('\n    ') || `${operations.size} operations, each answer seen and documented`);
}
