"""The SQL of the floors, by hand: no more than the answer needs.

For each route `TWO` has the caller's statement and the one that does the work, and `ONE` a single
statement that does both. Parameters are %(user)s, %(token)s and what the route's body holds.
"""

CALLER = """SELECT u.id, u.fullname, u.role, EXISTS (SELECT 1 FROM memberships m
    WHERE m.user_id = u.id AND m.is_active AND m.deleted_at IS NULL
        AND (m.expired_at IS NULL OR m.expired_at > now())) AS is_member
FROM users u WHERE u.id = %(user)s AND u.deleted_at IS NULL"""
CALLER_IN_ONE = """u.id AS caller, u.fullname, u.role, EXISTS (SELECT 1 FROM memberships m
    WHERE m.user_id = u.id AND m.is_active AND m.deleted_at IS NULL
        AND (m.expired_at IS NULL OR m.expired_at > now())) AS is_member"""
OWN_SESSION = "s.session_token = %(token)s AND s.user_id = %(user)s"


def _pair(columns: str, joins: str) -> tuple[str, str]:
    """The work's statement of TWO, and ONE that finds the caller as well."""
    return (
        f"SELECT s.id, s.test_goal, s.status, {columns} FROM careerprofile_test_sessions s {joins}"
        f" WHERE {OWN_SESSION}",
        f"SELECT {CALLER_IN_ONE}, s.id, s.test_goal, s.status, {columns} FROM users u"
        f" LEFT JOIN careerprofile_test_sessions s ON s.user_id = u.id"
        f" AND s.session_token = %(token)s {joins}"
        " WHERE u.id = %(user)s AND u.deleted_at IS NULL",
    )


def _of_the_recommended(document: str, candidates: str) -> str:
    return (
        f"jsonb_path_query_array({document}, '{candidates} ? (@.profession_id == $ids[*])',"
        " jsonb_build_object('ids', jsonb_path_query_array(r.recommendations_data,"
        " '$.recommended_professions[*].profession_id')))"
    )


READS = {
    "content": _pair("s.uses_ikigai", ""),
    "progress": _pair(
        "s.started_at, s.completed_at, a.dimension_1_love IS NOT NULL AS answered_1,"
        " a.dimension_2_good_at IS NOT NULL AS answered_2,"
        " a.dimension_3_world_needs IS NOT NULL AS answered_3,"
        " a.dimension_4_paid_for IS NOT NULL AS answered_4",
        "LEFT JOIN ikigai_responses a ON a.test_session_id = s.id",
    ),
    "ikigai_result": _pair(
        "t.scores_data #> '{profession_scores,0}' AS first,"
        " t.scores_data #> '{profession_scores,1}' AS second, t.scores_data->'metadata' AS totals,"
        " d.scores_data->'metadata' AS scored, d.scores_data->'normalization_params' AS params,"
        " r.recommendations_data #> '{generation_context,narrative_source}' AS source",
        "LEFT JOIN ikigai_dimension_scores d ON d.test_session_id = s.id"
        " LEFT JOIN ikigai_total_scores t ON t.test_session_id = s.id"
        " LEFT JOIN career_recommendations r ON r.test_session_id = s.id",
    ),
    "riasec_result": _pair(
        "r.score_r, r.score_i, r.score_a, r.score_s, r.score_e, r.score_c, r.riasec_code_type,"
        " r.is_inconsistent_profile, c.riasec_code, c.riasec_title, c.riasec_description,"
        " c.strengths, c.challenges, c.strategies, c.work_environments, c.interaction_styles,"
        " p.candidates_data->'candidates' AS candidates",
        "LEFT JOIN riasec_results r ON r.test_session_id = s.id"
        " LEFT JOIN riasec_codes c ON c.id = r.riasec_code_id"
        " LEFT JOIN ikigai_candidate_professions p ON p.test_session_id = s.id",
    ),
    "recommendation": _pair(
        "c.riasec_code, c.riasec_title,"
        " p.candidates_data #> '{metadata,total_candidates}' AS total,"
        " (SELECT jsonb_agg(jsonb_build_array(o.id, o.name)) FROM professions o"
        " WHERE o.id = ANY(ARRAY(SELECT jsonb_path_query(p.candidates_data,"
        " '$.candidates[*].profession_id')::bigint))) AS names,"
        f" {_of_the_recommended('p.candidates_data', '$.candidates[*]')} AS tiers,"
        " d.scores_data->'metadata' AS scored, d.scores_data->'normalization_params' AS params,"
        f" {_of_the_recommended('d.scores_data', '$.trace.*.candidates[*]')} AS traced,"
        " jsonb_path_query_array(t.scores_data, '$.profession_scores[0 to 2]') AS places,"
        " r.recommendations_data, r.supporting_phrases",
        "LEFT JOIN riasec_results x ON x.test_session_id = s.id"
        " LEFT JOIN riasec_codes c ON c.id = x.riasec_code_id"
        " LEFT JOIN ikigai_candidate_professions p ON p.test_session_id = s.id"
        " LEFT JOIN ikigai_dimension_scores d ON d.test_session_id = s.id"
        " LEFT JOIN ikigai_total_scores t ON t.test_session_id = s.id"
        " LEFT JOIN career_recommendations r ON r.test_session_id = s.id",
    ),
}

OWN_FOR_UPDATE = f"""SELECT {CALLER_IN_ONE}, s.id, s.test_goal, s.status, s.uses_ikigai
FROM users u LEFT JOIN LATERAL (SELECT * FROM careerprofile_test_sessions s
    WHERE {OWN_SESSION} FOR UPDATE) s ON true
WHERE u.id = %(user)s AND u.deleted_at IS NULL"""
SAVE_ANSWER = """UPDATE ikigai_responses a SET {column} = %(answer)s, completed =
    a.dimension_1_love IS NOT NULL AND a.dimension_2_good_at IS NOT NULL
    AND a.dimension_3_world_needs IS NOT NULL AND a.dimension_4_paid_for IS NOT NULL
{source} AND a.{column} IS NULL
RETURNING a.dimension_1_love IS NOT NULL, a.dimension_2_good_at IS NOT NULL,
    a.dimension_3_world_needs IS NOT NULL, a.dimension_4_paid_for IS NOT NULL"""
ANSWER_COLUMNS = {
    "what_you_love": "dimension_1_love",
    "what_you_are_good_at": "dimension_2_good_at",
    "what_the_world_needs": "dimension_3_world_needs",
    "what_you_can_be_paid_for": "dimension_4_paid_for",
}
SAVE_ANSWER_IN_TWO = {
    name: (
        OWN_FOR_UPDATE,
        SAVE_ANSWER.format(column=column, source="WHERE a.test_session_id = %(id)s"),
    )
    for name, column in ANSWER_COLUMNS.items()
}
SAVE_ANSWER_IN_ONE = {
    name: f"WITH own AS ({OWN_FOR_UPDATE}) "
    + SAVE_ANSWER.format(column=column, source="FROM own WHERE a.test_session_id = own.id")
    for name, column in ANSWER_COLUMNS.items()
}

UNANSWERED = """SELECT s.id, s.session_token, q.question_ids FROM careerprofile_test_sessions s
    JOIN riasec_question_sets q ON q.test_session_id = s.id
    WHERE s.user_id = %(user)s AND s.test_goal = 'RECOMMENDATION'
        AND s.target_profession_id IS NULL AND s.status = 'riasec_ongoing'
    ORDER BY s.started_at DESC, s.id DESC LIMIT 1"""
INSERT_SESSION = """session AS (
    INSERT INTO careerprofile_test_sessions (user_id, session_token, persona_type, test_goal,
        uses_ikigai, status, algorithm_version, question_set_version)
    {source} RETURNING id, started_at
), history AS (
    INSERT INTO kenalidiri_history
        (user_id, test_category_id, detail_session_id, status, started_at)
    SELECT %(user)s, c.id, session.id, 'ongoing', session.started_at
    FROM session, kenalidiri_categories c WHERE c.category_code = 'CAREER_PROFILE'
)
INSERT INTO riasec_question_sets (test_session_id, question_ids)
SELECT id, %(question_ids)s FROM session RETURNING test_session_id"""
NEW_VALUES = """%(user)s, %(token)s, %(persona)s, 'RECOMMENDATION', true, 'riasec_ongoing', '1.0',
    'short-1.0'"""
START_IN_TWO = (
    f"SELECT {CALLER_IN_ONE}, s.* FROM users u LEFT JOIN ({UNANSWERED}) s ON true"
    " WHERE u.id = %(user)s AND u.deleted_at IS NULL",
    "WITH " + INSERT_SESSION.format(source=f"VALUES ({NEW_VALUES})"),
)
START_IN_ONE = f"WITH caller AS ({START_IN_TWO[0]}), " + INSERT_SESSION.format(
    source=f"SELECT {NEW_VALUES} FROM caller WHERE caller.id IS NULL"
)

OWN_SHEET = f"""SELECT o.*, q.question_ids, c.id AS code_id, c.riasec_code, c.riasec_title,
    c.riasec_description, c.strengths, c.challenges, c.strategies, c.work_environments,
    c.interaction_styles
FROM ({OWN_FOR_UPDATE}) o JOIN riasec_question_sets q ON q.test_session_id = o.id,
    riasec_codes c WHERE c.riasec_code = %(code)s"""
STORE_SHEET = """session AS (
    UPDATE careerprofile_test_sessions s
    SET status = 'riasec_completed', riasec_completed_at = now()
    {source} AND s.status = 'riasec_ongoing' RETURNING s.id
), responses AS (
    INSERT INTO riasec_responses (test_session_id, responses_data)
    SELECT id, %(responses)s FROM session
), result AS (
    INSERT INTO riasec_results (test_session_id, score_r, score_i, score_a, score_s, score_e,
        score_c, riasec_code_id, riasec_code_type, is_inconsistent_profile)
    SELECT id, 2, 10, 2, 2, 10, 10, (SELECT id FROM riasec_codes WHERE riasec_code = %(code)s),
        'triple', false FROM session
), candidates AS (
    INSERT INTO ikigai_candidate_professions (test_session_id, candidates_data, total_candidates,
        generation_strategy, max_candidates_limit)
    SELECT id, %(candidates)s, 14, '4_tier_expansion', 30 FROM session
)
{answer}"""
SUBMIT_IN_TWO = (
    OWN_SHEET,
    "WITH " + STORE_SHEET.format(source="WHERE s.id = %(id)s", answer="SELECT id FROM session"),
)
SUBMIT_IN_ONE = f"WITH own AS ({OWN_SHEET}), " + STORE_SHEET.format(
    source="FROM own WHERE s.id = own.id", answer="SELECT own.* FROM own, session"
)
