// A copy of the tree in which a bug may be planted, and the simulator built in it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ask, childEnv } from '../../lib/run.mjs';
import { ROOT, inTree } from '../../lib/paths.mjs';
import { Plain } from '../../lib/say.mjs';
import { buildSimulator } from '../../lib/simulator.mjs';

const PATCHES = inTree('crates', 'simulator', 'mutants');
/** All of this may be deleted at any time. Always the same path, so that what cargo has built is found again. */
export const FOLDER = inTree('target', 'mutants');
export const TREE = join(FOLDER, 'tree');
export const TARGET = join(FOLDER, 'build');

/** The patches in order: `{name, file, profile}`. */
export function patches() {
  const names = readdirSync(PATCHES).filter((file) => file.endsWith('.patch')).sort();
  return names.map((name) => {
    const file = join(PATCHES, name);
    const profile = /^#\s*profile:\s*(\w+)/im.exec(readFileSync(file, 'utf8'))?.[1] ?? 'hostile';
    return { name: name.slice(0, -'.patch'.length), file, profile };
  });
}

/**
 * Copies what git tracks, as it is in the work tree, to `tree`. Every file gets a new time: cargo goes by it, and would
 * otherwise take what an earlier run has built from a patched file for up to date.
 */
export async function copyTree(tree = TREE) {
  const listed = await ask('git', ['ls-files', '-z']);
  if (!listed) throw new Plain('`git ls-files` failed: planted bugs need a git clone.');
  rmSync(tree, { recursive: true, force: true });
  for (const path of listed.split('\0').filter((name) => name && existsSync(join(ROOT, name)))) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    copyFileSync(join(ROOT, path), join(tree, path));
  }
}

/** `git apply`, as if the copy lay in no repository: within one it would skip what is not below it. */
function apply(...args) {
  const env = childEnv({ GIT_CEILING_DIRECTORIES: FOLDER });
  return spawnSync('git', ['apply', ...args], { cwd: TREE, env, encoding: 'utf8' }).status === 0;
}

/** Whether a patch still fits. */
export const applies = (file) => apply('--check', file);

/** Does `work` with the bug planted, and takes it out again. */
export async function planted(file, work) {
  if (!apply(file)) throw new Plain('no longer applies');
  try {
    return await work();
  } finally {
    if (!apply('--reverse', file)) throw new Error(`${file} could not be taken out again`);
  }
}

const hashOf = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');

/** Builds the simulator in the copy; answers where it is. One that equals `unlike` shows that nothing was planted. */
export async function build(name, unlike) {
  const program = join(await buildSimulator({ tree: TREE, target: TARGET, name: `mutants/${name}` }), 'simulator');
  if (unlike && hashOf(unlike) === hashOf(program)) throw new Plain('the build is the same with and without the patch');
  return program;
}
