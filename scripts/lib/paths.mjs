// Where things lie. Nothing here needs more than Node itself.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top of the tree. */
export const ROOT = resolve(fileURLToPath(import.meta.url), '../../..');

/** A path below the top of the tree. */
export const inTree = (...parts) => join(ROOT, ...parts);

/** An executable that an npm package brought. */
export const npmBin = (name) => inTree('node_modules', '.bin', name);

/** Node 24, which wrangler and workerd's host need, whatever Node the user has. */
export const NODE = npmBin('node');

/** Tools that are built from source, kept per user so that a second clone need not build them again. */
export const TOOLS = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'rollcall', 'tools');

/** Logs of set-up and tests. */
export const LOGS = inTree('logs');
