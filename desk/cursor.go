package desk

import (
	"encoding/base64"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
)

// cursor is a place in a list: the sort value and id of the last entry shown.
// It names a place only; what is visible there is decided when it is used.
func cursor(value string, id uuid.UUID) string {
	return base64.RawURLEncoding.EncodeToString([]byte(id.String() + value))
}

func readCursor(s string) (value string, id uuid.UUID, err error) {
	var wrong problem.Fields
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil && len(raw) >= 36 {
		if id, err = uuid.ParseBytes(raw[:36]); err == nil && clean(string(raw)) == string(raw) {
			return string(raw[36:]), id, nil
		}
	}
	wrong.Add("cursor", "cursor_unknown", nil)
	return "", uuid.Nil, wrong.Err()
}

func timeCursor(s string) (at time.Time, id uuid.UUID, err error) {
	value, id, err := readCursor(s)
	if err != nil {
		return at, id, err
	}
	if at, err = time.Parse(time.RFC3339Nano, strings.TrimSpace(value)); err != nil || at.Year() > 9999 || at.Year() < 0 {
		var wrong problem.Fields
		wrong.Add("cursor", "cursor_unknown", nil)
		return at, id, wrong.Err()
	}
	return at, id, nil
}
