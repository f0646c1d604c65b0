package main

import "time"

// The JSON columns as they are stored (5-data.md). A pointer may be null; nothing else may.

// ByDimension holds one value for each of the four dimensions.
type ByDimension[T any] struct {
	Love       T `json:"what_you_love"`
	GoodAt     T `json:"what_you_are_good_at"`
	WorldNeeds T `json:"what_the_world_needs"`
	PaidFor    T `json:"what_you_can_be_paid_for"`
}

// ResponsesData is riasec_responses.responses_data.
type ResponsesData struct {
	Responses []struct {
		QuestionID   int       `json:"question_id"`
		QuestionType string    `json:"question_type"`
		AnswerValue  int       `json:"answer_value"`
		AnsweredAt   time.Time `json:"answered_at"`
	} `json:"responses"`
	TotalQuestions int       `json:"total_questions"`
	Completed      bool      `json:"completed"`
	SubmittedAt    time.Time `json:"submitted_at"`
}

// CandidatesData is ikigai_candidate_professions.candidates_data; Path is there on the split path.
type CandidatesData struct {
	Candidates []struct {
		ProfessionID    int64   `json:"profession_id"`
		RiasecCodeID    int64   `json:"riasec_code_id"`
		ExpansionTier   int     `json:"expansion_tier"`
		CongruenceType  string  `json:"congruence_type"`
		CongruenceScore float64 `json:"congruence_score"`
		DisplayOrder    int     `json:"display_order"`
		Path            string  `json:"path,omitempty"`
	} `json:"candidates"`
	Metadata struct {
		TotalCandidates              int            `json:"total_candidates"`
		UserRiasecCodeID             int64          `json:"user_riasec_code_id"`
		UserRiasecCode               string         `json:"user_riasec_code"`
		UserRiasecClassificationType string         `json:"user_riasec_classification_type"`
		UserRiasecScores             map[string]int `json:"user_riasec_scores"`
		IsInconsistentProfile        bool           `json:"is_inconsistent_profile"`
		ExpansionStrategy            string         `json:"expansion_strategy"`
		SplitPathStrategy            bool           `json:"split_path_strategy"`
		ExpansionSummary             map[string]int `json:"expansion_summary"`
		CongruentCodeIDs             []int64        `json:"congruent_code_ids"`
		DisplayCount                 int            `json:"display_count"`
		GeneratedAt                  time.Time      `json:"generated_at"`
	} `json:"metadata"`
}

// DimensionAnswer is a dimension's column in ikigai_responses.
type DimensionAnswer struct {
	SelectedProfessionID *int64    `json:"selected_profession_id"`
	SelectionType        string    `json:"selection_type"`
	ReasoningText        string    `json:"reasoning_text"`
	AnsweredAt           time.Time `json:"answered_at"`
}

// DimensionScores is ikigai_dimension_scores.scores_data.
type DimensionScores struct {
	DimensionScores ByDimension[[]struct {
		ProfessionID   int64   `json:"profession_id"`
		RRaw           float64 `json:"r_raw"`
		RNormalized    float64 `json:"r_normalized"`
		TextScore      float64 `json:"text_score"`
		ClickScore     float64 `json:"click_score"`
		DimensionTotal float64 `json:"dimension_total"`
	}] `json:"dimension_scores"`
	NormalizationParams ByDimension[struct {
		RMin                 float64 `json:"r_min"`
		RMax                 float64 `json:"r_max"`
		ProfessionsEvaluated int     `json:"professions_evaluated"`
	}] `json:"normalization_params"`
	Metadata struct {
		TotalCandidatesScored int                  `json:"total_candidates_scored"`
		ScoringStrategy       string               `json:"scoring_strategy"`
		FallbackUsed          bool                 `json:"fallback_used"`
		FailedDimensions      []string             `json:"failed_dimensions"`
		CalculatedAt          time.Time            `json:"calculated_at"`
		Imputed               map[string][]int64   `json:"imputed"`
		LowEvidence           []string             `json:"low_evidence"`
		Vanished              []int64              `json:"vanished"`
		Models                ByDimension[*string] `json:"models"`
	} `json:"metadata"`
	Trace ByDimension[struct {
		PromptVersion *string `json:"prompt_version"`
		Model         *string `json:"model"`
		ShuffleSeed   *string `json:"shuffle_seed"`
		Candidates    []struct {
			ProfessionID int64    `json:"profession_id"`
			K            *float64 `json:"k"`
			S            *float64 `json:"s"`
			B            *float64 `json:"b"`
		} `json:"candidates"`
	}] `json:"trace"`
}

// TotalScores is ikigai_total_scores.scores_data. The admin shows the last five keys.
type TotalScores struct {
	ProfessionScores []struct {
		Rank                     int     `json:"rank"`
		ProfessionID             int64   `json:"profession_id"`
		ProfessionName           string  `json:"profession_name"`
		TotalScore               float64 `json:"total_score"`
		IntrinsicScore           float64 `json:"intrinsic_score"`
		ExtrinsicScore           float64 `json:"extrinsic_score"`
		CongruenceScore          float64 `json:"congruence_score"`
		AvgRNormalized           float64 `json:"avg_r_normalized"`
		ScoreWhatYouLove         float64 `json:"score_what_you_love"`
		ScoreWhatYouAreGoodAt    float64 `json:"score_what_you_are_good_at"`
		ScoreWhatTheWorldNeeds   float64 `json:"score_what_the_world_needs"`
		ScoreWhatYouCanBePaidFor float64 `json:"score_what_you_can_be_paid_for"`
	} `json:"profession_scores"`
	Metadata struct {
		TotalProfessionsRanked int  `json:"total_professions_ranked"`
		TieBreakingApplied     bool `json:"tie_breaking_applied"`
		TieBreakingDetails     *struct {
			TiedProfessionIDs    []int64  `json:"tied_profession_ids"`
			TiedTotalScore       float64  `json:"tied_total_score"`
			TiebreakCriteriaUsed []string `json:"tiebreak_criteria_used"`
		} `json:"tie_breaking_details"`
		Top2Professions []*int64  `json:"top_2_professions"`
		CalculatedAt    time.Time `json:"calculated_at"`
	} `json:"metadata"`
	TopProfessions []struct {
		ProfessionID    int64  `json:"profession_id"`
		ProfessionName  string `json:"profession_name"`
		MatchPercentage int    `json:"match_percentage"`
		MatchReasoning  string `json:"match_reasoning"`
	} `json:"top_professions"`
	LoveNarrative       string `json:"love_narrative"`
	GoodAtNarrative     string `json:"good_at_narrative"`
	WorldNeedsNarrative string `json:"world_needs_narrative"`
	PaidForNarrative    string `json:"paid_for_narrative"`
}

// Recommendations is career_recommendations.recommendations_data.
type Recommendations struct {
	IkigaiProfileSummary   ByDimension[string] `json:"ikigai_profile_summary"`
	RecommendedProfessions []struct {
		Rank            int     `json:"rank"`
		ProfessionID    int64   `json:"profession_id"`
		ProfessionName  string  `json:"profession_name"`
		MatchPercentage float64 `json:"match_percentage"`
		MatchReasoning  string  `json:"match_reasoning"`
		RiasecAlignment struct {
			UserCode        string  `json:"user_code"`
			ProfessionCode  string  `json:"profession_code"`
			CongruenceType  string  `json:"congruence_type"`
			CongruenceScore float64 `json:"congruence_score"`
		} `json:"riasec_alignment"`
		ScoreBreakdown struct {
			TotalScore               float64 `json:"total_score"`
			IntrinsicScore           float64 `json:"intrinsic_score"`
			ExtrinsicScore           float64 `json:"extrinsic_score"`
			ScoreWhatYouLove         float64 `json:"score_what_you_love"`
			ScoreWhatYouAreGoodAt    float64 `json:"score_what_you_are_good_at"`
			ScoreWhatTheWorldNeeds   float64 `json:"score_what_the_world_needs"`
			ScoreWhatYouCanBePaidFor float64 `json:"score_what_you_can_be_paid_for"`
		} `json:"score_breakdown"`
	} `json:"recommended_professions"`
	GenerationContext struct {
		UserRiasecCode           string    `json:"user_riasec_code"`
		TotalCandidatesEvaluated int       `json:"total_candidates_evaluated"`
		Top2SelectionMethod      string    `json:"top_2_selection_method"`
		GenerationTimestamp      time.Time `json:"generation_timestamp"`
		NarrativeSource          string    `json:"narrative_source"`
	} `json:"generation_context"`
	PointsAwarded *int `json:"points_awarded"`
}
