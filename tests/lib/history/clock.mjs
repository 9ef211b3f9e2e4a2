// The time of a batch of histories, in milliseconds since its beginning. It stands still while the server is away for
// longer than the histories have foreseen.
import { pause } from '../until.mjs';

export class Clock {
  #base;
  #up = Promise.resolve();
  /** By how much the server came back before its time; later is no harm, since nothing is due across its absence. */
  slack = 0;

  constructor(inMs) {
    this.#base = Date.now() + inMs;
  }

  now() {
    return Date.now() - this.#base;
  }

  /** The time of the batch at a time of the machine. */
  of(machine) {
    return machine - this.#base;
  }

  /** Resolves then. */
  async at(time) {
    for (;;) {
      await this.#up;
      const left = time - this.now();
      if (left <= 0) return;
      await pause(Math.min(left, 500));
    }
  }

  /** Until `work` is done nothing happens; it should be done at `time`. */
  async hold(time, work) {
    let done;
    this.#up = new Promise((resolve) => (done = resolve));
    try {
      await work();
      const late = this.now() - time;
      this.slack = Math.max(this.slack, -late);
      if (late > 0) this.#base += late;
    } finally {
      done();
    }
  }
}
