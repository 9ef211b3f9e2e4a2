// People who keep doing things while a test breaks what lies behind: the same deeds in every run.
import { pause } from './until.mjs';

/** Each does something this often, in milliseconds. */
const EVERY = 2_000;
/** The longest that anything may take a user. */
const PATIENCE = 8_000;

/** A small random generator. */
export function dice(seed) {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % sides;
  };
}

/** Somebody who keeps doing things, each a `deed()` of the subclass; what went wrong is kept. */
export class Person {
  wrongs = [];
  deeds = 0;

  constructor(cast, id, others, seed, { patience = PATIENCE } = {}) {
    Object.assign(this, { cast, id, others, patience, roll: dice(seed) });
  }

  /** Lives until the time that `end()` gives, whatever becomes of that meanwhile. */
  async live(end) {
    await pause(this.roll(EVERY));
    while (Date.now() < end()) {
      const begun = Date.now();
      await this.deed().catch((error) => this.wrongs.push(error.message));
      if (Date.now() - begun > this.patience) this.wrongs.push(`a deed took ${Date.now() - begun} ms`);
      this.deeds += 1;
      await pause(EVERY / 2 + this.roll(EVERY));
    }
  }

  /** Anybody else. */
  another() {
    const other = this.others[this.roll(this.others.length)];
    return other === this.id ? this.another() : other;
  }
}
