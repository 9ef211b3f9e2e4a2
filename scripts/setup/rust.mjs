// The pinned Rust toolchain with clippy, rustfmt and the wasm32 target.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TOOLS, inTree } from '../lib/paths.mjs';
import { ask, logFile, mustRun } from '../lib/run.mjs';
import { Plain, duration, say, whileSaying } from '../lib/say.mjs';
import { withLock } from '../lib/lock.mjs';

const TARGET = 'wasm32-unknown-unknown';

/** The version that rust-toolchain.toml pins. */
export function rustVersion() {
  const [, channel] = /^channel\s*=\s*"([^"]+)"/m.exec(readFileSync(inTree('rust-toolchain.toml'), 'utf8')) ?? [];
  return channel;
}

/** Whether the compiler that this tree gets has the version, the target and both components. */
async function complete() {
  // Without this, asking for a version could silently download a toolchain.
  const env = { RUSTUP_AUTO_INSTALL: '0' };
  const [sysroot, version, clippy, fmt] = await Promise.all([
    ask('rustc', ['--print', 'sysroot'], { env }),
    ask('rustc', ['--version'], { env }),
    ask('cargo-clippy', ['--version'], { env }),
    ask('rustfmt', ['--version'], { env }),
  ]);
  const pinned = version?.startsWith(`rustc ${rustVersion()} `);
  return Boolean(pinned && clippy && fmt && existsSync(join(sysroot, 'lib', 'rustlib', TARGET, 'lib')));
}

/** Installs what is missing of the toolchain, by rustup. */
export async function ensureRust() {
  if (await complete()) return;
  if (!(await ask('rustup', ['--version']))) {
    throw new Plain(`Rust ${rustVersion()} with the target ${TARGET} is needed, and rustup is not here to install it. Install rustup (https://rustup.rs), then run this again.`);
  }
  await withLock(join(TOOLS, 'rustup.lock'), 'the Rust toolchain', install);
}

async function install() {
  if (await complete()) return;
  const begun = Date.now();
  say(`Rust ${rustVersion()}: installing with clippy, rustfmt and ${TARGET} (about 1 min)`);
  const parts = ['--profile', 'minimal', '-c', 'clippy', '-c', 'rustfmt', '-t', TARGET, '--no-self-update'];
  const log = logFile('setup-rust');
  const args = ['toolchain', 'install', rustVersion(), ...parts];
  await whileSaying('rustup', () => mustRun('rustup', 'rustup', args, { log }));
  say(`Rust ${rustVersion()}: installed in ${duration(Date.now() - begun)}`);
}
