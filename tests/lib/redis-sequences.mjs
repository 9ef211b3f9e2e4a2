// The example `sequences` of crate `embedded-redis`: from `SEQUENCES_BIN`, or built where a test runs alone.
import { example } from '../../scripts/lib/cargo.mjs';
import { logFile, mustRun } from '../../scripts/lib/run.mjs';

/** Its path. */
export const sequencesProgram = async () => process.env.SEQUENCES_BIN ?? buildSequences();

/** Builds it as the native tests are built; answers its path. */
export async function buildSequences() {
  const args = ['build', '-p', 'embedded-redis', '--example', 'sequences'];
  await mustRun('the build of the sequences', 'cargo', args, { log: logFile('sequences-build') });
  return example('sequences');
}
