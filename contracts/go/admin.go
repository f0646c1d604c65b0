package main

import (
	"database/sql"
	"encoding/json"
	"fmt"

	_ "github.com/lib/pq"
)

// Run holds every JSON column of one session.
type Run struct {
	QuestionIDs     []int           `json:"riasec_question_sets.question_ids"`
	Responses       ResponsesData   `json:"riasec_responses.responses_data"`
	Candidates      CandidatesData  `json:"ikigai_candidate_professions.candidates_data"`
	Love            DimensionAnswer `json:"ikigai_responses.dimension_1_love"`
	GoodAt          DimensionAnswer `json:"ikigai_responses.dimension_2_good_at"`
	WorldNeeds      DimensionAnswer `json:"ikigai_responses.dimension_3_world_needs"`
	PaidFor         DimensionAnswer `json:"ikigai_responses.dimension_4_paid_for"`
	DimensionScores DimensionScores `json:"ikigai_dimension_scores.scores_data"`
	TotalScores     TotalScores     `json:"ikigai_total_scores.scores_data"`
	Recommendations Recommendations `json:"career_recommendations.recommendations_data"`
}

// Code holds the lists of a RIASEC code.
type Code struct {
	RiasecCode        string   `json:"riasec_code"`
	Strengths         []string `json:"riasec_codes.strengths"`
	Challenges        []string `json:"riasec_codes.challenges"`
	Strategies        []string `json:"riasec_codes.strategies"`
	WorkEnvironments  []string `json:"riasec_codes.work_environments"`
	InteractionStyles []string `json:"riasec_codes.interaction_styles"`
}

func readRun(dsn, token string) (interface{}, error) {
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	var run Run
	columns := []struct {
		table, column string
		target        interface{}
	}{
		{"riasec_question_sets", "question_ids", &run.QuestionIDs},
		{"riasec_responses", "responses_data", &run.Responses},
		{"ikigai_candidate_professions", "candidates_data", &run.Candidates},
		{"ikigai_responses", "dimension_1_love", &run.Love},
		{"ikigai_responses", "dimension_2_good_at", &run.GoodAt},
		{"ikigai_responses", "dimension_3_world_needs", &run.WorldNeeds},
		{"ikigai_responses", "dimension_4_paid_for", &run.PaidFor},
		{"ikigai_dimension_scores", "scores_data", &run.DimensionScores},
		{"ikigai_total_scores", "scores_data", &run.TotalScores},
		{"career_recommendations", "recommendations_data", &run.Recommendations},
	}
	for _, item := range columns {
		place := item.table + "." + item.column
		var document []byte
		query := fmt.Sprintf("SELECT t.%s FROM %s t JOIN careerprofile_test_sessions s"+
			" ON s.id = t.test_session_id WHERE s.session_token = $1", item.column, item.table)
		if err := db.QueryRow(query, token).Scan(&document); err != nil {
			return nil, fmt.Errorf("%s: %w", place, err)
		}
		if err := decode(place, document, item.target); err != nil {
			return nil, err
		}
	}
	return run, nil
}

func readCodes(dsn string) (interface{}, error) {
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.Query("SELECT riasec_code, strengths, challenges, strategies," +
		" work_environments, interaction_styles FROM riasec_codes ORDER BY id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	codes := []Code{}
	for rows.Next() {
		var code Code
		var lists [5][]byte
		if err := rows.Scan(&code.RiasecCode, &lists[0], &lists[1], &lists[2], &lists[3], &lists[4]); err != nil {
			return nil, err
		}
		targets := []interface{}{&code.Strengths, &code.Challenges, &code.Strategies,
			&code.WorkEnvironments, &code.InteractionStyles}
		for number, target := range targets {
			if err := decode("riasec_codes "+code.RiasecCode, lists[number], target); err != nil {
				return nil, err
			}
		}
		codes = append(codes, code)
	}
	return codes, rows.Err()
}

func deleteRun(dsn, token string) (interface{}, error) {
	return execute(dsn, "DELETE FROM careerprofile_test_sessions WHERE session_token = $1", token)
}

func editCode(dsn, code, title string, strengths []string) (interface{}, error) {
	list, err := json.Marshal(strengths)
	if err != nil {
		return nil, err
	}
	return execute(dsn, "UPDATE riasec_codes SET riasec_title = $2, strengths = $3,"+
		" updated_at = now() WHERE riasec_code = $1", code, title, string(list))
}

func execute(dsn, statement string, values ...interface{}) (interface{}, error) {
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	result, err := db.Exec(statement, values...)
	if err != nil {
		return nil, err
	}
	count, err := result.RowsAffected()
	return map[string]int64{"rows": count}, err
}
