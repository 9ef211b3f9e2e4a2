// The simulator as a program: how it is built for long runs.
import { join } from 'node:path';
import { logFile, mustRun } from './run.mjs';
import { inTree, ROOT } from './paths.mjs';
import { whileSaying } from './say.mjs';

/** Quick to build counts here as much as quick to run, and nothing of it is deployed. */
export const PROFILE = {
  CARGO_PROFILE_RELEASE_OPT_LEVEL: '2',
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
  CARGO_PROFILE_RELEASE_LTO: 'off',
};

/** Builds the programs of the crate in `tree`; answers the folder that they are in. `name` names its log. */
export async function buildSimulator({ tree = ROOT, target = inTree('target', 'simulator'), name = 'simulator' } = {}) {
  const log = logFile(`${name}-build`);
  const env = { ...PROFILE, CARGO_TARGET_DIR: target };
  const args = ['build', '--release', '-p', 'simulator', '-j2'];
  await whileSaying(`building ${name}`, () => mustRun(`the build of ${name}`, 'cargo', args, { log, cwd: tree, env }));
  return join(target, 'release');
}
