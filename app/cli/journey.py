"""Sari's journey, as the demo plays and tells it."""

from typing import Any

import httpx
from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from app.cli.problems import CommandError

API = "/api/v1/career-profile"
WIDTH = 100
MAX_WAITS = 5  # for a result that is still being made, CLIENT_WAIT_S each

# Sari is curious and careful: her answers by letter, first and later items.
LIKES = {"R": (2, 3), "I": (5, 5), "A": (3, 2), "S": (3, 3), "E": (2, 3), "C": (4, 5)}
STORIES = {
    "what_you_love": (
        "Aku betah berjam-jam merapikan tabel angka penjualan warung ibu di Excel, lalu mencari"
        " tahu kenapa hari Jumat selalu ramai. Rasanya seperti memecahkan teka-teki."
    ),
    "what_you_are_good_at": (
        "Tahun lalu aku membuat laporan nilai untuk 36 teman sekelas dengan rumus Excel dan grafik,"
        " dan guruku memakainya sampai sekarang. Aku teliti dan cepat menemukan angka yang janggal."
    ),
    "what_the_world_needs": (
        "Banyak UMKM di pasar dekat rumahku tidak tahu barang mana yang untung. Aku ingin membantu"
        " mereka membaca data penjualan supaya tidak salah membeli stok."
    ),
    "what_you_can_be_paid_for": (
        "Aku pernah dibayar tetangga 150 ribu untuk merapikan data pelanggan katering dan membuat"
        " laporan bulanan. Aku ingin hidup dari pekerjaan mengolah data seperti itu."
    ),
}
CERTAINTY = {
    "clear": "clear: the first places stand well apart",
    "close": "close: the first places are nearer to each other than the model is precise",
}
CHOICES = {"what_you_love": 1, "what_the_world_needs": 2}  # display order of what she taps


class Journey:
    """Plays the Flutter app for one user and tells what happens."""

    def __init__(self, client: httpx.Client, console: Console) -> None:
        self._client = client
        self._console = console

    def play(self) -> str:
        """The session token of the recommendation."""
        token = self._start()
        self._answer_riasec(token)
        options = self._begin_ikigai(token)
        self._answer_dimensions(token, options)
        dream = self._show_result(token)
        self._check_fit(dream)
        return token

    def _start(self) -> str:
        started = self._call("POST", "/recommendation/start", {"persona_type": "pathfinder"})
        self._step(1, f"Sari starts a recommendation run: {started['total_questions']} questions")
        return str(started["session_token"])

    def _answer_riasec(self, token: str) -> None:
        result = self._fill_in(token, shown=3)
        code = result["riasec_code_info"]
        scores = "  ".join(f"{letter} {score}" for letter, score in result["scores"].items())
        self._step(2, f"Her interests: [bold]{code['riasec_code']}[/bold], {code['riasec_title']}")
        self._tell(f"{scores}   [dim]({result['classification_type']})[/dim]")
        self._tell(f"{code['riasec_description']}")
        self._tell(f"{result['total_candidates']} candidate professions")

    def _fill_in(self, token: str, shown: int) -> dict[str, Any]:
        """Answer the session's questions as Sari does, telling the first few; the result."""
        bank = self._call("GET", "/riasec/questions")["data"]
        letter_of = {place: item["id"][0] for place, item in enumerate(bank, start=1)}
        questions = self._call("GET", f"/riasec/questions/{token}")
        seen: dict[str, int] = {}
        responses = []
        for question in questions["questions"]:
            letter = letter_of[question["question_id"]]
            value = LIKES[letter][min(seen.get(letter, 0), 1)]
            seen[letter] = seen.get(letter, 0) + 1
            responses.append({"question_id": question["question_id"], "answer_value": value})
            if len(responses) <= shown:
                label = questions["scale"][value - 1]["label"]
                self._tell(f"“{question['text']}”  [cyan]{label}[/cyan]")
        self._tell(f"[dim]... and {len(responses) - shown} more[/dim]")
        return self._call(
            "POST", "/riasec/submit", {"session_token": token, "responses": responses}
        )

    def _begin_ikigai(self, token: str) -> dict[int, int]:
        """Profession id of each option by display order."""
        with self._console.status("The model writes the options ..."):
            content = self._call("POST", "/ikigai/start", {"session_token": token})
        self._step(3, "Ikigai begins with the five best candidates")
        for option in content["candidates_with_content"]:
            text = option["dimension_content"]["what_you_love"]
            name = f"{option['display_order']}. {option['profession_name']}"
            self._tell(f"[bold]{name}[/bold] [dim]{option['congruence_score']}[/dim]")
            self._tell(f"{text}", indent=6)
        return {
            item["display_order"]: item["profession_id"]
            for item in content["candidates_with_content"]
        }

    def _answer_dimensions(self, token: str, options: dict[int, int]) -> None:
        self._step(4, "Sari answers the four dimensions in her own words")
        answer: dict[str, Any] = {}
        for info in self._call("GET", "/ikigai/dimensions")["dimensions"]:
            selected = options.get(CHOICES.get(info["key"], 0))
            body = {
                "session_token": token,
                "dimension_name": info["key"],
                "selected_profession_id": selected,
                "selection_type": "selected" if selected else "not_selected",
                "reasoning_text": STORIES[info["key"]],
            }
            self._tell(f"[bold]{info['label']}[/bold]")
            self._tell(f"[italic]{STORIES[info['key']]}[/italic]", indent=6)
            with self._console.status("The model reads what she wrote ..."):
                answer = self._call("POST", "/ikigai/submit-dimension", body)
        for _ in range(MAX_WAITS):
            if answer["status"] == "completed":
                return
            answer = self._call("POST", "/ikigai/finalize", {"session_token": token})
        raise CommandError("the result was not ready in time")

    def _show_result(self, token: str) -> dict[str, Any]:
        """Tells the two professions; the candidate that came last of all."""
        result = self._call("GET", f"/result/recommendation/{token}")
        professions = result["recommended_professions"]
        if len(professions) != 2:
            raise CommandError(f"the journey ended with {len(professions)} professions, not two")
        self._step(5, f"Two professions for {result['user_first_name']}")
        for profession in professions:
            self._console.print(profession_panel(profession))
        self._tell(f"[dim]{CERTAINTY[result['certainty']]}[/dim]")
        if result["quality"]["note"]:
            self._tell(f"[dim]{result['quality']['note']}[/dim]")
        last: dict[str, Any] = result["candidate_profession_names"][-1]
        return last

    def _check_fit(self, dream: dict[str, Any]) -> None:
        """How well one profession fits: the same questions, compared with its code."""
        body = {"persona_type": "builder", "target_profession_id": dream["profession_id"]}
        started = self._call("POST", "/fit-check/start", body)
        self._step(6, f"Would [bold]{dream['name']}[/bold] fit her? She answers once more")
        self._fill_in(started["session_token"], shown=1)
        result = self._call("GET", f"/result/fit-check/{started['session_token']}")
        verdict = result["fit_check_result"]
        stars = "★" * verdict["match_stars"] + "☆" * (3 - verdict["match_stars"])
        codes = (
            f"{result['user_riasec']['riasec_code']} → {result['target_profession']['riasec_code']}"
        )
        self._tell(f"[yellow]{stars}[/yellow] {verdict['match_label']}  {codes}")
        self._tell(f"{verdict['explanation']['meaning']}")
        for step in verdict["explanation"]["next_steps"]:
            self._tell(f"[cyan]·[/cyan] {step}")

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            response = self._client.request(method, API + path, json=body)
        except httpx.HTTPError as error:
            raise CommandError(f"{method} {path} got no answer ({type(error).__name__})") from None
        if response.status_code != 200:
            raise CommandError(f"{method} {path} answered {response.status_code}")
        found: dict[str, Any] = response.json()
        return found

    def _step(self, number: int, text: str) -> None:
        self._console.print(f"\n[green]{number}[/green] {text}")

    def _tell(self, text: str, indent: int = 3) -> None:
        self._console.print(Padding(text, (0, 0, 0, indent), expand=False), width=WIDTH)


def profession_panel(profession: dict[str, Any]) -> Panel:
    """Name, percentage, reason and scores of a recommended profession."""
    scores = profession["score_breakdown"]
    table = Table.grid(padding=(0, 2))
    for key, label in (
        ("score_what_you_love", "suka"),
        ("score_what_you_are_good_at", "kuasai"),
        ("score_what_the_world_needs", "dibutuhkan"),
        ("score_what_you_can_be_paid_for", "dibayar"),
    ):
        bar = "█" * round(scores[key])
        table.add_row(label, f"{scores[key]:5.2f}", f"[cyan]{bar}[/cyan]")
    alignment = profession["riasec_alignment"]
    table_title = f"{profession['rank']}. {profession['profession_name']}"
    body = Table.grid()
    body.add_row(profession["match_reasoning"])
    body.add_row("")
    body.add_row(table)
    for phrase in profession["explanation"]["phrases"][:1]:
        body.add_row("")
        body.add_row(Text(f"“{phrase}”", style="italic"))
    return Panel(
        body,
        title=f"[bold]{table_title}[/bold]  {profession['match_percentage']:.2f} / 100",
        subtitle=f"{alignment['user_code']} → {alignment['profession_code']},"
        f" {alignment['congruence_type']} {alignment['congruence_score']}",
        title_align="left",
        subtitle_align="left",
        width=WIDTH,
    )
