// Programs of the system, installed from Debian's packages where we may.
import { existsSync } from 'node:fs';
import { ask, logFile, mustRun } from './run.mjs';
import { duration, say, whileSaying } from './say.mjs';

/** What to tell a person where we can do nothing. */
export const how = ({ what, packages, variable }) =>
  `install ${what} (Debian, Ubuntu: \`sudo apt-get install ${packages.join(' ')}\`), or name one in ${variable}`;

async function find({ names, variable }) {
  const named = process.env[variable];
  if (named) return existsSync(named) ? named : undefined;
  for (const name of names) {
    const path = await ask('sh', ['-c', `command -v ${name}`]);
    if (path) return path;
  }
  return undefined;
}

/**
 * The path of a program, installed if need be and possible; `undefined` otherwise.
 * `{what, names, variable, packages}`: what people call it, its names in the PATH, the variable that names another,
 * and the packages that bring it.
 */
export async function ensureProgram(program) {
  const found = await find(program);
  if (found || process.env[program.variable]) return found;
  const mayInstall = process.getuid?.() === 0 && (await ask('sh', ['-c', 'command -v apt-get']));
  if (!mayInstall) return undefined;
  await install(program);
  return find(program);
}

async function install({ what, packages }) {
  const begun = Date.now();
  say(`${what}: installing ${packages.join(', ')} (up to 1 min)`);
  const log = logFile(`setup-${packages[0]}`);
  // Debian starts a service that it installs; the tests start their own, on free ports.
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  await whileSaying('apt-get', async () => {
    await mustRun('apt-get update', 'apt-get', ['update'], { log, env });
    const args = ['install', '-y', '--no-install-recommends', ...packages];
    await mustRun('apt-get install', 'apt-get', args, { log, env, append: true });
  });
  say(`${what}: installed in ${duration(Date.now() - begun)}`);
}
