// The simulator's program `history`: from `HISTORY_BIN`, or built where a test runs alone.
import { join } from 'node:path';
import { workspace } from '../../../scripts/lib/cargo.mjs';
import { logFile, mustRun } from '../../../scripts/lib/run.mjs';

/** Its path. */
export async function historyProgram() {
  const known = process.env.HISTORY_BIN;
  return known ?? buildHistory();
}

/** Builds it as the native tests are built; answers its path. */
export async function buildHistory() {
  const args = ['build', '-p', 'simulator', '--bin', 'history'];
  await mustRun('the build of the histories', 'cargo', args, { log: logFile('history-build') });
  return join((await workspace()).target_directory, 'debug', 'history');
}
