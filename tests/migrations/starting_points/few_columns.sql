-- An early session table, with runs in every stage; nothing else of the career profile.
CREATE TABLE careerprofile_test_sessions (
    id bigserial PRIMARY KEY,
    user_id uuid NOT NULL,
    session_token varchar(100) NOT NULL UNIQUE,
    status varchar(20) NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz,
    riasec_completed_at timestamptz,
    ikigai_completed_at timestamptz
);
INSERT INTO careerprofile_test_sessions (id, user_id, session_token, status, started_at, completed_at, riasec_completed_at, ikigai_completed_at) VALUES
    (7, '00000000-0000-4000-8000-000000000001', 'early-7', 'riasec_ongoing', '2026-01-02 03:04:05+00', NULL, NULL, NULL),
    (8, '00000000-0000-4000-8000-000000000001', 'early-8', 'riasec_completed', '2026-01-03 03:04:05+00', NULL, '2026-01-03 03:30:00+00', NULL),
    (9, '00000000-0000-4000-8000-000000000001', 'early-9', 'completed', '2026-01-04 03:04:05+00', '2026-01-04 04:04:05+00', '2026-01-04 03:30:00+00', '2026-01-04 04:04:00+00');
SELECT setval('careerprofile_test_sessions_id_seq', 9);
