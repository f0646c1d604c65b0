"""Who did what in the chat: one row an act, with its request, and nothing of what was said."""

from typing import Any

from sqlalchemy import Engine, text

from app.core.settings import Settings
from tests.chat.chatter import Chatter, audit
from tests.support.player import Player

WORDS = "Aku ingin tahu kekuatanku yang paling kuat"
TARGET = text("SELECT id FROM professions WHERE riasec_code_id IS NOT NULL ORDER BY id LIMIT 1")


class Acts:
    """Calls, and the rows that they must have left: action, object, request."""

    def __init__(self, chatter: Chatter) -> None:
        self._chatter = chatter
        self.expected: list[tuple[str, str, str, str | None]] = []

    async def does(
        self, action: str, what: str | None, method: str, path: str, body: Any = None
    ) -> dict[str, Any]:
        response = await self._chatter.send(method, path, body)
        assert response.is_success, response.text
        found: dict[str, Any] = response.json()
        named = what or f"conversation:{found['id']}"
        self.expected.append(("user", action, named, response.headers["x-request-id"]))
        return found


async def test_every_act_leaves_one_row(
    chatter: Chatter, settings: Settings, engine: Engine
) -> None:
    acts = Acts(chatter)
    talk = (await acts.does("create", None, "POST", "/conversations", {"title": WORDS}))["id"]
    name, path = f"conversation:{talk}", f"/conversations/{talk}"
    await acts.does("update", name, "PUT", path, {"title": "Lain"})
    sent = await chatter.send("POST", f"{path}/messages", {"content": WORDS})
    said = sent.json()["user_message"]["id"]
    acts.expected.append(("user", "send", f"message:{said}", sent.headers["x-request-id"]))
    again = f"{path}/messages/{said}/regenerate"
    await acts.does("regenerate", f"message:{said}", "POST", again)
    token = await checked_fit(Player(chatter.client, settings, chatter.user_id), engine)
    opened = await chatter.send("POST", f"/assessment/{token}/initialize", {})
    assert opened.status_code == 200, opened.text
    found = await chatter.ok("GET", f"/assessment/{token}/conversation")
    about = f"conversation:{found['conversation']['id']}"
    acts.expected.append(("user", "initialize", about, opened.headers["x-request-id"]))
    await acts.does("delete", name, "DELETE", path)
    await acts.does("erase", f"user:{chatter.user_id}", "DELETE", "/me")
    assert audit(engine, chatter.user_id) == acts.expected
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT CAST(log AS text) FROM chat.audit_log log WHERE user_id = :user"),
            {"user": chatter.user_id},
        ).scalars()
        assert not any(word in row for row in rows for word in (WORDS, "Lain", "kekuatanku"))


async def test_looking_and_being_refused_leave_none(
    chatter: Chatter, stranger: Chatter, engine: Engine
) -> None:
    talk = await chatter.create()
    for path in ("/conversations", f"/conversations/{talk}", f"/conversations/{talk}/messages"):
        await chatter.ok("GET", path)
    for method, path in (("DELETE", ""), ("PUT", ""), ("POST", "/messages")):
        body = {"title": "x"} if method == "PUT" else {"content": "Halo"}
        sent = None if method == "DELETE" else body
        refused = await stranger.send(method, f"/conversations/{talk}{path}", sent)
        assert refused.status_code == 404
    assert [action for _, action, *_ in audit(engine, chatter.user_id)] == ["create"]
    assert audit(engine, stranger.user_id) == []


async def checked_fit(player: Player, engine: Engine) -> str:
    """The token of a finished fit check."""
    with engine.connect() as connection:
        target = connection.execute(TARGET).scalar_one()
    started = await player.start_fit_check(target)
    await player.submit_riasec(started, I=5, C=4, E=3)
    return str(started["session_token"])
