package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// eachLine answers every line of in, a JSON object, with a line of out. What
// can't be answered is answered with its id, as far as it can be read, and the
// error; the rest goes on, and the command fails at the end. Empty lines are
// passed over.
func eachLine(in io.Reader, out io.Writer, answer func(line []byte) (any, error)) error {
	lines, answers := bufio.NewReader(in), json.NewEncoder(out)
	answers.SetEscapeHTML(false)
	asked, bad := 0, 0
	for {
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			asked++
			say, wrong := answer(line)
			if wrong != nil {
				bad++
				say = badLine{ID: idOf(line), Error: wrong.Error()}
			}
			if err := answers.Encode(say); err != nil {
				return err
			}
		}
		switch {
		case err != nil && !errors.Is(err, io.EOF):
			return err
		case err != nil && bad > 0:
			return fmt.Errorf("%d of %d lines could not be answered", bad, asked)
		case err != nil:
			return nil
		}
	}
}

type badLine struct {
	ID    json.RawMessage `json:"id,omitempty"`
	Error string          `json:"error"`
}

// idOf is the id of a line, also of one that is broken after it; nil without.
func idOf(line []byte) json.RawMessage {
	d := json.NewDecoder(bytes.NewReader(line))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil
		}
		if key == "id" {
			return value
		}
	}
	return nil
}

// parse reads a line; its error is for who wrote it.
func parse(line []byte, into any) error {
	err := json.Unmarshal(line, into)
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong) && wrong.Field != "":
		return fmt.Errorf("%s: %s is not what belongs here", wrong.Field, wrong.Value)
	case wrong != nil:
		return fmt.Errorf("the line is no JSON object, but %s", wrong.Value)
	case err != nil:
		return fmt.Errorf("the line is no JSON object: %w", err)
	}
	return nil
}

// seconds is a span in seconds, with or without a fraction.
type seconds float64

func (s seconds) span() (time.Duration, error) {
	whole, fraction := math.Modf(float64(s))
	if math.Abs(whole) > 9e9 {
		return 0, fmt.Errorf("%v seconds are beyond any calendar", float64(s))
	}
	return time.Duration(whole)*time.Second + time.Duration(math.Round(fraction*float64(time.Second))), nil
}

// instantOf reads an RFC 3339 instant of a named field.
func instantOf(field, text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fmt.Errorf("%s: %q is no instant such as 2026-01-31T09:00:00+01:00", field, text)
	}
	return t, nil
}

// as writes an instant the way the question did: in UTC if that was, else in
// the calendar's zone.
func as(question time.Time, zone *time.Location, answer time.Time) string {
	if question.Location() == time.UTC {
		zone = time.UTC
	}
	return answer.In(zone).Format(time.RFC3339Nano)
}
