// Chromium for the browser tests: the system's own, or Debian's where we may install it.
import { existsSync } from 'node:fs';
import { ask, logFile, mustRun } from '../lib/run.mjs';
import { duration, say, whileSaying } from '../lib/say.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const PACKAGES = ['chromium', 'fonts-dejavu-core'];

/** What to do where we can do nothing. */
export const HOW = `install Chromium (Debian, Ubuntu: \`sudo apt-get install ${PACKAGES.join(' ')}\`), or name one in CHROMIUM_BIN`;

async function find() {
  if (process.env.CHROMIUM_BIN) return existsSync(process.env.CHROMIUM_BIN) ? process.env.CHROMIUM_BIN : undefined;
  for (const name of NAMES) {
    const path = await ask('sh', ['-c', `command -v ${name}`]);
    if (path) return path;
  }
  return undefined;
}

/** The path of a Chromium, installed if need be and possible; `undefined` otherwise. */
export async function ensureChromium() {
  const found = await find();
  if (found || process.env.CHROMIUM_BIN) return found;
  const mayInstall = process.getuid?.() === 0 && (await ask('sh', ['-c', 'command -v apt-get']));
  if (!mayInstall) return undefined;
  await install();
  return find();
}

async function install() {
  const begun = Date.now();
  say(`Chromium: installing ${PACKAGES.join(', ')} (about 1 min)`);
  const log = logFile('setup-chromium');
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await whileSaying('apt-get', async () => {
    await mustRun('apt-get update', 'apt-get', ['update'], { log, env });
    const args = ['install', '-y', '--no-install-recommends', ...PACKAGES];
    await mustRun('apt-get install', 'apt-get', args, { log, env, append: true });
  });
  say(`Chromium: installed in ${duration(Date.now() - begun)}`);
}
