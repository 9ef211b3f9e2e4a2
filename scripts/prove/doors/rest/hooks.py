"""What schemathesis is taught here: checks of our own, and a count of the cases by operation and status."""

import atexit
import collections
import json
import os
import re

import schemathesis
from schemathesis.core.failures import Failure

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
MEMBERS = {"type": str, "title": str, "status": int, "detail": str, "code": str, "instance": str}
COUNTS = collections.Counter()


def fail(case, title, message):
    raise Failure(operation=case.operation.label, title=title, message=message)


@schemathesis.hook
def after_call(context, case, response):
    """Counts every answer."""
    mode = case.meta.generation.mode.value if case.meta else "other"
    COUNTS[(case.operation.label, mode, response.status_code)] += 1


def write_counts():
    """Leaves the counts where the caller asked for them."""
    path = os.environ.get("DOORS_COUNTS")
    if path:
        rows = [{"operation": o, "mode": m, "status": s, "count": n} for (o, m, s), n in sorted(COUNTS.items())]
        with open(path, "w", encoding="utf-8") as file:
            json.dump(rows, file)


atexit.register(write_counts)


@schemathesis.check
def every_answer_is_named(ctx, response, case):
    """Each answer carries `x-request-id`."""
    named = "".join(response.headers.get("x-request-id", []))
    if not REQUEST_ID.fullmatch(named):
        fail(case, "An answer without x-request-id", f"{response.status_code} carries {named!r}")


@schemathesis.check
def every_refusal_is_a_problem(ctx, response, case):
    """Each refusal is RFC 9457, also of methods and media types that the document does not have."""
    if response.status_code < 400 or case.method.upper() == "HEAD":
        return
    kind = "".join(response.headers.get("content-type", []))
    # /health/ready answers 503 with a report of its own.
    if kind == "application/json" and case.operation.label == "GET /health/ready":
        return
    if kind != "application/problem+json":
        fail(case, "A refusal that is no problem", f"{response.status_code} is {kind!r}")
    problem = response.json()
    wrong = [name for name, type_ in MEMBERS.items() if not isinstance(problem.get(name), type_)]
    if wrong or problem["status"] != response.status_code:
        fail(case, "A problem that is not whole", f"{wrong} of {problem}")


@schemathesis.check
def a_refusal_of_the_token_says_how(ctx, response, case):
    """401 carries `WWW-Authenticate`, 503 `Retry-After`, 405 `Allow`."""
    wanted = {401: "www-authenticate", 405: "allow", 503: "retry-after"}.get(response.status_code)
    if wanted and not response.headers.get(wanted):
        fail(case, f"{response.status_code} without {wanted}", "the header is missing")


@schemathesis.check
def only_what_is_opaque_is_refused(ctx, response, case):
    """What the document allows is never 400 or 422, unless it is a session id or a cursor that the server did not make."""
    if not case.meta or not case.meta.generation.mode.is_positive or response.status_code not in (400, 422):
        return
    problem = response.json()
    opaque = problem.get("code") == "invalid_session_id" or problem.get("detail", "").startswith("cursor ")
    opaque = opaque or [error.get("pointer") for error in problem.get("errors", [])] == ["#/cursor"]
    if not opaque:
        fail(case, "What the document allows is refused", json.dumps(problem))
