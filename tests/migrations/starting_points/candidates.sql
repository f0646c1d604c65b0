-- Candidates as they were before total_candidates, generation_strategy and max_candidates_limit.
\i few_columns.sql
CREATE TABLE ikigai_candidate_professions (
    id bigserial PRIMARY KEY,
    test_session_id bigint NOT NULL UNIQUE REFERENCES careerprofile_test_sessions (id) ON DELETE CASCADE,
    candidates_data jsonb NOT NULL,
    generated_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO ikigai_candidate_professions (test_session_id, candidates_data) VALUES
    (8, '{"candidates": [{"profession_id": 1}, {"profession_id": 2}], "metadata": {"expansion_strategy": "split_path"}}'),
    (9, '{"candidates": "lost"}');
