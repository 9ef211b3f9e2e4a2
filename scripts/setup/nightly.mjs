// What fuzzing needs beyond the pinned toolchain: some nightly Rust, which alone can count coverage, and cargo-fuzz.
import { join } from 'node:path';
import { withLock } from '../lib/lock.mjs';
import { TOOLS } from '../lib/paths.mjs';
import { ask, logFile, mustRun } from '../lib/run.mjs';
import { Plain, say, whileSaying } from '../lib/say.mjs';
import { ensureCargoTools } from './cargo-tools.mjs';

/** Makes cargo and rustc those of nightly, whatever rust-toolchain.toml pins. */
export const NIGHTLY = { RUSTUP_TOOLCHAIN: 'nightly' };

const version = () => ask('rustc', ['-vV'], { env: { ...NIGHTLY, RUSTUP_AUTO_INSTALL: '0' } });

/** The platform that programs are built for here, as in `x86_64-unknown-linux-gnu`. */
export async function host() {
  const [, triple] = /^host: (\S+)$/m.exec((await version()) ?? '') ?? [];
  if (!triple) throw new Plain('Nightly Rust does not say which platform it is for: run `rustc +nightly -vV` to see why.');
  return triple;
}

async function ensureNightly() {
  if (await version()) return;
  await withLock(join(TOOLS, 'rustup.lock'), 'the Rust toolchain', async () => {
    say('nightly Rust: installing (about 1 min)');
    const args = ['toolchain', 'install', 'nightly', '--profile', 'minimal', '--no-self-update'];
    await whileSaying('rustup', () => mustRun('rustup', 'rustup', args, { log: logFile('setup-nightly') }));
  });
}

/** Installs what is missing. */
export async function ensureFuzzing() {
  await ensureNightly();
  await ensureCargoTools(['cargo-fuzz']);
}
