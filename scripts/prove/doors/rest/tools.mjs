// schemathesis in a virtual environment of its own, at the versions of requirements.txt; installed once per user.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from '../../../lib/lock.mjs';
import { TOOLS } from '../../../lib/paths.mjs';
import { ask, logFile, mustRun } from '../../../lib/run.mjs';
import { say, whileSaying } from '../../../lib/say.mjs';

const REQUIREMENTS = new URL('requirements.txt', import.meta.url).pathname;
/** The oldest Python that schemathesis takes. */
const OLDEST = 11;
const NAMES = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11'];
const CHECK = `import sys, venv, ensurepip; sys.exit(sys.version_info < (3, ${OLDEST}))`;

/** What to do where we can do nothing. */
export const HOW = `install Python 3.${OLDEST} or newer with its venv (Debian, Ubuntu: \`sudo apt-get install python3 python3-venv\`)`;

async function findPython() {
  for (const name of NAMES) {
    if ((await ask(name, ['-c', CHECK])) !== undefined) return name;
  }
  return undefined;
}

/** The path of `schemathesis`, installed if need be; `undefined` where there is no Python for it. */
export async function ensureSchemathesis() {
  const wanted = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  const folder = join(TOOLS, `schemathesis-${wanted}`);
  const program = join(folder, 'bin', 'schemathesis');
  const stamp = join(folder, 'installed');
  if (existsSync(stamp) && (await ask(program, ['--version'])) !== undefined) return program;
  const python = await findPython();
  if (!python) return undefined;
  await withLock(join(TOOLS, 'install.lock'), 'building the tools', () => install(python, folder));
  writeFileSync(stamp, '');
  return program;
}

async function install(python, folder) {
  say('schemathesis: installing into a virtual environment, once on this machine (about 15 s)');
  rmSync(folder, { recursive: true, force: true });
  const log = logFile('setup-schemathesis');
  await whileSaying('schemathesis', async () => {
    await mustRun('python3 -m venv', python, ['-m', 'venv', folder], { log });
    const args = ['install', '--quiet', '--no-input', '--disable-pip-version-check', '-r', REQUIREMENTS];
    await mustRun('pip install', join(folder, 'bin', 'pip'), args, { log, append: true });
  });
}
