-- Answers under way in a table whose completed_at has a default: it is set before the run ends.
CREATE TABLE careerprofile_test_sessions (
    id bigserial PRIMARY KEY,
    user_id uuid NOT NULL,
    session_token varchar(100) NOT NULL UNIQUE,
    status varchar(20) NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz
);
CREATE TABLE ikigai_responses (
    id bigserial PRIMARY KEY,
    test_session_id bigint NOT NULL UNIQUE REFERENCES careerprofile_test_sessions (id) ON DELETE CASCADE,
    dimension_1_love jsonb,
    dimension_2_good_at jsonb,
    dimension_3_world_needs jsonb,
    dimension_4_paid_for jsonb,
    completed boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz DEFAULT now()
);
INSERT INTO careerprofile_test_sessions (id, user_id, session_token, status) VALUES
    (1, '00000000-0000-4000-8000-000000000001', 'under-way', 'ikigai_ongoing'),
    (2, '00000000-0000-4000-8000-000000000001', 'answered', 'ikigai_ongoing');
INSERT INTO ikigai_responses (test_session_id, dimension_1_love) VALUES
    (1, '{"selected_profession_id": null, "selection_type": "not_selected", "reasoning_text": "Saya suka menata data.", "answered_at": "2026-01-03T03:30:00Z"}');
INSERT INTO ikigai_responses (test_session_id, dimension_1_love, dimension_2_good_at, dimension_3_world_needs, dimension_4_paid_for, completed, completed_at) VALUES
    (2, '{"a": 1}', '{"b": 2}', '{"c": 3}', '{"d": 4}', false, NULL);
SELECT setval('careerprofile_test_sessions_id_seq', 2);
