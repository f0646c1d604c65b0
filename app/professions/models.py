"""The catalogue that Go owns. Read-only here; the demo catalogue is seeded in local mode only."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, Integer, String, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import GoBase

Timestamp = DateTime(timezone=True)


class ProfessionMainCategory(GoBase):
    __tablename__ = "profession_main_categories"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(String(255), unique=True)


class ProfessionSubCategory(GoBase):
    __tablename__ = "profession_sub_categories"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    main_category_id: Mapped[int] = mapped_column(ForeignKey("profession_main_categories.id"))
    name: Mapped[str] = mapped_column(String(255))


class Profession(GoBase):
    """`riasec_code_id` refers to our riasec_codes, without a foreign key: Go creates it first."""

    __tablename__ = "professions"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    slug: Mapped[str] = mapped_column(String(255), unique=True)
    name: Mapped[str] = mapped_column(String(255))
    image_url: Mapped[str | None] = mapped_column(Text)
    main_category_id: Mapped[int | None] = mapped_column(
        ForeignKey("profession_main_categories.id")
    )
    sub_category_id: Mapped[int | None] = mapped_column(ForeignKey("profession_sub_categories.id"))
    riasec_code_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    about_description: Mapped[str | None] = mapped_column(Text)
    riasec_description: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime | None] = mapped_column(Timestamp, server_default=func.now())
    updated_at: Mapped[datetime | None] = mapped_column(Timestamp, server_default=func.now())


class ProfessionAlias(GoBase):
    __tablename__ = "profession_aliases"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    profession_id: Mapped[int] = mapped_column(ForeignKey("professions.id"), index=True)
    alias: Mapped[str] = mapped_column(String(255))


class ProfessionActivity(GoBase):
    __tablename__ = "profession_activities"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    profession_id: Mapped[int] = mapped_column(ForeignKey("professions.id"), index=True)
    description: Mapped[str] = mapped_column(Text)
    sort_order: Mapped[int] = mapped_column(Integer)


class ProfessionMarketInsight(GoBase):
    __tablename__ = "profession_market_insights"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    profession_id: Mapped[int] = mapped_column(ForeignKey("professions.id"), index=True)
    description: Mapped[str] = mapped_column(Text)
    sort_order: Mapped[int] = mapped_column(Integer)


class ProfessionCareerPath(GoBase):
    """Salaries in rupiah per month."""

    __tablename__ = "profession_career_paths"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    profession_id: Mapped[int] = mapped_column(ForeignKey("professions.id"), index=True)
    title: Mapped[str] = mapped_column(String(255))
    experience_range: Mapped[str | None] = mapped_column(String(100))
    salary_min: Mapped[int | None] = mapped_column(BigInteger)
    salary_max: Mapped[int | None] = mapped_column(BigInteger)
    sort_order: Mapped[int] = mapped_column(Integer)


class Skill(GoBase):
    __tablename__ = "skills"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(String(255), unique=True)


class Tool(GoBase):
    __tablename__ = "tools"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(String(255), unique=True)


class ProfessionSkillRel(GoBase):
    """`skill_type` hard or soft; `priority` wajib or dianjurkan."""

    __tablename__ = "profession_skill_rels"

    profession_id: Mapped[int] = mapped_column(ForeignKey("professions.id"), primary_key=True)
    skill_id: Mapped[int] = mapped_column(ForeignKey("skills.id"), primary_key=True)
    skill_type: Mapped[str] = mapped_column(String(20))
    priority: Mapped[str] = mapped_column(String(20))


class ProfessionToolRel(GoBase):
    """`usage_type` wajib or umum."""

    __tablename__ = "profession_tool_rels"

    profession_id: Mapped[int] = mapped_column(ForeignKey("professions.id"), primary_key=True)
    tool_id: Mapped[int] = mapped_column(ForeignKey("tools.id"), primary_key=True)
    usage_type: Mapped[str] = mapped_column(String(20))


class StudyProgram(GoBase):
    __tablename__ = "study_programs"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(String(255), unique=True)


class ProfessionStudyProgramRel(GoBase):
    __tablename__ = "profession_study_program_rels"

    profession_id: Mapped[int] = mapped_column(ForeignKey("professions.id"), primary_key=True)
    study_program_id: Mapped[int] = mapped_column(ForeignKey("study_programs.id"), primary_key=True)
