// schemathesis, at the versions of requirements.txt.
import { join } from 'node:path';
import { ensureVenv } from '../../../lib/venv.mjs';

export { HOW } from '../../../lib/venv.mjs';

const REQUIREMENTS = new URL('requirements.txt', import.meta.url).pathname;

/** The path of `schemathesis`, installed if need be; `undefined` where there is no Python for it. */
export async function ensureSchemathesis() {
  const bin = await ensureVenv({ name: 'schemathesis', requirements: REQUIREMENTS, check: ['schemathesis', '--version'] });
  return bin && join(bin, 'schemathesis');
}
