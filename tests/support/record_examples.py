"""The examples of the OpenAPI document: `python -m tests.support.record_examples`.

Plays the recorded journey and writes `app/reference/examples/<operation id>.json` anew.
"""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from app.core.embedded import EmbeddedPostgres
from app.core.logging import configure_logging
from tests.support.databases import ROOT, copy_of, template_of
from tests.support.recorded_journey import Examples, record

FOLDER = ROOT / "app" / "reference" / "examples"
CLUSTER = ROOT / ".data" / "tests"


def file_of(operation_id: str) -> Path:
    return FOLDER / f"{operation_id}.json"


def text_of(examples: Any) -> str:
    return json.dumps(examples, ensure_ascii=False, indent=2) + "\n"


def write(recorded: dict[str, Examples]) -> None:
    """Exactly these files: one that no operation needs any more goes."""
    FOLDER.mkdir(exist_ok=True)
    for stale in {*FOLDER.glob("*.json")} - {file_of(name) for name in recorded}:
        stale.unlink()
    for name, examples in recorded.items():
        file_of(name).write_text(text_of(examples), encoding="utf-8")


def main() -> None:
    configure_logging("ERROR", json_lines=True)
    CLUSTER.mkdir(parents=True, exist_ok=True)
    with EmbeddedPostgres.lease(data_dir=CLUSTER, database="tests", durable=False) as cluster:
        template = template_of(cluster.dsn, CLUSTER)
        with copy_of(cluster.dsn, template, f"examples_{os.getpid()}") as dsn:
            recorded = asyncio.run(record(dsn))
    write(recorded)
    for name in recorded:
        print(file_of(name).relative_to(ROOT))


if __name__ == "__main__":
    main()
