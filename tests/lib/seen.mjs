// A record of each (method, route, status) that a run saw, to compare with the OpenAPI document.
// Written only where ROLLCALL_SEEN names a file: one JSON object a line.
import { appendFileSync } from 'node:fs';

/** The documented routes; the more special stand before the ones that would swallow them. */
export const ROUTES = [
  '/api/subscriptions/presence/subscribe',
  '/api/subscriptions/presence/unsubscribe',
  '/api/subscriptions/presence/{userId}',
  '/api/subscriptions/presence/{userId}/subscribers',
  '/api/subscriptions/presence/{subscriberId}/subscribed-to/{targetUserId}',
  '/api/subscriptions/websocket/{userId}/sessions',
  '/api/subscriptions/websocket/session/{sessionId}',
  '/api/subscriptions/cleanup',
  '/api/presence/query',
  '/api/presence/{userId}',
  '/api/presence/{userId}/status',
  '/api/online',
  '/api/events/dead-letters',
  '/api/events/dead-letters/replay',
  '/health',
  '/health/live',
  '/health/ready',
  '/metrics',
  '/openapi.json',
  '/asyncapi.json',
  '/docs',
  '/dev/token',
  '/dev/hub/{userId}/stats',
  '/dev/redis/{userId}',
  '/ws',
  '/',
];

const pattern = (route) => new RegExp(`^${route.replace(/\{[^}]+\}/g, '[^/]+')}$`);
const PATTERNS = ROUTES.map((route) => [route, pattern(route)]);

/** The documented route that this path belongs to, or null. */
export function routeOf(path) {
  const bare = path.split('?')[0];
  return PATTERNS.find(([, match]) => match.test(bare))?.[0] ?? null;
}

/** Notes one answer. */
export function seen(method, path, status) {
  const file = process.env.ROLLCALL_SEEN;
  if (!file) return;
  // One short write in append mode: lines of several test processes do not mix.
  appendFileSync(file, `${JSON.stringify({ method, route: routeOf(path), status })}\n`);
}
