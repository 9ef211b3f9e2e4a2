// What cargo knows of the workspace.
import { join } from 'node:path';
import { ask } from './run.mjs';
import { Plain } from './say.mjs';

let known;

/** The workspace as `cargo metadata` tells it, without its dependencies. */
export async function workspace() {
  known ??= await ask('cargo', ['metadata', '--no-deps', '--format-version', '1']);
  if (!known) throw new Plain('`cargo metadata` failed: run it to see why.');
  return JSON.parse(known);
}

/** Crates that never go to the edge say so: `[package.metadata.rollcall] native-only = true`. */
export async function nativeOnly() {
  const { packages } = await workspace();
  return packages.filter(({ metadata }) => metadata?.rollcall?.['native-only']).map(({ name }) => name);
}

/** Where cargo puts an example that was built for tests. */
export async function example(name) {
  return join((await workspace()).target_directory, 'debug', 'examples', name);
}
