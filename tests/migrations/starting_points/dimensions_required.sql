-- Answers all at once: every dimension column is NOT NULL.
\i few_columns.sql
CREATE TABLE ikigai_responses (
    id bigserial PRIMARY KEY,
    test_session_id bigint NOT NULL UNIQUE REFERENCES careerprofile_test_sessions (id) ON DELETE CASCADE,
    dimension_1_love jsonb NOT NULL,
    dimension_2_good_at jsonb NOT NULL,
    dimension_3_world_needs jsonb NOT NULL,
    dimension_4_paid_for jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz
);
INSERT INTO ikigai_responses (test_session_id, dimension_1_love, dimension_2_good_at, dimension_3_world_needs, dimension_4_paid_for, completed_at)
VALUES (9, '{"a": 1}', '{"b": 2}', '{"c": 3}', '{"d": 4}', '2026-01-04 04:04:00+00');
