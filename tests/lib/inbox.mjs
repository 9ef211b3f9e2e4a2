// Everything that a client was told, in order, with the time, and waiting on what is still to come.
import { PATIENCE_MS } from './until.mjs';

const brief = (entry) => JSON.stringify({ kind: entry.kind, ...entry.body }).slice(0, 300);

/**
 * A record of entries `{kind, body, at, …}`. `next` takes the first one that matches and was not taken
 * before, so that two things may be awaited in either order.
 */
export class Inbox {
  entries = [];
  #waiters = new Set();
  #ended = null;

  constructor(owner) {
    this.owner = owner;
  }

  push(entry) {
    const kept = { at: Date.now(), taken: false, index: this.entries.length, ...entry };
    this.entries.push(kept);
    for (const waiter of [...this.#waiters]) waiter.offer(kept);
    return kept;
  }

  /** From here on nothing can come: who still waits is told why. */
  end(why) {
    this.#ended = why;
    for (const waiter of [...this.#waiters]) waiter.fail(`the connection ended (${why})`);
  }

  /** The next entry that matches and was not taken yet. */
  next(match, { timeout = PATIENCE_MS, what = 'an entry' } = {}) {
    const there = this.entries.find((entry) => !entry.taken && match(entry));
    if (there) {
      there.taken = true;
      return Promise.resolve(there);
    }
    if (this.#ended) return Promise.reject(this.#failure(what, `the connection ended (${this.#ended})`));
    return this.#wait(match, timeout, what);
  }

  /** A place in the record, for `since`. */
  mark() {
    return this.entries.length;
  }

  /** What came after a mark (taken or not). */
  since(mark, match = () => true) {
    return this.entries.slice(mark).filter(match);
  }

  #wait(match, timeout, what) {
    return new Promise((resolve, reject) => {
      const waiter = {
        offer: (entry) => {
          if (entry.taken || !match(entry)) return;
          entry.taken = true;
          settle();
          resolve(entry);
        },
        fail: (why) => {
          settle();
          reject(this.#failure(what, why));
        },
      };
      const timer = setTimeout(() => waiter.fail(`not within ${timeout} ms`), timeout);
      const settle = () => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
      };
      this.#waiters.add(waiter);
    });
  }

  #failure(what, why) {
    const tail = this.entries.slice(-12).map(brief).join('\n  ');
    return new Error(`${this.owner} waited for ${what}: ${why}; came last:\n  ${tail || '(nothing)'}`);
  }
}
