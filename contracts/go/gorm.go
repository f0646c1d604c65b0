package main

import (
	"encoding/json"
	"time"

	"github.com/jinzhu/gorm"
	"github.com/jinzhu/gorm/dialects/postgres"
)

// GORM derives a column's name from its field's: Dimension1Love becomes dimension1_love.

// IkigaiResponse is Go's model of ikigai_responses.
type IkigaiResponse struct {
	ID                   int64          `json:"id"`
	TestSessionID        int64          `json:"test_session_id"`
	Dimension1Love       postgres.Jsonb `json:"dimension1_love"`
	Dimension2GoodAt     postgres.Jsonb `json:"dimension2_good_at"`
	Dimension3WorldNeeds postgres.Jsonb `json:"dimension3_world_needs"`
	Dimension4PaidFor    postgres.Jsonb `json:"dimension4_paid_for"`
	Completed            bool           `json:"completed"`
	CreatedAt            time.Time      `json:"created_at"`
	CompletedAt          *time.Time     `json:"completed_at"`
}

// IkigaiTotalScore is Go's model of ikigai_total_scores.
type IkigaiTotalScore struct {
	ID               int64          `json:"id"`
	TestSessionID    int64          `json:"test_session_id"`
	ScoresData       postgres.Jsonb `json:"scores_data"`
	TopProfession1ID *int64         `json:"top_profession1_id"`
	TopProfession2ID *int64         `json:"top_profession2_id"`
	CalculatedAt     time.Time      `json:"calculated_at"`
}

// Written is what GORM finds of a run after it wrote.
type Written struct {
	Responses IkigaiResponse   `json:"ikigai_responses"`
	Scores    IkigaiTotalScore `json:"ikigai_total_scores"`
}

func gormMigrate(dsn string) (interface{}, error) {
	db, err := gorm.Open("postgres", dsn)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	models := []interface{}{&IkigaiResponse{}, &IkigaiTotalScore{}}
	return map[string]int{"models": len(models)}, db.AutoMigrate(models...).Error
}

// gormAnswer changes the first answer of a run and inserts its missing rows, all through GORM,
// and reads both rows back.
func gormAnswer(dsn, token string, profession int64) (interface{}, error) {
	db, err := gorm.Open("postgres", dsn)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	var session struct{ ID int64 }
	err = db.Table("careerprofile_test_sessions").Select("id").
		Where("session_token = ?", token).Scan(&session).Error
	if err != nil {
		return nil, err
	}
	var found Written
	answer, err := json.Marshal(DimensionAnswer{&profession, "selected", "Ditulis dari Go.", time.Now()})
	if err != nil {
		return nil, err
	}
	of := map[string]interface{}{"test_session_id": session.ID}
	if err := db.Where(of).FirstOrInit(&found.Responses).Error; err != nil {
		return nil, err
	}
	found.Responses.Dimension1Love = postgres.Jsonb{RawMessage: answer}
	if err := db.Save(&found.Responses).Error; err != nil {
		return nil, err
	}
	if err := db.Where(of).FirstOrInit(&found.Scores).Error; err != nil {
		return nil, err
	}
	found.Scores.TopProfession1ID = &profession
	found.Scores.ScoresData = postgres.Jsonb{RawMessage: json.RawMessage("{}")}
	if err := db.Save(&found.Scores).Error; err != nil {
		return nil, err
	}
	var stored Written
	if err := db.Where(of).First(&stored.Responses).Error; err != nil {
		return nil, err
	}
	err = db.Where(of).First(&stored.Scores).Error
	return stored, err
}
