-- Nothing of this can be used as it is.
CREATE TABLE careerprofile_test_sessions (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id text NOT NULL,
    session_token varchar(20) NOT NULL,
    status varchar(20) NOT NULL CONSTRAINT chk_status CHECK (status IN ('riasec_ongoing', 'completed')),
    started_at timestamp NOT NULL
);
CREATE VIEW tokens AS SELECT session_token FROM careerprofile_test_sessions;
CREATE TABLE ikigai_responses (
    id bigserial PRIMARY KEY,
    test_session_id bigint NOT NULL,
    dimension_1_love text,
    dimension2_good_at text
);
INSERT INTO ikigai_responses (test_session_id) VALUES (1), (1), (2);
CREATE TABLE riasec_question_sets (test_session_id bigint PRIMARY KEY);
INSERT INTO riasec_question_sets VALUES (1);
CREATE VIEW riasec_codes AS SELECT 1 AS id;
