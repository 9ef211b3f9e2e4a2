// The configuration of a run: schemathesis.toml, and what can only be said when the document is there.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const METHODS = ['get', 'put', 'post', 'delete'];

/** `[method, path]` of each operation that the document says is not built yet. */
const notBuilt = ({ paths }) =>
  Object.entries(paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]?.responses?.['501']).map((method) => [method, path]));

/** What is described as 501 may be 501, and nothing else of it is excused. */
const allowed = ([method, path]) => `
[[operations]]
include-name = ${JSON.stringify(`${method.toUpperCase()} ${path}`)}
[operations.checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", "501"]
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "401", "403", "404", "501"]
`;

/** Two people who must not see what is each other's, for the check `object_level_authorization`. */
function peers(folder, tokens) {
  const auth = Object.entries(tokens).map(([name, token]) => ({
    name,
    fixedHeaders: [{ name: 'Authorization', value: `Bearer ${token}` }],
  }));
  const file = join(folder, 'peers.json');
  writeFileSync(file, JSON.stringify({ auth }), { mode: 0o600 });
  return `
[auth.wfc]
path = ${JSON.stringify(file)}
peers = ${JSON.stringify(Object.keys(tokens))}
`;
}

/** Writes the configuration into `folder` and answers its path. `tokens`: whose it is, where several call. */
export function writeConfig(folder, name, document, tokens) {
  const fixed = readFileSync(new URL('schemathesis.toml', import.meta.url), 'utf8');
  const file = join(folder, `${name}.toml`);
  writeFileSync(file, [fixed, ...notBuilt(document).map(allowed), tokens ? peers(folder, tokens) : ''].join(''));
  return file;
}
