package main

import (
	"encoding/json"
	"errors"
	"os"
	"time"

	"github.com/casepath/casepath/calendar"
)

type calendarCommand struct {
	Due     dueCommand     `cmd:"" help:"When so much business time, or so many business days, are over."`
	Elapsed elapsedCommand `cmd:"" help:"How much business time has passed between two instants."`
	Refresh refreshCommand `cmd:"" help:"Write the files of public holidays anew, from the npm package date-holidays (needs node and npm)."`
}

type dueCommand struct{}

// Run answers the questions of standard input, a JSON object a line
// (docs/calendar.md). It fails when one could not be answered.
func (dueCommand) Run() error { return eachLine(os.Stdin, os.Stdout, answerDue) }

type elapsedCommand struct{}

// Run is as dueCommand's.
func (elapsedCommand) Run() error { return eachLine(os.Stdin, os.Stdout, answerElapsed) }

func answerDue(line []byte) (any, error) {
	var q struct {
		Calendar calendar.Spec `json:"calendar"`
		Start    string        `json:"start"`
		Seconds  *seconds      `json:"seconds"`
		Days     *float64      `json:"days"`
	}
	if err := parse(line, &q); err != nil {
		return nil, err
	}
	c, err := calendar.New(q.Calendar)
	if err != nil {
		return nil, err
	}
	start, err := instantOf("start", q.Start)
	if err != nil {
		return nil, err
	}
	var due time.Time
	switch {
	case (q.Seconds == nil) == (q.Days == nil):
		err = errors.New("give seconds or days, one of them")
	case q.Days != nil:
		due, err = dueDays(c, start, *q.Days)
	default:
		due, err = dueSeconds(c, start, *q.Seconds)
	}
	if err != nil {
		return nil, err
	}
	return struct {
		ID  json.RawMessage `json:"id,omitempty"`
		Due string          `json:"due"`
	}{idOf(line), as(start, c.Zone(), due)}, nil
}

func dueSeconds(c *calendar.Calendar, start time.Time, s seconds) (time.Time, error) {
	span, err := s.span()
	if err != nil {
		return start, err
	}
	return c.Due(start, span)
}

func dueDays(c *calendar.Calendar, start time.Time, days float64) (time.Time, error) {
	const most = 1e6 // more than all calendars have
	if days != float64(int(min(days, most))) {
		return start, errors.New("days: only whole ones, at most a million")
	}
	return c.DueDays(start, int(days))
}

func answerElapsed(line []byte) (any, error) {
	var q struct {
		Calendar calendar.Spec `json:"calendar"`
		From     string        `json:"from"`
		To       string        `json:"to"`
	}
	if err := parse(line, &q); err != nil {
		return nil, err
	}
	c, err := calendar.New(q.Calendar)
	if err != nil {
		return nil, err
	}
	from, err := instantOf("from", q.From)
	if err != nil {
		return nil, err
	}
	to, err := instantOf("to", q.To)
	if err != nil {
		return nil, err
	}
	elapsed, err := c.Elapsed(from, to)
	if err != nil {
		return nil, err
	}
	return struct {
		ID      json.RawMessage `json:"id,omitempty"`
		Seconds float64         `json:"seconds"`
	}{idOf(line), elapsed.Seconds()}, nil
}
