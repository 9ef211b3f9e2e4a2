// Chance from a seed: the same seed makes the same choices on any machine.

/** A generator (mulberry32) with the choices that a fuzzer makes. */
export class Random {
  #state;

  constructor(seed) {
    this.#state = Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995;
  }

  /** From 0 (included) to 1 (excluded). */
  unit() {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `low` to `high`, both included. */
  int(low, high) {
    return low + Math.floor(this.unit() * (high - low + 1));
  }

  /** True once in `times`. */
  once(times) {
    return this.int(1, times) === 1;
  }

  pick(list) {
    return list[this.int(0, list.length - 1)];
  }

  bytes(count) {
    return Buffer.from(Array.from({ length: count }, () => this.int(0, 255)));
  }

  shuffled(list) {
    const all = [...list];
    for (let at = all.length - 1; at > 0; at -= 1) {
      const other = this.int(0, at);
      [all[at], all[other]] = [all[other], all[at]];
    }
    return all;
  }

  /** Another generator, so that what one part draws does not shift what another one does. */
  fork() {
    return new Random(this.int(0, 2 ** 31 - 1));
  }
}
