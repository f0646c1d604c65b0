// Command admin does what the Go admin does with the tables of Kenali Diri: it reads a run and
// decodes every JSON column into structs, deletes a run, edits the texts of a RIASEC code, and
// lets GORM migrate and write the tables whose columns it spells in its own way.
//
//	DATABASE_URL=postgresql://... admin read SESSION_TOKEN
//	                              admin codes
//	                              admin delete SESSION_TOKEN
//	                              admin edit CODE TITLE STRENGTH...
//	                              admin gorm-migrate
//	                              admin gorm-answer SESSION_TOKEN PROFESSION_ID
//
// It prints JSON. What it cannot decode is an error that names table, column and path; exit 1.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
)

func main() {
	found, err := run(os.Args[1:], os.Getenv("DATABASE_URL"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "admin:", err)
		os.Exit(1)
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(found); err != nil {
		fmt.Fprintln(os.Stderr, "admin:", err)
		os.Exit(1)
	}
}

func run(arguments []string, databaseURL string) (interface{}, error) {
	if len(arguments) == 0 {
		return nil, errors.New("name a command")
	}
	dsn, err := withoutTLS(databaseURL)
	if err != nil {
		return nil, err
	}
	command, rest := arguments[0], arguments[1:]
	switch {
	case command == "read" && len(rest) == 1:
		return readRun(dsn, rest[0])
	case command == "codes" && len(rest) == 0:
		return readCodes(dsn)
	case command == "delete" && len(rest) == 1:
		return deleteRun(dsn, rest[0])
	case command == "edit" && len(rest) >= 3:
		return editCode(dsn, rest[0], rest[1], rest[2:])
	case command == "gorm-migrate" && len(rest) == 0:
		return gormMigrate(dsn)
	case command == "gorm-answer" && len(rest) == 2:
		profession, err := strconv.ParseInt(rest[1], 10, 64)
		if err != nil {
			return nil, err
		}
		return gormAnswer(dsn, rest[0], profession)
	}
	return nil, fmt.Errorf("unknown command or wrong number of arguments: %q", arguments)
}

// withoutTLS adds sslmode=disable to a URL that says nothing of it: lib/pq asks for TLS by default.
func withoutTLS(databaseURL string) (string, error) {
	parsed, err := url.Parse(databaseURL)
	if err != nil || databaseURL == "" {
		return "", errors.New("set DATABASE_URL")
	}
	query := parsed.Query()
	if query.Get("sslmode") == "" {
		query.Set("sslmode", "disable")
	}
	parsed.RawQuery = query.Encode()
	return parsed.String(), nil
}
