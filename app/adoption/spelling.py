"""Go's own spelling of some columns, kept equal to ours by a trigger.

GORM writes `Dimension1Love` as `dimension1_love`; the contract says `dimension_1_love`. Where Go
has its columns, both hold the same: whoever inserts or updates one spelling finds the other one
filled. When one statement changes both to different values, ours counts.
"""

TRIGGER = "kenalidiri_both_spellings"

# By table: our spelling and Go's. career_recommendations already has Go's names as its own.
SPELLINGS: dict[str, tuple[tuple[str, str], ...]] = {
    "ikigai_responses": (
        ("dimension_1_love", "dimension1_love"),
        ("dimension_2_good_at", "dimension2_good_at"),
        ("dimension_3_world_needs", "dimension3_world_needs"),
        ("dimension_4_paid_for", "dimension4_paid_for"),
    ),
    "ikigai_total_scores": (
        ("top_profession_1_id", "top_profession1_id"),
        ("top_profession_2_id", "top_profession2_id"),
    ),
}


def function_of(table: str) -> str:
    return f"{TRIGGER}_{table}"


def body(pairs: list[tuple[str, str]], documents: set[str]) -> str:
    """The trigger function. In `documents` a JSON null becomes SQL NULL: `IS NULL` decides
    whether a dimension is answered. OLD is all NULL on INSERT."""
    rules = []
    for ours, theirs in pairs:
        if ours in documents:
            rules += [f"  NEW.{name} := {_some(f'NEW.{name}')};" for name in (ours, theirs)]
        rules += [
            f"  IF NEW.{ours} IS DISTINCT FROM OLD.{ours} THEN",
            f"    NEW.{theirs} := NEW.{ours};",
            "  ELSE",
            f"    NEW.{ours} := NEW.{theirs};",
            "  END IF;",
        ]
    return "\n".join(["", "BEGIN", *rules, "  RETURN NEW;", "END", ""])


def create_function(table: str, text: str) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION {function_of(table)}() RETURNS trigger LANGUAGE plpgsql"
        f" AS $both${text}$both$"
    )


def create_trigger(table: str) -> str:
    return (
        f"CREATE OR REPLACE TRIGGER {TRIGGER} BEFORE INSERT OR UPDATE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {function_of(table)}()"
    )


def equalise(pairs: list[tuple[str, str]], documents: set[str]) -> tuple[str, str]:
    """SET and WHERE of the update that makes existing rows equal. The trigger is there already
    and lets an unchanged column of ours follow Go's: setting both columns holds both ways."""
    changes, differing = [], []
    for ours, theirs in pairs:
        left, right = (_some(name) if ours in documents else name for name in (ours, theirs))
        changes += [f"{name} = COALESCE({left}, {right})" for name in (ours, theirs)]
        differing.append(f"{ours} IS DISTINCT FROM {theirs}")
    return ", ".join(changes), " OR ".join(differing)


def _some(name: str) -> str:
    return f"NULLIF({name}, 'null'::jsonb)"
