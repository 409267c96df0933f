package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const berlin = `"calendar":{"timezone":"Europe/Berlin","hours":{"mon":[["09:00","17:00"]],"tue":[["09:00","12:00"],["13:00","17:00"]]},"holidays":["2026-12-29"],"dates":{"2026-12-28":[["09:00","12:00"]]}}`

func TestLinesAreAnswered(t *testing.T) {
	for question, tt := range map[string]struct {
		answer func([]byte) (any, error)
		want   string
	}{
		`{"id":"a",` + berlin + `,"start":"2026-11-23T16:00:00+01:00","seconds":7200.0,"expect":1,"note":"<&>"}`: {answerDue, `{"id":"a","due":"2026-11-24T10:00:00+01:00"}`},
		`{"id":"b",` + berlin + `,"start":"2026-11-23T15:00:00Z","seconds":7200}`:                                {answerDue, `{"id":"b","due":"2026-11-24T09:00:00Z"}`},
		`{"id":"c",` + berlin + `,"start":"2026-11-23T10:00:00-05:00","seconds":0.25}`:                           {answerDue, `{"id":"c","due":"2026-11-23T16:00:00.25+01:00"}`},
		`{"id":"d",` + berlin + `,"start":"2026-11-24T12:30:00+01:00","days":3}`:                                 {answerDue, `{"id":"d","due":"2026-12-07T13:00:00+01:00"}`},
		`{"id":5,` + berlin + `,"start":"2026-12-28T08:00:00+01:00","days":0}`:                                   {answerDue, `{"id":5,"due":"2026-12-28T09:00:00+01:00"}`},
		`{` + berlin + `,"start":"2026-12-28T08:00:00+01:00","seconds":0}`:                                       {answerDue, `{"due":"2026-12-28T09:00:00+01:00"}`},
		`{"id":"e",` + berlin + `,"from":"2026-12-22T16:00:00+01:00","to":"2027-01-04T08:00:00Z"}`:               {answerElapsed, `{"id":"e","seconds":14400}`},
		`{"id":"f",` + berlin + `,"from":"2026-11-23T16:00:00.5+01:00","to":"2026-11-23T16:00:01+01:00"}`:        {answerElapsed, `{"id":"f","seconds":0.5}`},

		`{"id":"g",` + berlin + `,"target_seconds":7200,"timeline":[["created","2026-11-23T15:00:00Z"],["paused","2026-11-23T15:30:00Z"],["resumed","2026-11-24T08:30:00Z"],["closed","2026-11-24T16:00:00Z"]]}`: {answerReplay, `{"id":"g","due":"2026-11-24T10:00:00Z","elapsed_seconds":25200,"paused_seconds":3600,"breached":true,"ledger":[` +
			`{"from":"2026-11-23T15:00:00Z","to":"2026-11-23T15:30:00Z","kind":"counted","cause":"created"},` +
			`{"from":"2026-11-23T15:30:00Z","to":"2026-11-24T08:30:00Z","kind":"paused","cause":"paused"},` +
			`{"from":"2026-11-24T08:30:00Z","to":"2026-11-24T16:00:00Z","kind":"counted","cause":"resumed"}]}`},
		`{"id":"h",` + berlin + `,"target_seconds":60,"timeline":[["created","2026-11-23T16:00:00+01:00"],["closed","2026-11-23T16:00:00+01:00"]]}`:                                   {answerReplay, `{"id":"h","due":null,"elapsed_seconds":0,"paused_seconds":0,"breached":false,"ledger":[]}`},
		`{"id":"i",` + berlin + `,"target_seconds":60,"metric":"resolution","timeline":[["created","2026-11-23T16:00:00+01:00"],["first_response","2026-11-23T16:00:00+01:00"]]}`:     {answerReplay, `{"id":"i","due":"2026-11-23T16:01:00+01:00","elapsed_seconds":0,"paused_seconds":0,"breached":false,"ledger":[]}`},
		`{"id":"j",` + berlin + `,"target_seconds":60,"metric":"first_response","timeline":[["created","2026-11-23T16:00:00+01:00"],["first_response","2026-11-23T16:00:30+01:00"]]}`: {answerReplay, `{"id":"j","due":"2026-11-23T16:01:00+01:00","elapsed_seconds":30,"paused_seconds":0,"breached":false,"ledger":[{"from":"2026-11-23T16:00:00+01:00","to":"2026-11-23T16:00:30+01:00","kind":"counted","cause":"created"}]}`},
	} {
		var out bytes.Buffer
		if err := eachLine(strings.NewReader(question), &out, tt.answer); err != nil || out.String() != tt.want+"\n" {
			t.Errorf("%s\n%v %s; want\n%s", question, err, &out, tt.want)
		}
	}
}

// A line that can't be answered says so with its id, and those after it are
// answered; the command fails.
func TestBadLinesAreAnsweredAndTheRestGoesOn(t *testing.T) {
	const start = `"start":"2026-11-23T16:00:00+01:00"`
	for question, want := range map[string]string{
		`{"id":"a",` + berlin + `,` + start + `}`:                                    `{"id":"a","error":"give seconds or days, one of them"}`,
		`{"id":"b",` + berlin + `,` + start + `,"seconds":1,"days":1}`:               `{"id":"b","error":"give seconds or days, one of them"}`,
		`{"id":"c",` + berlin + `,` + start + `,"days":1.5}`:                         `{"id":"c","error":"days: only whole ones, at most a million"}`,
		`{"id":"d",` + berlin + `,` + start + `,"days":1e300}`:                       `{"id":"d","error":"days: only whole ones, at most a million"}`,
		`{"id":"e",` + berlin + `,` + start + `,"days":-1}`:                          `{"id":"e","error":"time does not run backwards"}`,
		`{"id":"f",` + berlin + `,` + start + `,"seconds":-0.5}`:                     `{"id":"f","error":"time does not run backwards"}`,
		`{"id":"g",` + berlin + `,` + start + `,"seconds":1e18}`:                     `{"id":"g","error":"1e+18 seconds are beyond any calendar"}`,
		`{"id":"h",` + berlin + `,` + start + `,"seconds":8e9}`:                      `{"id":"h","error":"this calendar has not so much open time before the year 2250"}`,
		`{"id":"i",` + berlin + `,` + start + `,"seconds":1e999}`:                    `{"id":"i","error":"seconds: number 1e999 is not what belongs here"}`,
		`{"id":"j",` + berlin + `,` + start + `,"seconds":"1"}`:                      `{"id":"j","error":"seconds: string is not what belongs here"}`,
		`{"id":"k",` + berlin + `,"start":"23.11.2026","seconds":1}`:                 `{"id":"k","error":"start: \"23.11.2026\" is no instant such as 2026-01-31T09:00:00+01:00"}`,
		`{"id":"l","calendar":{"timezone":"UTC"},` + start + `,"seconds":1}`:         `{"id":"l","error":"the calendar is never open"}`,
		`{"id":"m",` + start + `,"seconds":1}`:                                       `{"id":"m","error":"the calendar names no time zone such as Europe/Paris, but \"\""}`,
		`{"id":"n",` + berlin + `,` + start + `,"seconds":`:                          `{"id":"n","error":"the line is no JSON object: unexpected end of JSON input"}`,
		`{"calendar":{},"id":"o",}`:                                                  `{"id":"o","error":"the line is no JSON object: invalid character '}' looking for beginning of object key string"}`,
		`[1]`:                                                                        `{"error":"the line is no JSON object, but array"}`,
		`hello`:                                                                      `{"error":"the line is no JSON object: invalid character 'h' looking for beginning of value"}`,
		`{"id":"p","calendar":{"timezone":"UTC","hours":{"mon":["09:00","17:00"]}}}`: `{"id":"p","error":"calendar.hours: string is not what belongs here"}`,
	} {
		good := `{"id":"good",` + berlin + `,` + start + `,"seconds":60}`
		var out bytes.Buffer
		err := eachLine(strings.NewReader(question+"\n\n"+good+"\r\n"), &out, answerDue)
		if err == nil || err.Error() != "1 of 2 lines could not be answered" {
			t.Errorf("%s: %v", question, err)
		}
		if want += "\n" + `{"id":"good","due":"2026-11-23T16:01:00+01:00"}` + "\n"; out.String() != want {
			t.Errorf("%s\n%s; want\n%s", question, &out, want)
		}
	}
	for question, want := range map[string]string{
		`{"id":"a",` + berlin + `,"timeline":[]}`:                                                               "target_seconds is missing",
		`{"id":"b",` + berlin + `,"target_seconds":-1,"timeline":[["created","2026-11-23T16:00:00+01:00"]]}`:    "time does not run backwards",
		`{"id":"c",` + berlin + `,"target_seconds":1,"timeline":[]}`:                                            "the timeline does not begin with the ticket's creation",
		`{"id":"d",` + berlin + `,"target_seconds":1,"timeline":[["created"]]}`:                                 `timeline: ["created"] is not what happened and when`,
		`{"id":"e",` + berlin + `,"target_seconds":1,"timeline":[["created","now"]]}`:                           `timeline: "now" is no instant such as 2026-01-31T09:00:00+01:00`,
		`{"id":"f",` + berlin + `,"target_seconds":1,"timeline":[["opened","2026-11-23T16:00:00+01:00"]]}`:      "the timeline does not begin with the ticket's creation",
		`{"id":"g",` + berlin + `,"target_seconds":1e300,"timeline":[["created","2026-11-23T16:00:00+01:00"]]}`: "1e+300 seconds are beyond any calendar",
	} {
		if _, err := answerReplay([]byte(question)); err == nil || err.Error() != want {
			t.Errorf("%s: %v; want %s", question, err, want)
		}
	}
	question := `{"id":"a",` + berlin + `,"from":"2026-11-23T16:00:00Z","to":"2026-11-23T15:00:00Z"}`
	if _, err := answerElapsed([]byte(question)); err == nil || err.Error() != "time does not run backwards" {
		t.Errorf("%s: %v", question, err)
	}
}

// The cases of other help desks and libraries, as their own tests have them.
func TestRealCases(t *testing.T) {
	cases := os.Getenv("CASEPATH_CASES")
	if cases == "" {
		t.Skip("CASEPATH_CASES is not set: the cases of other help desks are not here")
	}
	for file, answer := range map[string]func([]byte) (any, error){"due": answerDue, "elapsed": answerElapsed, "pause": answerReplay} {
		t.Run(file, func(t *testing.T) {
			f, err := os.Open(filepath.Join(cases, "testdata", file+".jsonl"))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = f.Close() }()
			questions, out := &bytes.Buffer{}, &bytes.Buffer{}
			if err := eachLine(io.TeeReader(f, questions), out, answer); err != nil {
				t.Error(err)
			}
			compareCases(t, questions, out)
		})
	}
}

// realCase is a line of a file of cases, with what its answer must say.
type realCase struct {
	ID            string
	Expect        any
	ExpectSeconds any `json:"expect_seconds"`
}

func (c realCase) expected() map[string]any {
	if fields, ok := c.Expect.(map[string]any); ok {
		return fields
	}
	if c.ExpectSeconds != nil {
		return map[string]any{"seconds": c.ExpectSeconds}
	}
	return map[string]any{"due": c.Expect}
}

func compareCases(t *testing.T, questions, answers io.Reader) {
	t.Helper()
	q, a := bufio.NewScanner(questions), json.NewDecoder(answers)
	compared := 0
	for ; q.Scan(); compared++ {
		var c realCase
		var got map[string]any
		if err := json.Unmarshal(q.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		if err := a.Decode(&got); err != nil || got["id"] != c.ID {
			t.Fatalf("%s: %v, %v", c.ID, got, err)
		}
		for name, want := range c.expected() {
			if answer := valueOf(got, name); answer != want {
				t.Errorf("%s: %s is %v; want %v", c.ID, name, answer, want)
			}
		}
	}
	if compared == 0 {
		t.Error("no cases")
	}
}

// valueOf is what an answer says under a name of the cases, which have some
// spans in minutes.
func valueOf(answer map[string]any, name string) any {
	field := map[string]string{"elapsed_minutes": "elapsed_seconds", "hold_minutes": "paused_seconds"}[name]
	if s, ok := answer[field].(float64); ok {
		return s / 60
	}
	return answer[name]
}
