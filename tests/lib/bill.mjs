// The simulator's program `bill`: from `BILL_BIN`, or built where a test runs alone.
import { join } from 'node:path';
import { workspace } from '../../scripts/lib/cargo.mjs';
import { logFile, mustRun } from '../../scripts/lib/run.mjs';

/** Its path. */
export async function billProgram() {
  const known = process.env.BILL_BIN;
  return known ?? buildBill();
}

/** Builds it as the native tests are built; answers its path. */
export async function buildBill() {
  const args = ['build', '-p', 'simulator', '--bin', 'bill'];
  await mustRun('the build of the bill', 'cargo', args, { log: logFile('bill-build') });
  return join((await workspace()).target_directory, 'debug', 'bill');
}
