// The Worker: Rust to WebAssembly by worker-build, into build/; only when something that goes into it has changed.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { withLock } from '../lib/lock.mjs';
import { inTree } from '../lib/paths.mjs';
import { logFile, mustRun } from '../lib/run.mjs';
import { duration, say, whileSaying } from '../lib/say.mjs';
import { VERSIONS, program, toolEnv } from './cargo-tools.mjs';

const SOURCES = ['src', 'durable-objects', 'crates'];
const FILES = ['Cargo.toml', 'rust-toolchain.toml', 'package-lock.json'];
/** Folders of a crate, and crates, that are never part of the Worker. */
const NATIVE = new Set(['tests', 'benches', 'examples', 'fuzz', 'target', 'simulator', 'doors']);
const STAMP = inTree('build', '.stamp.json');

/** What the bundle may weigh: the budgets that a test holds it to. */
export const BUDGETS = JSON.parse(readFileSync(new URL('../budgets.json', import.meta.url), 'utf8'));

function* files(folder) {
  if (!existsSync(folder)) return;
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !NATIVE.has(entry.name)) yield* files(path);
    else if (entry.isFile()) yield path;
  }
}

function hashOf(paths) {
  const hash = createHash('sha256').update(JSON.stringify(VERSIONS));
  for (const path of paths) {
    hash.update(`\0${relative(inTree(), path)}\0`).update(existsSync(path) ? readFileSync(path) : '');
  }
  return hash.digest('hex');
}

/** All that decides what the build yields, but for Cargo.lock. */
const sources = () =>
  hashOf([...FILES.map((name) => inTree(name)), ...SOURCES.flatMap((folder) => [...files(inTree(folder))])]);

/** Apart from the sources, since a build may bring it up to date. */
const dependencies = () => hashOf([inTree('Cargo.lock')]);

function upToDate() {
  if (!existsSync(STAMP) || !existsSync(inTree('build', 'index.js'))) return false;
  const stamp = JSON.parse(readFileSync(STAMP, 'utf8'));
  return stamp.sources === sources() && stamp.dependencies === dependencies();
}

/** `{rawBytes, gzipBytes, overBudget}` of the WebAssembly in build/. */
export function bundleSize() {
  const wasm = readdirSync(inTree('build')).filter((name) => name.endsWith('.wasm'));
  const contents = wasm.map((name) => readFileSync(inTree('build', name)));
  const sum = (sizes) => sizes.reduce((all, one) => all + one, 0);
  const gzipBytes = sum(contents.map((bytes) => gzipSync(bytes, { level: 9 }).length));
  const rawBytes = sum(wasm.map((name) => statSync(inTree('build', name)).size));
  return { rawBytes, gzipBytes, overBudget: gzipBytes > BUDGETS.wasmGzipBytes };
}

const kilobytes = (bytes) => `${Math.round(bytes / 1000)} KB`;

/** The size as a line for people. */
export function sizeLine({ rawBytes, gzipBytes }) {
  return `wasm ${kilobytes(rawBytes)}, ${kilobytes(gzipBytes)} gzip (budget ${kilobytes(BUDGETS.wasmGzipBytes)})`;
}

/** Builds the Worker unless build/ is up to date; answers `{built, …bundleSize()}`. */
export function buildWorker() {
  return withLock(inTree('.build.lock'), 'building the Worker', async () => {
    const built = !upToDate();
    if (built) await build();
    return { built, ...bundleSize() };
  });
}

async function build() {
  const begun = Date.now();
  say('Worker: building for WebAssembly (1 to 2 min the first time, less afterwards)');
  // Taken before the build: what is edited meanwhile must be built next time.
  const before = sources();
  const log = logFile('build');
  const work = () => mustRun('worker-build', program('worker-build'), ['--release'], { log, env: toolEnv() });
  await whileSaying('worker-build', work);
  writeFileSync(STAMP, JSON.stringify({ sources: before, dependencies: dependencies() }));
  say(`Worker: built in ${duration(Date.now() - begun)}, ${sizeLine(bundleSize())}`);
}
