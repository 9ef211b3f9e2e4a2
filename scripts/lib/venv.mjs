// Python programs and libraries in virtual environments of their own, at pinned versions; installed once per user.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { TOOLS } from './paths.mjs';
import { ask, logFile, mustRun } from './run.mjs';
import { say, whileSaying } from './say.mjs';

/** The oldest Python that all of them take. */
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

/**
 * The folder of the programs of a virtual environment that holds `requirements` (a file), installed if need be;
 * `undefined` where there is no Python for it. `check` is what must run there: `['program', '--version']`.
 */
export async function ensureVenv({ name, requirements, check: [program, ...args] }) {
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(TOOLS, `${name}-${wanted}`);
  const bin = join(folder, 'bin');
  const stamp = join(folder, 'installed');
  if (existsSync(stamp) && (await ask(join(bin, program), args)) !== undefined) return bin;
  const python = await findPython();
  if (!python) return undefined;
  await withLock(join(TOOLS, 'install.lock'), 'building the tools', () => install({ name, requirements, python, folder }));
  writeFileSync(stamp, '');
  return bin;
}

async function install({ name, requirements, python, folder }) {
  say(`${name}: installing into a virtual environment, once on this machine (about 15 s)`);
  rmSync(folder, { recursive: true, force: true });
  const log = logFile(`setup-${name}`);
  await whileSaying(name, async () => {
    await mustRun('python3 -m venv', python, ['-m', 'venv', folder], { log });
    const args = ['install', '--quiet', '--no-input', '--disable-pip-version-check', '-r', requirements];
    await mustRun('pip install', join(folder, 'bin', 'pip'), args, { log, append: true });
  });
}
