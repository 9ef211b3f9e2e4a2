// What the commands tell the person in front of them: one line a thing, with the time it took.

const started = Date.now();
const EVERY_MS = 15_000;

/** Seconds, or minutes and seconds, for people. */
export function duration(ms) {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** One line on standard output, behind the time since the command began. */
export function say(line) {
  console.log(`[${duration(Date.now() - started).padStart(8)}] ${line}`);
}

/** Says that `what` is under way every quarter of a minute until `work` ends; answers what `work` answers. */
export async function whileSaying(what, work) {
  const begun = Date.now();
  const timer = setInterval(() => say(`… ${what}: ${duration(Date.now() - begun)} so far`), EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** An error whose message is all that the user needs: no stack is shown. */
export class Plain extends Error {}

/** Runs a command's main function; a failure becomes one clear message and exit code 1. */
export async function main(work) {
  try {
    process.exitCode = (await work()) ?? 0;
  } catch (error) {
    console.error(error instanceof Plain ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}
