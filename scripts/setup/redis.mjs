// A Redis server for the tests: the system's own, or Debian's where we may install it.
import { ensureProgram, how } from '../lib/debian.mjs';

const REDIS = {
  what: 'Redis',
  names: ['redis-server'],
  variable: 'REDIS_SERVER_BIN',
  packages: ['redis-server', 'redis-tools'],
};

/** What to do where we can do nothing. */
export const HOW = how(REDIS);

/** The path of a Redis server, installed if need be and possible; `undefined` otherwise. */
export const ensureRedis = () => ensureProgram(REDIS);
