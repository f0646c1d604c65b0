-- All tables complete, as an earlier service of the same contract left them.
CREATE TYPE match_category_enum AS ENUM ('HIGH', 'MEDIUM', 'LOW');
CREATE TABLE careerprofile_test_sessions (
    id BIGSERIAL NOT NULL,
    user_id UUID NOT NULL,
    session_token VARCHAR(100) NOT NULL,
    persona_type VARCHAR(50),
    test_goal VARCHAR(50) DEFAULT 'RECOMMENDATION' NOT NULL,
    target_profession_id BIGINT,
    uses_ikigai BOOLEAN DEFAULT false NOT NULL,
    status VARCHAR(20) NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    riasec_completed_at TIMESTAMP WITH TIME ZONE,
    ikigai_completed_at TIMESTAMP WITH TIME ZONE,
    completed_at TIMESTAMP WITH TIME ZONE,
    algorithm_version VARCHAR(50),
    question_set_version VARCHAR(50),
    CONSTRAINT pk_careerprofile_test_sessions PRIMARY KEY (id),
    CONSTRAINT ck_careerprofile_test_sessions_status CHECK (status IN ('riasec_ongoing', 'riasec_completed', 'ikigai_ongoing', 'completed')),
    CONSTRAINT ck_careerprofile_test_sessions_test_goal CHECK (test_goal IN ('RECOMMENDATION', 'FIT_CHECK')),
    CONSTRAINT uq_careerprofile_test_sessions_session_token UNIQUE (session_token)
);
CREATE INDEX ix_careerprofile_test_sessions_user_id_started_at ON careerprofile_test_sessions (user_id, started_at DESC);
CREATE TABLE kenalidiri_history (
    id BIGSERIAL NOT NULL,
    user_id UUID NOT NULL,
    test_category_id BIGINT NOT NULL,
    detail_session_id BIGINT NOT NULL,
    status VARCHAR(20) NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    completed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_kenalidiri_history PRIMARY KEY (id),
    CONSTRAINT ck_kenalidiri_history_status CHECK (status IN ('ongoing', 'completed', 'abandoned'))
);
CREATE INDEX ix_kenalidiri_history_detail_session_id ON kenalidiri_history (detail_session_id);
CREATE INDEX ix_kenalidiri_history_user_id ON kenalidiri_history (user_id);
CREATE TABLE riasec_codes (
    id BIGSERIAL NOT NULL,
    riasec_code VARCHAR(3) NOT NULL,
    riasec_title VARCHAR(255),
    riasec_description TEXT,
    strengths JSONB DEFAULT '[]'::jsonb NOT NULL,
    challenges JSONB DEFAULT '[]'::jsonb NOT NULL,
    strategies JSONB DEFAULT '[]'::jsonb NOT NULL,
    work_environments JSONB DEFAULT '[]'::jsonb NOT NULL,
    interaction_styles JSONB DEFAULT '[]'::jsonb NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
    CONSTRAINT pk_riasec_codes PRIMARY KEY (id),
    CONSTRAINT uq_riasec_codes_riasec_code UNIQUE (riasec_code)
);
CREATE TABLE career_recommendations (
    id BIGSERIAL NOT NULL,
    test_session_id BIGINT NOT NULL,
    recommendations_data JSONB NOT NULL,
    top_profession1_id BIGINT,
    top_profession2_id BIGINT,
    generated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    ai_model_used VARCHAR(50),
    CONSTRAINT pk_career_recommendations PRIMARY KEY (id),
    CONSTRAINT ck_career_recommendations_top_professions CHECK (top_profession1_id <> top_profession2_id),
    CONSTRAINT uq_career_recommendations_test_session_id UNIQUE (test_session_id),
    CONSTRAINT fk_career_recommendations_test_session_id FOREIGN KEY(test_session_id) REFERENCES careerprofile_test_sessions (id) ON DELETE CASCADE
);
CREATE TABLE fit_check_results (
    id BIGSERIAL NOT NULL,
    test_session_id BIGINT NOT NULL,
    profession_id BIGINT NOT NULL,
    user_riasec_code_id BIGINT NOT NULL,
    profession_riasec_code_id BIGINT NOT NULL,
    match_category match_category_enum NOT NULL,
    rule_type VARCHAR(50) NOT NULL,
    dominant_letter_same BOOLEAN NOT NULL,
    is_adjacent_hexagon BOOLEAN NOT NULL,
    match_score NUMERIC(4, 2) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_fit_check_results PRIMARY KEY (id),
    CONSTRAINT uq_fit_check_results_test_session_id UNIQUE (test_session_id),
    CONSTRAINT fk_fit_check_results_test_session_id FOREIGN KEY(test_session_id) REFERENCES careerprofile_test_sessions (id) ON DELETE CASCADE
);
CREATE TABLE ikigai_candidate_professions (
    id BIGSERIAL NOT NULL,
    test_session_id BIGINT NOT NULL,
    candidates_data JSONB NOT NULL,
    total_candidates INTEGER NOT NULL,
    generation_strategy VARCHAR(50) NOT NULL,
    max_candidates_limit INTEGER DEFAULT 30 NOT NULL,
    generated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_ikigai_candidate_professions PRIMARY KEY (id),
    CONSTRAINT ck_ikigai_candidate_professions_total_candidates CHECK (total_candidates BETWEEN 1 AND 30),
    CONSTRAINT uq_ikigai_candidate_professions_test_session_id UNIQUE (test_session_id),
    CONSTRAINT fk_ikigai_candidate_professions_test_session_id FOREIGN KEY(test_session_id) REFERENCES careerprofile_test_sessions (id) ON DELETE CASCADE
);
CREATE TABLE ikigai_dimension_scores (
    id BIGSERIAL NOT NULL,
    test_session_id BIGINT NOT NULL,
    scores_data JSONB NOT NULL,
    calculated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    ai_model_used VARCHAR(50),
    total_api_calls INTEGER,
    CONSTRAINT pk_ikigai_dimension_scores PRIMARY KEY (id),
    CONSTRAINT ck_ikigai_dimension_scores_total_api_calls CHECK (total_api_calls BETWEEN 0 AND 40),
    CONSTRAINT uq_ikigai_dimension_scores_test_session_id UNIQUE (test_session_id),
    CONSTRAINT fk_ikigai_dimension_scores_test_session_id FOREIGN KEY(test_session_id) REFERENCES careerprofile_test_sessions (id) ON DELETE CASCADE
);
CREATE TABLE ikigai_responses (
    id BIGSERIAL NOT NULL,
    test_session_id BIGINT NOT NULL,
    dimension_1_love JSONB,
    dimension_2_good_at JSONB,
    dimension_3_world_needs JSONB,
    dimension_4_paid_for JSONB,
    completed BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    completed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_ikigai_responses PRIMARY KEY (id),
    CONSTRAINT ck_ikigai_responses_completed CHECK (completed = (completed_at IS NOT NULL)),
    CONSTRAINT uq_ikigai_responses_test_session_id UNIQUE (test_session_id),
    CONSTRAINT fk_ikigai_responses_test_session_id FOREIGN KEY(test_session_id) REFERENCES careerprofile_test_sessions (id) ON DELETE CASCADE
);
CREATE TABLE ikigai_total_scores (
    id BIGSERIAL NOT NULL,
    test_session_id BIGINT NOT NULL,
    scores_data JSONB NOT NULL,
    top_profession_1_id BIGINT,
    top_profession_2_id BIGINT,
    calculated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_ikigai_total_scores PRIMARY KEY (id),
    CONSTRAINT ck_ikigai_total_scores_top_professions CHECK (top_profession_1_id <> top_profession_2_id),
    CONSTRAINT uq_ikigai_total_scores_test_session_id UNIQUE (test_session_id),
    CONSTRAINT fk_ikigai_total_scores_test_session_id FOREIGN KEY(test_session_id) REFERENCES careerprofile_test_sessions (id) ON DELETE CASCADE
);
CREATE TABLE riasec_question_sets (
    id BIGSERIAL NOT NULL,
    test_session_id BIGINT NOT NULL,
    question_ids JSONB NOT NULL,
    generated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_riasec_question_sets PRIMARY KEY (id),
    CONSTRAINT uq_riasec_question_sets_test_session_id UNIQUE (test_session_id),
    CONSTRAINT fk_riasec_question_sets_test_session_id FOREIGN KEY(test_session_id) REFERENCES careerprofile_test_sessions (id) ON DELETE CASCADE
);
CREATE TABLE riasec_responses (
    id BIGSERIAL NOT NULL,
    test_session_id BIGINT NOT NULL,
    responses_data JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_riasec_responses PRIMARY KEY (id),
    CONSTRAINT uq_riasec_responses_test_session_id UNIQUE (test_session_id),
    CONSTRAINT fk_riasec_responses_test_session_id FOREIGN KEY(test_session_id) REFERENCES careerprofile_test_sessions (id) ON DELETE CASCADE
);
CREATE TABLE riasec_results (
    id BIGSERIAL NOT NULL,
    test_session_id BIGINT NOT NULL,
    score_r INTEGER NOT NULL,
    score_i INTEGER NOT NULL,
    score_a INTEGER NOT NULL,
    score_s INTEGER NOT NULL,
    score_e INTEGER NOT NULL,
    score_c INTEGER NOT NULL,
    riasec_code_id BIGINT NOT NULL,
    riasec_code_type VARCHAR(20) NOT NULL,
    is_inconsistent_profile BOOLEAN NOT NULL,
    calculated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_riasec_results PRIMARY KEY (id),
    CONSTRAINT ck_riasec_results_riasec_code_type CHECK (riasec_code_type IN ('single', 'dual', 'triple')),
    CONSTRAINT uq_riasec_results_test_session_id UNIQUE (test_session_id),
    CONSTRAINT fk_riasec_results_test_session_id FOREIGN KEY(test_session_id) REFERENCES careerprofile_test_sessions (id) ON DELETE CASCADE,
    CONSTRAINT fk_riasec_results_riasec_code_id FOREIGN KEY(riasec_code_id) REFERENCES riasec_codes (id) ON DELETE RESTRICT
);
INSERT INTO careerprofile_test_sessions (user_id, session_token, status, uses_ikigai) VALUES ('00000000-0000-4000-8000-000000000001', 'all-1', 'completed', true);
INSERT INTO kenalidiri_history (user_id, test_category_id, detail_session_id, status) VALUES ('00000000-0000-4000-8000-000000000001', 1, 1, 'completed');
INSERT INTO riasec_codes (riasec_code, riasec_title) VALUES ('R', 'Realistic');
INSERT INTO riasec_question_sets (test_session_id, question_ids) VALUES (1, '[1, 2]');
INSERT INTO riasec_responses (test_session_id, responses_data) VALUES (1, '{}');
INSERT INTO riasec_results (test_session_id, score_r, score_i, score_a, score_s, score_e, score_c, riasec_code_id, riasec_code_type, is_inconsistent_profile) VALUES (1, 9, 8, 7, 6, 5, 4, 1, 'single', false);
INSERT INTO ikigai_candidate_professions (test_session_id, candidates_data, total_candidates, generation_strategy) VALUES (1, '{}', 5, '4_tier_expansion');
INSERT INTO ikigai_responses (test_session_id, dimension_1_love) VALUES (1, '{"a": 1}');
INSERT INTO ikigai_dimension_scores (test_session_id, scores_data) VALUES (1, '{}');
INSERT INTO ikigai_total_scores (test_session_id, scores_data, top_profession_1_id) VALUES (1, '{}', 7);
INSERT INTO career_recommendations (test_session_id, recommendations_data) VALUES (1, '{}');
INSERT INTO fit_check_results (test_session_id, profession_id, user_riasec_code_id, profession_riasec_code_id, match_category, rule_type, dominant_letter_same, is_adjacent_hexagon, match_score) VALUES (1, 1, 1, 1, 'LOW', 'x', true, true, 0.5);
