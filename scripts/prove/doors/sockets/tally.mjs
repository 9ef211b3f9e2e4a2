// What a run did, counted: a fuzzer that does not say so may well have done nothing.
import { ENDING_NAMES } from './endings.mjs';
import { MUTATIONS } from './mutations.mjs';
import { ODDITY_NAMES } from './openings.mjs';

const add = (map, name, count = 1) => map.set(name, (map.get(name) ?? 0) + count);
const list = (map) => [...map].sort(([, a], [, b]) => b - a).map(([name, count]) => `${name} ${count}`).join(', ');

export class Tally {
  seeds = 0;
  sockets = 0;
  sent = 0;
  received = 0;
  mutations = new Map();
  openings = new Map();
  endings = new Map();
  closes = new Map();
  refused = new Map();
  /** Seeds in which a cut connection was noticed only by the session's time. */
  late = 0;

  /** Adds what became of a plan. */
  add(plan, { clients, late }) {
    this.seeds += 1;
    this.late += late ? 1 : 0;
    this.sockets += clients.length;
    for (const { mutations, opening, ending } of plan.clients) {
      mutations.forEach((name) => add(this.mutations, name));
      if (opening.oddity) add(this.openings, opening.oddity);
      add(this.endings, ending.name);
    }
    for (const client of clients) {
      this.sent += client.sent ?? 0;
      this.received += client.received.length;
      if (client.refused) add(this.refused, client.refused);
      else add(this.closes, client.closed?.code ?? 'stayed');
    }
  }

  /** The names that never came about. */
  missing() {
    const unused = (names, map) => names.filter((name) => !map.has(name));
    return [...unused(Object.keys(MUTATIONS), this.mutations), ...unused(ODDITY_NAMES, this.openings), ...unused(ENDING_NAMES, this.endings)];
  }

  lines() {
    return [
      `${this.seeds} seeds, ${this.sockets} sockets, ${this.sent} frames sent, ${this.received} received`,
      `spoilt by: ${list(this.mutations)}`,
      `odd openings: ${list(this.openings)}`,
      `ended by: ${list(this.endings)}`,
      `closed with: ${list(this.closes)}; upgrades refused with: ${list(this.refused) || 'none'}`,
      `seeds in which only its own time ended a session whose connection was cut: ${this.late}`,
    ];
  }
}
