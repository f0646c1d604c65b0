-- Rows in tables that this service has made.
INSERT INTO careerprofile_test_sessions (user_id, session_token, status)
VALUES ('00000000-0000-4000-8000-000000000001', 'ours', 'ikigai_ongoing');
INSERT INTO ikigai_responses (test_session_id, dimension_1_love) VALUES (1, '{"a": 1}');
