"""The floors: bare endpoints of the same framework that do a route's SQL and give its JSON.

    python -m bench.floors --port PORT

F2 (`two`) runs two plain statements in psycopg2's default transaction, F1a (`one`) a single one in
autocommit; both on a psycopg2 pool, in a thread, as the service does. There is no login, limit,
log line, metric, validation or rule: the caller is a header, the answer a sample that `PUT
/samples/{route}` left, with the session's token.
"""

import argparse
import asyncio
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Literal
from uuid import uuid4

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from psycopg2.extras import Json, RealDictCursor
from psycopg2.pool import ThreadedConnectionPool

from bench import floor_statements as statements

CONNECTIONS = 5  # as DB_POOL_SIZE and DB_THREADS
Kind = Literal["two", "one"]
Values = dict[str, Any]
CANDIDATE_ROUTE = "riasec_submit"

app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
threads = ThreadPoolExecutor(CONNECTIONS)
samples: dict[str, dict[str, Any]] = {}
pools: dict[str, ThreadedConnectionPool] = {}


@contextmanager
def cursor(kind: Kind) -> Iterator[Any]:
    """In a transaction that is committed, or (one statement) in autocommit."""
    pool = pools[kind]
    connection = pool.getconn()
    try:
        if kind == "one":
            connection.autocommit = True
            with connection.cursor(cursor_factory=RealDictCursor) as found:
                yield found
        else:
            with connection, connection.cursor(cursor_factory=RealDictCursor) as found:
                yield found
    finally:
        pool.putconn(connection)


def run_one(statement: str, values: Values) -> None:
    with cursor("one") as found:
        found.execute(statement, values)
        assert found.fetchone()


def run_two(pair: tuple[str, str], values: Values) -> None:
    """The first finds the caller (and session), whose id the second may use."""
    with cursor("two") as found:
        found.execute(pair[0], values)
        row = found.fetchone()
        assert row
        found.execute(pair[1], {**values, "id": row["id"]})
        assert found.fetchone()


async def in_thread(work: Callable[..., None], *arguments: Any) -> None:
    await asyncio.get_running_loop().run_in_executor(threads, work, *arguments)


def answer(route: str, token: str) -> JSONResponse:
    return JSONResponse(samples[route] | {"session_token": token})


@app.get("/live")
async def live() -> dict[str, str]:
    return {"status": "alive"}


@app.put("/samples/{route}")
async def take_sample(route: str, request: Request) -> dict[str, str]:
    samples[route] = await request.json()
    return {"status": "taken"}


@app.get("/{kind}/read/{route}/{token}")
async def read(kind: Kind, route: str, token: str, request: Request) -> JSONResponse:
    two, one = statements.READS[route]
    values = {"user": request.headers["x-user-id"], "token": token}
    if kind == "one":
        await in_thread(run_one, one, values)
    else:
        await in_thread(run_two, (statements.CALLER, two), values)
    return answer(route, token)


@app.post("/{kind}/submit_dimension")
async def submit_dimension(kind: Kind, request: Request) -> JSONResponse:
    body = await request.json()
    name = body["dimension_name"]
    values: Values = {"user": request.headers["x-user-id"], "token": body["session_token"]}
    values["answer"] = Json({key: body[key] for key in body if key != "session_token"})
    if kind == "one":
        await in_thread(run_one, statements.SAVE_ANSWER_IN_ONE[name], values)
    else:
        await in_thread(run_two, statements.SAVE_ANSWER_IN_TWO[name], values)
    return answer("submit_dimension", body["session_token"])


@app.post("/{kind}/start")
async def start(kind: Kind, request: Request) -> JSONResponse:
    body = await request.json()
    token = str(uuid4())
    values: Values = {"user": request.headers["x-user-id"], "token": token}
    values |= {
        "persona": body["persona_type"],
        "question_ids": Json(samples["start"]["question_ids"]),
    }
    if kind == "one":
        await in_thread(run_one, statements.START_IN_ONE, values)
    else:
        await in_thread(run_two, statements.START_IN_TWO, values)
    return answer("start", token)


@app.post("/{kind}/riasec_submit")
async def riasec_submit(kind: Kind, request: Request) -> JSONResponse:
    body = await request.json()
    values: Values = {"user": request.headers["x-user-id"], "token": body["session_token"]}
    values |= {"code": samples[CANDIDATE_ROUTE]["riasec_code_info"]["riasec_code"]}
    values |= {"responses": Json({"responses": body["responses"]})}
    values |= {"candidates": Json({"candidates": samples[CANDIDATE_ROUTE]["candidates"]})}
    if kind == "one":
        await in_thread(run_one, statements.SUBMIT_IN_ONE, values)
    else:
        await in_thread(run_two, statements.SUBMIT_IN_TWO, values)
    return answer(CANDIDATE_ROUTE, body["session_token"])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    port: int = parser.parse_args().port
    for kind in ("one", "two"):
        pools[kind] = ThreadedConnectionPool(CONNECTIONS, CONNECTIONS, os.environ["DATABASE_URL"])
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
