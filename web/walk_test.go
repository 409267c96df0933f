package web_test

import (
	"database/sql"
	"strings"
	"testing"
)

// rows is a fingerprint of some tables.
func rows(t testing.TB, db *sql.DB, tables ...string) string {
	t.Helper()
	var all strings.Builder
	for _, table := range tables {
		var sum string
		if err := db.QueryRowContext(t.Context(), `select coalesce(md5(string_agg(r::text, '|' order by r::text)), '-') from `+table+` r`).Scan(&sum); err != nil {
			t.Fatal(err)
		}
		all.WriteString(table + "=" + sum + " ")
	}
	return all.String()
}
