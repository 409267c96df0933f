package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/casepath/casepath/calendar"
	"github.com/casepath/casepath/clock"
)

type slaCommand struct {
	Replay replayCommand `cmd:"" help:"What a clock says of a ticket's timeline, and why."`
}

type replayCommand struct{}

// Run answers the timelines of standard input, a JSON object a line
// (docs/calendar.md). It fails when one could not be answered.
func (replayCommand) Run() error { return eachLine(os.Stdin, os.Stdout, answerReplay) }

type replayed struct {
	ID       json.RawMessage `json:"id,omitempty"`
	Due      *string         `json:"due"` // null while no clock has started
	Elapsed  float64         `json:"elapsed_seconds"`
	Paused   float64         `json:"paused_seconds"`
	Breached bool            `json:"breached"`
	Ledger   []ledgerLine    `json:"ledger"`
}

type ledgerLine struct {
	From  string     `json:"from"`
	To    string     `json:"to"`
	Kind  clock.Kind `json:"kind"`
	Cause clock.What `json:"cause"`
}

func answerReplay(line []byte) (any, error) {
	var q struct {
		Calendar calendar.Spec `json:"calendar"`
		Target   *seconds      `json:"target_seconds"`
		Metric   string        `json:"metric"`
		Timeline [][]string    `json:"timeline"`
	}
	if err := parse(line, &q); err != nil {
		return nil, err
	}
	c, err := calendar.New(q.Calendar)
	if err != nil {
		return nil, err
	}
	if q.Target == nil {
		return nil, errors.New("target_seconds is missing")
	}
	target, err := q.Target.span()
	if err != nil {
		return nil, err
	}
	timeline, err := timelineOf(q.Timeline)
	if err != nil {
		return nil, err
	}
	stop := clock.FirstResponse
	if q.Metric == "resolution" {
		stop = "" // the closing alone
	}
	h, err := clock.Read(timeline, stop)
	if err != nil {
		return nil, err
	}
	r, err := h.Against(target, c)
	if err != nil {
		return nil, err
	}
	text := func(t time.Time) string { return as(timeline[0].At, c.Zone(), t) }
	return answered(idOf(line), h, r, text), nil
}

func timelineOf(pairs [][]string) (timeline []clock.Event, err error) {
	for _, pair := range pairs {
		if len(pair) != 2 {
			return nil, fmt.Errorf("timeline: %q is not what happened and when", pair)
		}
		at, err := instantOf("timeline", pair[1])
		if err != nil {
			return nil, err
		}
		timeline = append(timeline, clock.Event{What: clock.What(pair[0]), At: at})
	}
	return timeline, nil
}

func answered(id json.RawMessage, h clock.History, r clock.Reading, text func(time.Time) string) replayed {
	a := replayed{ID: id, Elapsed: r.Elapsed.Seconds(), Paused: r.Paused.Seconds(), Breached: r.Breached, Ledger: []ledgerLine{}}
	if !r.Due.IsZero() {
		due := text(r.Due)
		a.Due = &due
	}
	for _, i := range h.Ledger {
		a.Ledger = append(a.Ledger, ledgerLine{text(i.From), text(i.To), i.Kind, i.Cause})
	}
	return a
}
