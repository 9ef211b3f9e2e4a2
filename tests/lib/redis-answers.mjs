// When two servers answer the same over REST: what has no order is put in one, times may differ by what passes between
// two questions. As `crates/embedded-redis/tests/differential/compare.rs` compares what comes over a socket.
import { isDeepStrictEqual } from 'node:util';

/** What answers by chance, and would part the two; and what no gateway may pass on, since others share its connection. */
const LEFT_OUT = new Set(['SPOP', 'SRANDMEMBER', 'RANDOMKEY', 'SELECT']);
/** So many elements of an answer belong together, in any order. */
const UNORDERED = { SMEMBERS: 1, SINTER: 1, SUNION: 1, SDIFF: 1, KEYS: 1, HKEYS: 1, HVALS: 1, HGETALL: 2 };
const SCANS = { SCAN: 1, SSCAN: 1, HSCAN: 2 };
/** A second of each. */
const TIMES = { TTL: 1n, EXPIRETIME: 1n, PTTL: 1_000n, PEXPIRETIME: 1_000n };
/** So late that times are not told apart. */
const FAR = 9_000_000_000_000n;
/** Redis goes on with the name of its setting, which nobody has here. */
const TOO_LONG = 'ERR string exceeds maximum allowed size (';

const nameOf = ([name]) => name.toUpperCase();

/** The commands of a request that can be compared; in a transaction nobody can first look for keys that are over. */
export function comparable({ path, commands }, keys) {
  const kept = commands.filter((command) => !LEFT_OUT.has(nameOf(command)));
  // Keys that are over count until somebody looks.
  const counted = (command) => (path === 'pipeline' ? [['EXISTS', ...keys], command] : []);
  return kept.flatMap((command) => (nameOf(command) === 'DBSIZE' ? counted(command) : [command]));
}

/** All that is there, as a pipeline. */
export const wholeState = (keys) => [
  ['EXISTS', ...keys],
  ['DBSIZE'],
  ...keys.flatMap((key) => ['TYPE', 'PTTL', 'GET', 'SMEMBERS', 'HGETALL'].map((name) => [name, key])),
];

/** Numbers as they were written: they may be longer than JavaScript holds. */
export const parsed = (text) => JSON.parse(text, (_, value, { source }) => (typeof value === 'number' ? (/^-?\d+$/.test(source) ? BigInt(source) : source) : value));

function inOrder(elements, together) {
  const groups = [];
  for (let at = 0; at < elements.length; at += together) groups.push(JSON.stringify(elements.slice(at, at + together)));
  return groups.sort();
}

const sameSet = (here, there, together) => isDeepStrictEqual(inOrder(here, together), inOrder(there, together));

function sameTime(here, there, second) {
  if (here > FAR && there > FAR) return true;
  const apart = here > there ? here - there : there - here;
  return here >= 0n && there >= 0n ? apart <= second : here === there;
}

/** A scan that begins in the middle, or does not find all at once: steps differ. */
function goesOn([, ...words], name) {
  const cursor = name === 'SCAN' ? words[0] : words[1];
  const all = words.at(-2) === 'COUNT' && words.at(-1) === '1000';
  return !all || cursor === undefined || /[1-9]/.test(cursor);
}

function sameResult(command, here, there) {
  const name = nameOf(command);
  if (TIMES[name]) return sameTime(here, there, TIMES[name]);
  if (here === null || there === null) return here === there;
  if (UNORDERED[name]) return sameSet(here, there, UNORDERED[name]);
  if (SCANS[name]) return goesOn(command, name) || sameSet(here[1], there[1], SCANS[name]);
  return isDeepStrictEqual(here, there);
}

/** Whether both answer this command in the same way: `{result}` or `{error}`. */
export function same(command, here, there) {
  if ('error' in here || 'error' in there) {
    return here.error === there.error || [here, there].every(({ error }) => error?.startsWith(TOO_LONG));
  }
  return sameResult(command, here.result, there.result);
}
