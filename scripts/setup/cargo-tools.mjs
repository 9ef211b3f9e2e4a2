// worker-build and wasm-bindgen, and the cargo commands of proofs where they are asked for, built from source once per
// user and version.
//
// worker-build would download wasm-bindgen, wasm-opt and esbuild as prebuilt programs; here all three come from the
// package registries, at versions that are pinned together, and it is told where they lie.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from '../lib/lock.mjs';
import { TOOLS, npmBin } from '../lib/paths.mjs';
import { logFile, mustRun } from '../lib/run.mjs';
import { duration, say, whileSaying } from '../lib/say.mjs';

/** wasm-bindgen's version must be the one of the `wasm-bindgen` crate in Cargo.toml. */
export const VERSIONS = { 'worker-build': '0.8.7', 'wasm-bindgen-cli': '0.2.129', 'cargo-fuzz': '0.13.2', 'cargo-mutants': '27.1.0' };

/** What building the Worker takes. */
const FOR_THE_WORKER = ['worker-build', 'wasm-bindgen-cli'];

const PROGRAMS = {
  'worker-build': 'worker-build',
  'wasm-bindgen-cli': 'wasm-bindgen',
  'cargo-fuzz': 'cargo-fuzz',
  'cargo-mutants': 'cargo-mutants',
};

const root = (crate) => join(TOOLS, `${crate}-${VERSIONS[crate]}`);

/** Where the program of a crate lies. */
export const program = (crate) => join(root(crate), 'bin', PROGRAMS[crate]);

/** What tells worker-build to use the tools of this tree and to download none. */
export const toolEnv = () => ({
  WASM_BINDGEN_BIN: program('wasm-bindgen-cli'),
  WASM_OPT_BIN: npmBin('wasm-opt'),
  ESBUILD_BIN: npmBin('esbuild'),
});

/** cargo writes its receipt last, so a program with a receipt is whole. */
function installed(crate) {
  const receipt = join(root(crate), '.crates.toml');
  return existsSync(program(crate)) && existsSync(receipt) && readFileSync(receipt, 'utf8').includes(`"${crate} ${VERSIONS[crate]} `);
}

/** Builds what is missing. An interrupted build goes on where it stopped. */
export async function ensureCargoTools(crates = FOR_THE_WORKER) {
  const missing = () => crates.filter((crate) => !installed(crate));
  if (missing().length === 0) return;
  await withLock(join(TOOLS, 'install.lock'), 'building the tools', async () => {
    const target = join(TOOLS, 'building');
    for (const crate of missing()) await install(crate, target);
    rmSync(target, { recursive: true, force: true });
  });
}

async function install(crate, target) {
  const begun = Date.now();
  say(`${crate} ${VERSIONS[crate]}: building from source, once on this machine (1 to 4 min on two cores)`);
  const args = ['install', '--locked', `${crate}@${VERSIONS[crate]}`, '--root', root(crate)];
  // These run for a second at a time: quick to build matters, quick to run does not. Both share their dependencies.
  const env = {
    CARGO_TARGET_DIR: target,
    CARGO_PROFILE_RELEASE_OPT_LEVEL: '1',
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '64',
    CARGO_PROFILE_RELEASE_LTO: 'off',
  };
  const log = logFile(`setup-${crate}`);
  await whileSaying(crate, () => mustRun(`cargo install ${crate}`, 'cargo', args, { log, env }));
  say(`${crate} ${VERSIONS[crate]}: built in ${duration(Date.now() - begun)}`);
}
