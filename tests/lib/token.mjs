// JWTs of every kind that a server must take or refuse, made with nothing but node:crypto.
import { createHmac, generateKeyPairSync, sign as signWith } from 'node:crypto';

/** The HS256 secret of the servers under test (32 bytes and more, as the contract asks). */
export const SECRET = 'test-secret-that-is-long-enough-for-hs256-0123456789';

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Seconds since the epoch, `offset` from now. */
export const seconds = (offset = 0) => Math.floor(Date.now() / 1000) + offset;

function signature(alg, input, key) {
  switch (alg) {
    case 'HS256':
      return createHmac('sha256', key).update(input).digest('base64url');
    case 'ES256':
      return signWith('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
    case 'RS256':
      return signWith('sha256', Buffer.from(input), key).toString('base64url');
    case 'none':
      return '';
    default:
      throw new Error(`no such algorithm: ${alg}`);
  }
}

/** A token with exactly these claims. */
export function jwt(claims, { alg = 'HS256', key = SECRET, header = {} } = {}) {
  const input = `${encode({ alg, typ: 'JWT', ...header })}.${encode(claims)}`;
  return `${input}.${signature(alg, input, key)}`;
}

/** A good token for this user, an hour long unless `claims` say otherwise. */
export const tokenFor = (userId, claims = {}, options = {}) =>
  jwt({ sub: userId, exp: seconds(3600), ...claims }, options);

/** A key pair for ES256 or RS256: `{privateKey, publicPem}`. */
export function keyPair(alg) {
  const pair = alg === 'ES256'
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { privateKey: pair.privateKey, publicPem: pair.publicKey.export({ type: 'spki', format: 'pem' }) };
}

/** Tokens that must never be taken, by what is wrong with them. */
export function badTokens(userId) {
  const good = tokenFor(userId);
  const [header, , mark] = good.split('.');
  const otherClaims = encode({ sub: `${userId}x`, exp: seconds(3600) });
  return {
    'expired beyond the leeway': tokenFor(userId, { exp: seconds(-120) }),
    'not valid yet': tokenFor(userId, { nbf: seconds(600) }),
    'without exp': jwt({ sub: userId }),
    'without sub': jwt({ exp: seconds(3600) }),
    'signed with another secret': tokenFor(userId, {}, { key: 'another-secret-that-is-also-long-enough-000000' }),
    'of algorithm none': tokenFor(userId, {}, { alg: 'none' }),
    'of algorithm none with a signature': `${tokenFor(userId, {}, { alg: 'none' })}${mark}`,
    'with other claims under a good signature': `${header}.${otherClaims}.${mark}`,
    'claiming ES256 under an HMAC': jwt({ sub: userId, exp: seconds(3600) }, { header: { alg: 'ES256' } }),
    'without a signature': good.split('.').slice(0, 2).join('.'),
    'that is no token': 'not-a-token',
    'whose sub is no user id': tokenFor('a b:c'),
  };
}
