/**
 * The clock of the heartbeats, in a Web Worker.
 *
 * Browsers slow the timers of a hidden tab down to one a minute, which is as
 * long as a session lives without a beat: a user who looks at another tab
 * would flicker between online and offline. Timers in a worker are not slowed.
 *
 * In: `{op: "start", id, everyMs}` and `{op: "stop", id}`. Out: `id`, when due.
 */

/** @type {Map<number, number>} */
const timers = new Map();

self.addEventListener('message', ({ data: { op, id, everyMs } }) => {
  clearInterval(timers.get(id));
  timers.delete(id);
  if (op === 'start') timers.set(id, setInterval(() => self.postMessage(id), everyMs));
});
