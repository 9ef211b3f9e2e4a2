// What a seed is: who connects how, does what, spoilt by what, and goes how. Nothing else is left to chance.
import { ending } from './endings.mjs';
import { jsonHistory, stompHistory } from './histories.mjs';
import { MUTATIONS } from './mutations.mjs';
import { opening } from './openings.mjs';
import { Random } from './random.mjs';

/** Bystanders: attacked only by what anybody may send them. */
export const BYSTANDERS = { json: 'bystander-json', stomp: 'bystander-stomp', watched: 'bystander-watched' };

const NAMES = Object.keys(MUTATIONS);

function client(random, userId, people) {
  const knock = opening(random.fork(), userId);
  const valid = knock.speaks === 'json' ? jsonHistory(random.fork(), people) : stompHistory(random.fork(), people, knock.version);
  // Now and then words of the other protocol altogether.
  const said = random.once(15) ? jsonHistory(random.fork(), people) : valid;
  const mutations = Array.from({ length: random.int(0, 3) }, () => random.pick(NAMES));
  const steps = mutations.reduce((before, name) => MUTATIONS[name](random.fork(), before), said);
  return { opening: knock, mutations, steps, ending: ending(random.fork()), delay: random.int(0, 60) };
}

/** `{seed, me, other, clients, evicts, revokes}` of a seed. */
export function planOf(seed) {
  const random = new Random(seed);
  const me = `fuzz-${seed}-me`;
  const other = `fuzz-${seed}-other`;
  const people = [me, other, BYSTANDERS.json, BYSTANDERS.stomp, `fuzz-${seed}-nobody`];
  // More than a user may have, once in a while.
  const count = random.once(15) ? 24 : random.int(1, 5);
  const clients = Array.from({ length: count }, () => client(random, me, people));
  const evicts = clients.some(({ steps }) => steps.some((step) => step.do === 'evict'));
  return { seed, me, other, clients, evicts, revokes: random.once(3) };
}
