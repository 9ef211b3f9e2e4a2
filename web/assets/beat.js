/**
 * Repeating timers that keep time in hidden tabs: one worker serves the page.
 *
 * Where workers are missing or forbidden the page's own timers take over, so
 * that a strict content policy costs punctuality and not the connection.
 */

/** @type {Map<number, () => void>} */
const callbacks = new Map();
let lastId = 0;
/** @type {Worker | null | undefined} undefined: not tried yet; null: cannot be had */
let worker;

/** Starts the page's worker at its first use. */
function sharedWorker() {
  if (worker !== undefined) return worker;
  try {
    worker = new Worker(new URL('./beat-worker.js', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data: id }) => callbacks.get(id)?.());
  } catch {
    worker = null;
  }
  return worker;
}

/**
 * Calls `callback` every `everyMs` milliseconds until the returned function is
 * called.
 *
 * @param {number} everyMs
 * @param {() => void} callback
 * @returns {() => void} stops it; calling it twice is harmless
 */
export function every(everyMs, callback) {
  const clock = sharedWorker();
  if (!clock) {
    const timer = setInterval(callback, everyMs);
    return () => clearInterval(timer);
  }
  const id = ++lastId;
  callbacks.set(id, callback);
  clock.postMessage({ op: 'start', id, everyMs });
  return () => {
    if (callbacks.delete(id)) clock.postMessage({ op: 'stop', id });
  };
}
