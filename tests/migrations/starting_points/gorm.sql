-- What GORM's AutoMigrate makes of structs: its spelling, text, unique indexes, keys without action.
CREATE TABLE careerprofile_test_sessions (
    id bigserial,
    user_id uuid NOT NULL,
    session_token text NOT NULL,
    persona_type text,
    status text NOT NULL,
    started_at timestamptz,
    riasec_completed_at timestamptz,
    ikigai_completed_at timestamptz,
    completed_at timestamptz,
    note text,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX idx_careerprofile_test_sessions_session_token ON careerprofile_test_sessions (session_token);
CREATE TABLE ikigai_responses (
    id bigserial,
    test_session_id bigint NOT NULL,
    dimension1_love jsonb NOT NULL DEFAULT '{}',
    dimension2_good_at jsonb NOT NULL,
    dimension3_world_needs jsonb,
    dimension4_paid_for jsonb,
    completed boolean,
    created_at timestamptz,
    completed_at timestamptz,
    PRIMARY KEY (id),
    CONSTRAINT fk_ikigai_responses_session FOREIGN KEY (test_session_id) REFERENCES careerprofile_test_sessions (id)
);
CREATE UNIQUE INDEX idx_ikigai_responses_test_session_id ON ikigai_responses (test_session_id);
CREATE TABLE ikigai_total_scores (
    id bigserial,
    test_session_id bigint NOT NULL,
    scores_data jsonb NOT NULL,
    top_profession1_id bigint,
    top_profession2_id bigint,
    calculated_at timestamptz,
    PRIMARY KEY (id),
    CONSTRAINT fk_ikigai_total_scores_session FOREIGN KEY (test_session_id) REFERENCES careerprofile_test_sessions (id)
);
INSERT INTO careerprofile_test_sessions (user_id, session_token, status, started_at, note) VALUES
    ('00000000-0000-4000-8000-000000000001', 'go-1', 'completed', '2026-02-01 00:00:00+00', 'from Go'),
    ('00000000-0000-4000-8000-000000000001', 'go-2', 'completed', NULL, NULL);
INSERT INTO ikigai_responses (test_session_id, dimension1_love, dimension2_good_at, dimension3_world_needs, dimension4_paid_for, completed, created_at, completed_at)
VALUES (1, '{"a": 1}', '{"b": 2}', '{"c": 3}', NULL, true, '2026-02-01 00:00:00+00', '2026-02-01 00:00:00+00');
INSERT INTO ikigai_total_scores (test_session_id, scores_data, top_profession1_id, top_profession2_id, calculated_at)
VALUES (1, '{}', 11, 12, '2026-02-01 00:00:00+00');
