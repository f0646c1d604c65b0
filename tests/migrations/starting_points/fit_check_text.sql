-- match_category as text, and a value that the list does not have.
\i few_columns.sql
CREATE TABLE fit_check_results (
    id serial PRIMARY KEY,
    test_session_id bigint NOT NULL UNIQUE REFERENCES careerprofile_test_sessions (id) ON DELETE CASCADE,
    profession_id bigint NOT NULL,
    user_riasec_code_id bigint NOT NULL,
    profession_riasec_code_id bigint NOT NULL,
    match_category text NOT NULL,
    rule_type text NOT NULL,
    dominant_letter_same boolean NOT NULL,
    is_adjacent_hexagon boolean NOT NULL,
    match_score numeric NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO fit_check_results (test_session_id, profession_id, user_riasec_code_id, profession_riasec_code_id, match_category, rule_type, dominant_letter_same, is_adjacent_hexagon, match_score) VALUES
    (8, 1, 2, 3, 'HIGH', 'exact', true, false, 0.95),
    (9, 1, 2, 3, 'VERY HIGH', 'exact', true, false, 0.999);
