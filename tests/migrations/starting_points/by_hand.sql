-- Everything a hand can leave out: keys, numbering, an index; and what it can add.
CREATE TABLE careerprofile_test_sessions (
    id bigint NOT NULL,
    user_id uuid,
    session_token varchar(40),
    persona_type varchar(10),
    test_goal varchar(50),
    target_profession_id integer,
    status varchar(12) NOT NULL,
    started_at timestamptz,
    riasec_completed_at timestamptz DEFAULT now(),
    completed_at timestamptz DEFAULT now(),
    tenant text NOT NULL,
    "Campus" text NOT NULL
);
INSERT INTO careerprofile_test_sessions (id, user_id, session_token, test_goal, status, started_at, riasec_completed_at, completed_at, tenant, "Campus") VALUES
    (41, '00000000-0000-4000-8000-000000000001', 'hand-41', 'FIT_CHECK', 'completed', '2026-03-01 00:00:00+00', NULL, NULL, 'smk-1', 'a'),
    (42, '00000000-0000-4000-8000-00000000dead', 'hand-42', 'RECOMMENDATION', 'cancelled', '2026-03-02 00:00:00+00', NULL, NULL, 'smk-2', 'b');
CREATE TABLE riasec_codes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    riasec_code varchar(3) NOT NULL,
    riasec_title varchar(100),
    riasec_description varchar(200),
    strengths jsonb
);
INSERT INTO riasec_codes (riasec_code, riasec_title, strengths) VALUES ('R', 'Edited by hand', '["strong"]'), ('RS', 'Pair', NULL);
CREATE TABLE riasec_results (
    test_session_id bigint NOT NULL,
    id bigserial,
    score_r bigint, score_i bigint, score_a bigint, score_s bigint, score_e bigint, score_c bigint,
    riasec_code_id bigint NOT NULL
);
INSERT INTO riasec_results (test_session_id, score_r, score_i, score_a, score_s, score_e, score_c, riasec_code_id) VALUES
    (41, 9, 8, 7, 6, 5, 4, 2),
    (4711, 9, 8, 7, 6, 5, 4, 1);
CREATE TABLE kenalidiri_history (
    id bigserial PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id),
    test_category_id bigint NOT NULL,
    detail_session_id bigint NOT NULL,
    completed_at timestamptz
);
INSERT INTO kenalidiri_history (user_id, test_category_id, detail_session_id, completed_at) VALUES
    ('00000000-0000-4000-8000-000000000001', 1, 41, '2026-03-01 00:00:00+00'),
    ('00000000-0000-4000-8000-000000000001', 1, 42, NULL);
