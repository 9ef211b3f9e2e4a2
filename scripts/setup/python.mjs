// A Python that has the client of Upstash for the tests: in an environment of its own, as tests/python/requirements.txt pins it.
import { join } from 'node:path';
import { inTree } from '../lib/paths.mjs';
import { ensureVenv } from '../lib/venv.mjs';

export { HOW } from '../lib/venv.mjs';

const UPSTASH = {
  name: 'upstash-redis',
  requirements: inTree('tests', 'python', 'requirements.txt'),
  check: ['python', '-c', 'import upstash_redis'],
};

/** Its path; `undefined` where there is no Python for it. */
export async function ensureUpstash() {
  const bin = await ensureVenv(UPSTASH);
  return bin && join(bin, 'python');
}
