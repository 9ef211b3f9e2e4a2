// Where the objects' state lies between starts, and the secrets that belong to it.
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { tryLock } from './lock.mjs';
import { Plain } from './say.mjs';

const MEMORY_DISK = '/dev/shm';
/** A container's memory disk may be as small as 64 MB: below this we do not use it. */
const ENOUGH_BYTES = 512 * 1024 * 1024;

/** What is made for a folder once. The token is for the embedded Redis, where there is no other. */
const SECRETS = ['AUTH_JWT_SECRET', 'UPSTASH_REDIS_REST_TOKEN'];

/** What a start itself puts into a state folder. Nothing else in it is ever touched. */
const OURS = ['objects', 'tmp', 'server.log', 'gateway.log'];

function memoryDisk() {
  try {
    const { bavail, bsize } = statfsSync(MEMORY_DISK);
    return bavail * bsize >= ENOUGH_BYTES ? MEMORY_DISK : undefined;
  } catch {
    return undefined;
  }
}

/** A folder for state that need not last: on the memory disk where there is room, otherwise a temporary one. */
export const ephemeralDir = () => mkdtempSync(join(memoryDisk() ?? tmpdir(), 'rollcall-'));

/**
 * Opens a state folder for one server: `{dir, secrets, close()}`.
 * `fresh` empties it first but keeps its secrets; `close` gives it up and, when `ephemeral`, removes it.
 */
export function openState({ dir, fresh = false, ephemeral = false }) {
  const path = ephemeral ? ephemeralDir() : resolve(dir);
  mkdirSync(path, { recursive: true });
  const lock = tryLock(join(path, 'serving.pid'));
  if (!lock.unlock) throw new Plain(`The state in ${path} is being served by process ${lock.heldBy}. Stop that first, or choose another folder with --state.`);
  if (fresh) for (const name of OURS) rmSync(join(path, name), { recursive: true, force: true });
  const close = () => {
    lock.unlock();
    if (ephemeral) rmSync(path, { recursive: true, force: true });
  };
  return { dir: path, secrets: secretsOf(path), close };
}

/** The secrets of a state folder, made once, readable by their owner only. */
function secretsOf(dir) {
  const file = join(dir, 'secrets.json');
  const known = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  // A folder of an older version lacks the newer ones.
  const secrets = { ...Object.fromEntries(SECRETS.map((name) => [name, randomBytes(32).toString('hex')])), ...known };
  if (Object.keys(secrets).length > Object.keys(known).length) {
    writeFileSync(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  }
  chmodSync(file, 0o600);
  return secrets;
}
