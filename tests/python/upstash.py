"""The unmodified `upstash-redis` against a server of its protocol: `upstash.py URL TOKEN`.

Prints a line for each part that held, and ends with a traceback at the first that did not.
"""

import asyncio
import sys

from upstash_redis import Redis
from upstash_redis.asyncio import Redis as AsyncRedis
from upstash_redis.errors import UpstashError

URL, TOKEN = sys.argv[1:]
SETTINGS = {"url": URL, "token": TOKEN, "allow_telemetry": False, "rest_retries": 0}


def same(found, wanted):
    assert found == wanted, f"{found!r} is not {wanted!r}"


def refused(words, call):
    try:
        found = call()
    except UpstashError as error:
        assert words in str(error), error
    else:
        raise AssertionError(f"{found!r}, not refused")


def strings(redis):
    text = 'wört "quoted" \0 \u2603'
    same(redis.set("k", text), True)
    same(redis.get("k"), text)
    same(redis.set("k", "new", nx=True), False)
    same(redis.set("k", "other", xx=True, get=True), text)
    redis.set("k", "short", ex=100)
    assert 90 < redis.ttl("k") <= 100
    same(redis.incr("n"), 1)
    same(redis.incrbyfloat("n", 1.5), 2.5)
    same(redis.mget("n", "nothing"), ["2.5", None])
    same(redis.get("nothing"), None)
    same(redis.delete("k", "n"), 2)


def sets(redis):
    same(redis.sadd("s", "a", "b", "c"), 3)
    same(redis.srem("s", "c", "d"), 1)
    same(sorted(redis.smembers("s")), ["a", "b"])
    same(redis.sismember("s", "a"), True)
    same(redis.scard("s"), 2)
    cursor, found = redis.sscan("s", 0)
    same((int(cursor), sorted(found)), (0, ["a", "b"]))
    same(redis.type("s"), "set")


def hashes(redis):
    same(redis.hset("h", values={"one": 1, "two": "zwei"}), 2)
    same(redis.hgetall("h"), {"one": "1", "two": "zwei"})
    same(redis.hincrby("h", "one", 2), 3)
    same(redis.hdel("h", "one"), 1)


def expiry(redis):
    same(redis.expire("s", 100), True)
    same(redis.persist("s"), True)
    same((redis.ttl("s"), redis.ttl("nothing")), (-1, -2))
    same(redis.exists("s", "h", "nothing"), 2)


def pipelines(redis):
    pipeline = redis.pipeline()
    pipeline.set("p", 1)
    pipeline.incr("p")
    pipeline.get("p")
    same(pipeline.exec(), [True, 2, "2"])
    transaction = redis.multi()
    transaction.sadd("r", "x")
    transaction.smembers("r")
    same(transaction.exec(), [1, ["x"]])


def errors(redis):
    redis.set("text", "x")
    refused("WRONGTYPE Operation against a key holding the wrong kind of value", lambda: redis.sadd("text", "m"))
    refused("not an integer", lambda: redis.incr("text"))
    refused("wrong number of arguments", lambda: redis.execute(["GET"]))
    refused("WRONGPASS", lambda: Redis(**{**SETTINGS, "token": "wrong"}).ping())


def plain(_):
    """Without base64 it is the same."""
    with Redis(**SETTINGS, rest_encoding=None) as redis:
        redis.set("plain", "ü")
        same(redis.get("plain"), "ü")


def at_once(_):
    async def ask():
        async with AsyncRedis(**SETTINGS) as redis:
            same(await redis.set("async", "a"), True)
            same(await asyncio.gather(*(redis.get("async") for _ in range(20))), ["a"] * 20)

    asyncio.run(ask())


def end(redis):
    same(redis.ping(), "PONG")
    assert redis.dbsize() > 3
    same(redis.flushdb(), True)
    same(redis.dbsize(), 0)


with Redis(**SETTINGS) as client:
    for part in [strings, sets, hashes, expiry, pipelines, errors, plain, at_once, end]:
        part(client)
        print(part.__name__)
