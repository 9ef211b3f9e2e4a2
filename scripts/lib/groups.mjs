// Process groups: everything a child started, as one thing that can be ended and looked at.
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** Group and state of a process from /proc, or nothing when it has gone. */
function stat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything, so the fields are counted from its end.
    const [state, , group] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state, group: Number(group) };
  } catch {
    return undefined;
  }
}

/** Sends a signal to a group; answers whether there was one to take it. */
export function signalled(group, signal) {
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    if (error.code === 'ESRCH') return false;
    throw error;
  }
}

/** The living processes of a group. Zombies that nobody reaped are dead, though a signal would still find them. */
export function living(group) {
  const entries = process.platform === 'linux' ? readdirSync('/proc') : [];
  return entries
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const found = stat(pid);
      return found?.group === group && found.state !== 'Z' && found.state !== 'X';
    })
    .map(Number);
}

const alive = (group) => (process.platform === 'linux' ? living(group).length > 0 : signalled(group, 0));

/** Whether the whole group has gone within this time. */
export async function gone(group, ms) {
  const end = Date.now() + ms;
  while (alive(group)) {
    if (Date.now() > end) return false;
    await pause(20);
  }
  return true;
}

/** Sends SIGKILL to every process of the group and awaits that none is left. */
export async function killGroup(group) {
  signalled(group, 'SIGKILL');
  if (!(await gone(group, 10_000))) throw new Error(`process group ${group} outlived SIGKILL`);
}
