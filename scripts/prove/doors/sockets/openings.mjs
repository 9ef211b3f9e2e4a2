// How a client knocks: which protocols it offers, where its token is, what its query says; well or oddly.
import { jwt, seconds, tokenFor } from '../../../../tests/lib/token.mjs';
import { TEXTS } from './nasty.mjs';

const VERSIONS = ['1.0', '1.1', '1.2'];
const STOMP = { '1.0': 'v10.stomp', '1.1': 'v11.stomp', '1.2': 'v12.stomp' };
const JSON_PROTOCOL = 'rollcall.v1.json';

/** What is offered where the first frame decides: nothing. */
function spoken(random) {
  const undecided = random.once(4);
  if (random.once(2)) return { speaks: 'json', protocols: undecided ? [] : [JSON_PROTOCOL] };
  const version = random.pick(VERSIONS);
  return { speaks: 'stomp', version, protocols: undecided ? [] : [STOMP[version]] };
}

/** Offers that no client of ours makes. `ws` would refuse to send some, so they go as a header. */
function oddOffer(random) {
  return random.pick([
    'mqtt', 'mqtt, v12.stomp', 'v12.stomp, rollcall.v1.json', 'V12.STOMP', 'v99.stomp', ',,,', ' ', 'bearer.', 'bearer.a.b.c', 'bearer.x, v12.stomp',
    'v12.stomp,v12.stomp', `${'x'.repeat(3_000)}, v11.stomp`, Array(300).fill('v10.stomp').join(','), 'v12.stomp;q=1', '"v12.stomp"',
  ]);
}

function badToken(random, userId) {
  const good = tokenFor(userId);
  return random.pick([
    'x', '..', 'a.b.c', good.slice(0, -3), `${good}x`, good.toUpperCase(), 'x'.repeat(7_000),
    tokenFor(userId, { exp: seconds(-120) }), tokenFor(userId, { nbf: seconds(900) }), tokenFor('a b:c'), tokenFor('..'), jwt({ sub: userId }),
    jwt({ sub: userId, exp: 'soon' }), jwt({ sub: 7, exp: seconds(60) }), jwt([userId]), jwt(null),
    tokenFor(userId, {}, { alg: 'none' }), tokenFor(userId, {}, { header: { alg: ['HS256'], crit: ['x'] } }),
    tokenFor(userId, {}, { key: 'another-secret-that-is-also-long-enough-000000' }),
  ]);
}

function oddQuery(random) {
  const names = ['deviceType', 'deviceName', 'appVersion', 'resume', 'x', '', 'access_token[]', '__proto__'];
  return Array.from({ length: random.int(1, 6) }, () => [random.pick(names), random.pick(TEXTS)]);
}

/** Bytes of a query that are no encoding of anything. */
const RAW_QUERIES = ['%', '%zz', '%ff%fe', 'resume=%00', 'deviceName=%ed%a0%80', '&&&==&', '?', 'resume&deviceType', `a=${'b'.repeat(5_000)}`, 'deviceType=web&deviceType=tv'];

/** Where the token goes. */
function carried(random, token, opening) {
  switch (random.int(0, 3)) {
    case 0: return { ...opening, query: [...opening.query, ['access_token', token]] };
    case 1: return opening.protocols.length > 0 && /^[\w.~+-]+$/.test(token)
      ? { ...opening, protocols: random.shuffled([...opening.protocols, `bearer.${token}`]) }
      : { ...opening, headers: { authorization: `Bearer ${token}` } };
    default: return { ...opening, headers: { authorization: `Bearer ${token}` } };
  }
}

/** What one opening is spoilt by, if by anything. */
const ODDITIES = {
  'odd subprotocols': (random, opening) => ({ ...opening, protocols: [], offer: oddOffer(random), anyhow: true }),
  'a bad token': (random, opening) => ({ ...opening, token: badToken(random, opening.userId), anyhow: true }),
  'a token for ever': (random, opening) => ({ ...opening, token: jwt({ sub: opening.userId, exp: random.pick([1e300, 2 ** 53, 2 ** 63, 1e15, 4e9 + 0.5]) }), anyhow: true }),
  'no token': (_, opening) => ({ ...opening, token: undefined, anyhow: true }),
  'an odd query': (random, opening) => ({ ...opening, query: [...opening.query, ...oddQuery(random)] }),
  'a query that is none': (random, opening) => ({ ...opening, rawQuery: random.pick(RAW_QUERIES), anyhow: true }),
  'a garbled resume token': (random, opening) => ({ ...opening, resume: 'garbled' }),
  "another's resume token": (_, opening) => ({ ...opening, resume: 'stolen' }),
  'the own resume token': (_, opening) => ({ ...opening, resume: 'own' }),
  'odd headers': (random, opening) => ({
    ...opening,
    anyhow: true,
    more: { 'user-agent': 'x'.repeat(random.pick([0, 1, 2_000])), origin: random.pick(['null', 'http://elsewhere.example', 'x', '']), 'sec-ch-ua-platform': random.pick(['"Android"', '"', '']) },
  }),
};

/** The names of the oddities, to count them. */
export const ODDITY_NAMES = Object.keys(ODDITIES);

/** An opening for this user: `{speaks, version?, protocols, query, headers, …, oddity?}`. */
export function opening(random, userId) {
  const plain = { userId, token: tokenFor(userId), query: [], headers: {}, more: {}, ...spoken(random) };
  const oddity = random.once(3) ? random.pick(ODDITY_NAMES) : undefined;
  const spoilt = oddity ? { ...ODDITIES[oddity](random, plain), oddity } : plain;
  return spoilt.token === undefined ? spoilt : carried(random, spoilt.token, spoilt);
}
