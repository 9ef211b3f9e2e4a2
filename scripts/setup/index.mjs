// All that must be there before the Worker can be served; each part is quick where it is there already.
import { ensureCargoTools } from './cargo-tools.mjs';
import { buildWorker } from './build.mjs';
import { ensureNpm } from './npm.mjs';
import { ensureRust } from './rust.mjs';

/** Packages, toolchain and tools. */
export async function ensureTools() {
  await ensureNpm();
  await ensureRust();
  await ensureCargoTools();
}

/** Tools and the built Worker; answers what `buildWorker` answers. */
export async function ensureWorker() {
  await ensureTools();
  return buildWorker();
}
