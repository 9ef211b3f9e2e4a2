// One at a time, across processes: a file that names its holder, and is void once that process has gone.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { say } from './say.mjs';

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** The living process that holds this lock, if any. */
function holder(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return Number.isInteger(pid) && pid > 0 && alive(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Takes the lock, or answers who has it. */
export function tryLock(file) {
  mkdirSync(dirname(file), { recursive: true });
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      process.once('exit', () => unlock(file));
      return { unlock: () => unlock(file) };
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      const pid = holder(file);
      if (pid) return { heldBy: pid };
      rmSync(file, { force: true });
    }
  }
  return { heldBy: holder(file) };
}

function unlock(file) {
  try {
    if (Number(readFileSync(file, 'utf8')) === process.pid) rmSync(file, { force: true });
  } catch {
    // It has gone with its folder.
  }
}

/** Does `work` while nobody else does anything under the same lock; waits for its turn. */
export async function withLock(file, what, work) {
  let told = false;
  for (;;) {
    const lock = tryLock(file);
    if (lock.unlock) {
      try {
        return await work();
      } finally {
        lock.unlock();
      }
    }
    if (!told) say(`waiting: process ${lock.heldBy} is at ${what} already`);
    told = true;
    await pause(250);
  }
}
