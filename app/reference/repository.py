"""Seeding: adds what is missing, never touches a row that is there (Go's admin edits them)."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select, text
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import InstrumentedAttribute

from app.career_profile.riasec.models import RiasecCode
from app.core.database import GoBase
from app.professions import models as catalogue
from app.reference.code_texts import CodeText
from app.reference.loader import CatalogueEntry
from app.users.models import KenaliDiriCategory, Membership, TokenWallet, User

CATEGORY_CODE = "CAREER_PROFILE"


def create_go_tables(connection: Connection) -> None:
    """Stand in for Go's own migration: embedded databases and tests only."""
    GoBase.metadata.create_all(connection)


def add_category(connection: Connection) -> None:
    connection.execute(
        pg_insert(KenaliDiriCategory)
        .values(
            category_code=CATEGORY_CODE,
            category_name="Profil Karier",
            description="Tes minat RIASEC dan Ikigai untuk menemukan profesi.",
            detail_table_name="careerprofile_test_sessions",
        )
        .on_conflict_do_nothing(index_elements=["category_code"])
    )


def known_codes(connection: Connection) -> set[str]:
    return set(connection.scalars(select(RiasecCode.riasec_code)))


def add_codes(connection: Connection, texts: Sequence[CodeText]) -> int:
    """Insert the missing codes; ids are 1-156 when the table was empty. Returns how many."""
    known = known_codes(connection)
    rows: list[dict[str, Any]] = [
        {
            "riasec_code": item.code,
            "riasec_title": item.title,
            "riasec_description": item.description,
            **{name: list(lines) for name, lines in item.lists.items()},
        }
        for item in texts
        if item.code not in known
    ]
    if not rows:
        return 0
    if not known:
        rows = [{"id": place, **row} for place, row in enumerate(rows, start=1)]
    connection.execute(insert(RiasecCode), rows)
    connection.execute(
        text(
            "SELECT setval(pg_get_serial_sequence('riasec_codes', 'id'),"
            " (SELECT max(id) FROM riasec_codes))"
        )
    )
    return len(rows)


def known_slugs(connection: Connection) -> set[str]:
    return set(connection.scalars(select(catalogue.Profession.slug)))


def add_professions(connection: Connection, entries: Sequence[CatalogueEntry]) -> int:
    """Insert the professions whose slug is missing, with their relations. Returns how many."""
    known = known_slugs(connection)
    new = [entry for entry in entries if entry.slug not in known]
    if new:
        ids = _insert_professions(connection, new)
        _insert_texts(connection, new, ids)
        _insert_relations(connection, new, ids)
    return len(new)


def _insert_professions(
    connection: Connection, entries: Sequence[CatalogueEntry]
) -> dict[str, int]:
    """The professions with category and code; their ids by slug."""
    main = _ids_by_name(
        connection, catalogue.ProfessionMainCategory, (entry.category for entry in entries)
    )
    subs = _insert_sub_categories(
        connection, {(main[entry.category], entry.subcategory) for entry in entries}
    )
    codes = {
        row.riasec_code: row.id
        for row in connection.execute(select(RiasecCode.riasec_code, RiasecCode.id))
    }
    professions = [
        {
            "slug": entry.slug,
            "name": entry.name,
            "main_category_id": main[entry.category],
            "sub_category_id": subs[main[entry.category], entry.subcategory],
            "riasec_code_id": codes[entry.code],
            "about_description": entry.about,
            "riasec_description": entry.riasec_description,
        }
        for entry in entries
    ]
    table = catalogue.Profession
    found = connection.execute(
        insert(table).returning(table.slug, table.id, sort_by_parameter_order=True), professions
    )
    return {row.slug: row.id for row in found}


def _insert_sub_categories(
    connection: Connection, wanted: Iterable[tuple[int, str]]
) -> dict[tuple[int, str], int]:
    """Ids by main category and name; the existing ones are kept."""
    table = catalogue.ProfessionSubCategory
    columns = (table.main_category_id, table.name, table.id)
    known = {(row[0], row[1]): row[2] for row in connection.execute(select(*columns))}
    missing = sorted(set(wanted) - set(known))
    if missing:
        rows = [{"main_category_id": top, "name": name} for top, name in missing]
        added = connection.execute(insert(table).returning(*columns), rows)
        known.update({(row[0], row[1]): row[2] for row in added})
    return known


def _insert_texts(
    connection: Connection, entries: Sequence[CatalogueEntry], ids: dict[str, int]
) -> None:
    aliases, activities, insights, steps = [], [], [], []
    for entry in entries:
        owner = {"profession_id": ids[entry.slug]}
        aliases += [{**owner, "alias": alias} for alias in entry.aliases]
        activities += [
            {**owner, "description": line, "sort_order": place}
            for place, line in enumerate(entry.activities, start=1)
        ]
        insights += [
            {**owner, "description": line, "sort_order": place}
            for place, line in enumerate(entry.market_insights, start=1)
        ]
        steps += [
            {
                **owner,
                "title": step.title,
                "experience_range": step.experience_range,
                "salary_min": step.salary_min,
                "salary_max": step.salary_max,
                "sort_order": place,
            }
            for place, step in enumerate(entry.career_path, start=1)
        ]
    connection.execute(insert(catalogue.ProfessionAlias), aliases)
    connection.execute(insert(catalogue.ProfessionActivity), activities)
    connection.execute(insert(catalogue.ProfessionMarketInsight), insights)
    connection.execute(insert(catalogue.ProfessionCareerPath), steps)


def _insert_relations(
    connection: Connection, entries: Sequence[CatalogueEntry], ids: dict[str, int]
) -> None:
    skills = [
        (ids[entry.slug], name, {"skill_type": kind, "priority": priority})
        for entry in entries
        for kind, by_priority in (("hard", entry.hard_skills), ("soft", entry.soft_skills))
        for priority, names in by_priority.items()
        for name in names
    ]
    tools = [
        (ids[entry.slug], name, {"usage_type": usage})
        for entry in entries
        for usage, names in entry.tools.items()
        for name in names
    ]
    programs: list[tuple[int, str, dict[str, str]]] = [
        (ids[entry.slug], name, {}) for entry in entries for name in entry.study_programs
    ]
    _relate(connection, catalogue.ProfessionSkillRel, catalogue.Skill, "skill_id", skills)
    _relate(connection, catalogue.ProfessionToolRel, catalogue.Tool, "tool_id", tools)
    _relate(
        connection,
        catalogue.ProfessionStudyProgramRel,
        catalogue.StudyProgram,
        "study_program_id",
        programs,
    )


def _relate(
    connection: Connection,
    relation: Any,
    target: Any,
    key: str,
    links: Sequence[tuple[int, str, dict[str, str]]],
) -> None:
    """Link professions with named rows; of a link given twice the first wins."""
    target_ids = _ids_by_name(connection, target, (name for _, name, _ in links))
    rows: dict[tuple[int, int], dict[str, Any]] = {}
    for profession_id, name, attributes in links:
        row = {"profession_id": profession_id, key: target_ids[name], **attributes}
        rows.setdefault((profession_id, target_ids[name]), row)
    connection.execute(insert(relation), list(rows.values()))


def _ids_by_name(connection: Connection, table: Any, names: Iterable[str]) -> dict[str, int]:
    """Ids of the named rows of a table with a unique name; the missing ones are added."""
    wanted = list(dict.fromkeys(names))
    connection.execute(
        pg_insert(table).on_conflict_do_nothing(index_elements=["name"]),
        [{"name": name} for name in wanted],
    )
    columns: tuple[InstrumentedAttribute[int], InstrumentedAttribute[str]] = (table.id, table.name)
    found = connection.execute(select(*columns).where(table.name.in_(wanted)))
    return {row.name: row.id for row in found}


def add_demo_user(connection: Connection, user_id: UUID, fullname: str, email: str) -> None:
    """A user with a membership and 30 tokens; an existing id is left as it is."""
    added = connection.execute(
        pg_insert(User)
        .values(id=user_id, fullname=fullname, email=email, role="USER")
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(User.id)
    ).first()
    if added is not None:
        connection.execute(insert(Membership).values(user_id=user_id, is_active=True))
        connection.execute(insert(TokenWallet).values(user_id=user_id, balance=30))


def analyze(connection: Connection) -> None:
    """Give the planner statistics: never-analysed tables are planned badly."""
    connection.execute(text("ANALYZE"))
