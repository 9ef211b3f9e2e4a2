// The embedded Redis of a server, spoken to over REST as any client would.
import assert from 'node:assert/strict';

/** A function that sends one command and gives its result: `await redis('GET', 'key')`. */
export function embedded(server) {
  return async (...command) => {
    const answer = await fetch(`${server.url}/embedded/redis`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.vars.UPSTASH_REDIS_REST_TOKEN}` },
      body: JSON.stringify(command),
      signal: AbortSignal.timeout(10_000),
    });
    const { result, error } = await answer.json();
    assert.equal(error, undefined, `${command.join(' ')}: ${error}`);
    return result;
  };
}
