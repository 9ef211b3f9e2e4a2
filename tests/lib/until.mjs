// Conditions are awaited, never slept for: a deadline on each, and what was last seen in the failure.

/** How long anything may take before a test calls it lost. Generous: the machine may be busy. */
export const PATIENCE_MS = 15_000;

/** Resolves after `ms`. For pacing a load or a poll, never as a substitute for a condition. */
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Calls `probe` until it gives something truthy, and gives that.
 * A probe that throws counts as "not yet"; its last error is in the failure.
 */
export async function until(what, probe, { timeout = PATIENCE_MS, every = 100 } = {}) {
  const deadline = Date.now() + timeout;
  let last;
  for (;;) {
    try {
      const value = await probe();
      if (value) return value;
      last = `last seen: ${JSON.stringify(value)}`;
    } catch (error) {
      last = `last error: ${error.message}`;
    }
    if (Date.now() >= deadline) throw new Error(`not within ${timeout} ms: ${what} (${last})`);
    await pause(every);
  }
}

/** `promise`, or a failure that says what did not come. */
export async function within(promise, what, timeout = PATIENCE_MS) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${timeout} ms: ${what}`)), timeout);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
