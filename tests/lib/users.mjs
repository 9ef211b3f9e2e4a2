// Each test has users of its own, so that all tests of a file can share a server.
import { randomBytes, randomUUID } from 'node:crypto';

/** A user id that no other test has: `alice-1f9c…`. */
export const user = (name = 'user') => `${name}-${randomBytes(6).toString('hex')}`;

/** A user id in the form of the original system. */
export const uuidUser = () => randomUUID();

/** `count` user ids: `name-0-…`, `name-1-…`. */
export const users = (count, name = 'user') => Array.from({ length: count }, (_, i) => user(`${name}-${i}`));
