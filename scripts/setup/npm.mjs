// The npm packages of package-lock.json, Node 24 among them.
import { existsSync, readFileSync } from 'node:fs';
import { NODE, inTree } from '../lib/paths.mjs';
import { ask, logFile, mustRun } from '../lib/run.mjs';
import { Plain, duration, say, whileSaying } from '../lib/say.mjs';
import { withLock } from '../lib/lock.mjs';

const packages = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {});

/** Whether node_modules holds what the lock file says; packages for other systems may be left out. */
function complete() {
  const installed = packages(inTree('node_modules', '.package-lock.json'));
  return Object.entries(packages(inTree('package-lock.json'))).every(
    ([path, wanted]) => path === '' || installed[path]?.version === wanted.version || (wanted.optional && !installed[path]),
  );
}

const nodeVersion = () => ask(NODE, ['--version']);

/** Installs the packages unless they are there. */
export function ensureNpm() {
  return withLock(inTree('.npm-ci.lock'), 'the npm packages', async () => {
    if (complete() && (await nodeVersion())) return;
    const begun = Date.now();
    say('npm packages: installing from package-lock.json (about 15 s)');
    const log = logFile('setup-npm');
    await whileSaying('npm ci', () => mustRun('npm ci', 'npm', ['ci', '--no-fund', '--no-audit'], { log }));
    if (!(await nodeVersion())) {
      throw new Plain('The npm package `node` was installed without its program: npm was told to ignore install scripts. Try `npm ci --ignore-scripts=false`.');
    }
    say(`npm packages: installed in ${duration(Date.now() - begun)}`);
  });
}
