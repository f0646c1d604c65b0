"""The house rules find what they are there for."""

import ast

import pytest

from tests.house.check import check_node, check_size

SERVICE = "app/career_profile/riasec/service.py"


@pytest.mark.parametrize(
    ("source", "place", "finding"),
    [
        ("session.commit()", SERVICE, "commits"),
        ("os.environ['X']", SERVICE, "environment"),
        ("print('x')", SERVICE, "print"),
        ("from fastapi import HTTPException", SERVICE, "DomainError"),
        ("from sqlalchemy import select", SERVICE, "repositories"),
        ("from sqlalchemy import Connection", SERVICE, None),
        ("from sqlalchemy import select", "app/career_profile/riasec/repository.py", None),
        ("print('x')", "app/cli/demo.py", None),
        ("connection.commit()", "app/core/database.py", None),
    ],
)
def test_rule(source: str, place: str, finding: str | None) -> None:
    found = [text for node in ast.walk(ast.parse(source)) for text in check_node(node, place)]
    if finding is None:
        assert found == []
    else:
        assert len(found) == 1
        assert finding in found[0]


def test_long_function() -> None:
    body = "\n".join("    x = 1" for _ in range(40))
    tree = ast.parse(f"def f():\n{body}\n")
    assert len([text for node in ast.walk(tree) for text in check_size(node, "app/x.py")]) == 1
