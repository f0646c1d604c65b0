"""One person who uses every route of the service once, between many others' rows."""

from collections.abc import Mapping
from typing import Any

import httpx
from fastapi import FastAPI

from tests.chat.chatter import CHAT, Chatter
from tests.support.asgi_socket import asgi_socket
from tests.support.player import DIMENSIONS, Player

INTERNAL_KEY = "kunci-layanan-internal-9f3b"
TARGET = 1


async def use_every_route(app: FastAPI, player: Player) -> None:
    """From the first start to the erasing of everything."""
    client = player.client
    for path in ("/health/live", "/health", "/metrics", f"{CHAT}/health"):
        assert (await client.get(path)).status_code == 200
    token = await _journey(player)
    await _fit_check(player)
    chatter = Chatter(client, player.settings, player.user_id)
    await _talk(chatter)
    await _talk_about(chatter, token)
    await _notifications(app, chatter)
    await player.ok_get("/sessions")
    await player.ok_get("/sessions?limit=1&status=completed")
    await player.ok_get("/me/export")
    _gone(await player.delete(f"/sessions/{token}"))
    _gone(await player.delete("/me"))
    _gone(await chatter.send("DELETE", "/me"))


async def _journey(player: Player) -> str:
    await player.ok_get("/riasec/questions")
    await player.ok_get("/ikigai/dimensions")
    started = await player.start()
    await player.start()
    token = str(started["session_token"])
    reference = {"session_token": token}
    await player.ok_get(f"/riasec/questions/{token}")
    await player.submit_riasec(started, R=5, I=5, A=5, S=4, E=4, C=3)
    await player.submit_riasec(started, R=5, I=5, A=5, S=4, E=4, C=3)
    await player.ok_get(f"/riasec/result/{token}")
    content = await player.ok_post("/ikigai/start", reference)
    await player.ok_get(f"/ikigai/content/{token}")
    option = content["candidates_with_content"][0]["profession_id"]
    for dimension in DIMENSIONS:
        await player.answer(token, dimension, selected=option)
        await player.answer(token, dimension, selected=option)
    await player.ok_post("/ikigai/finalize", reference)
    for path in ("ikigai/result", "result/recommendation", "result/personality", "sessions"):
        await player.ok_get(f"/{path}/{token}")
    return token


async def _fit_check(player: Player) -> None:
    started = await player.start_fit_check(TARGET)
    await player.submit_riasec(started, I=5, C=4)
    await player.ok_get(f"/result/fit-check/{started['session_token']}")


async def _talk(chatter: Chatter) -> None:
    talk = await chatter.create(title="Rencana kuliah")
    said = await chatter.ok("POST", f"/conversations/{talk}/messages", {"content": "Halo"})
    again = f"/conversations/{talk}/messages/{said['assistant_message']['id']}/regenerate"
    await chatter.ok("POST", again)
    await _streamed(chatter, f"/conversations/{talk}/messages", {"content": "Lalu?"})
    await chatter.ok("GET", "/conversations", limit=1)
    await chatter.ok("GET", f"/conversations/{talk}")
    await chatter.ok("PUT", f"/conversations/{talk}", {"title": "Rencana kerja"})
    for path in ("messages", "suggestions", "usage"):
        await chatter.ok("GET", f"/conversations/{talk}/{path}")
    await chatter.ok("GET", "/usage/summary")
    _gone(await chatter.send("DELETE", f"/conversations/{talk}"))


async def _streamed(chatter: Chatter, path: str, body: Mapping[str, Any]) -> None:
    headers = {**chatter.headers, "Accept": "text/event-stream"}
    answer = await chatter.client.post(CHAT + path, json=body, headers=headers)
    assert "event: " in answer.text, answer.text


async def _talk_about(chatter: Chatter, token: str) -> None:
    mine = {"assessment_id": token}
    opened = await chatter.send("POST", "/conversations/from-assessment", mine)
    assert opened.status_code in (200, 201), opened.text
    await chatter.ok("GET", f"/conversations/assessment-ready/{chatter.user_id}")
    found = await chatter.ok("GET", f"/assessment/{token}/conversation")
    await chatter.ok("POST", f"/assessment/{token}/initialize", {})
    talk = found["conversation"]["id"]
    await chatter.ok("POST", f"/conversations/{talk}/context/assessment", mine)
    other_service = {"X-Internal-Key": INTERNAL_KEY}
    body = {"user_id": str(chatter.user_id), **mine}
    path = f"{CHAT}/conversations/auto-initialize"
    answer = await chatter.client.post(path, json=body, headers=other_service)
    assert answer.status_code == 200, answer.text


async def _notifications(app: FastAPI, chatter: Chatter) -> None:
    await chatter.ok("GET", "/notifications")
    await chatter.ok("GET", "/notifications", cursor=1_000_000_000)
    token = chatter.headers["Authorization"].removeprefix("Bearer ")
    async with asgi_socket(app, f"{CHAT}/ws") as socket:
        await socket.say({"type": "authenticate", "token": token, "last_event_id": 1})
        assert await socket.next() == "accept"
        await socket.next()
        await socket.leave()


def _gone(answer: httpx.Response) -> None:
    assert answer.status_code in (200, 204), answer.text
