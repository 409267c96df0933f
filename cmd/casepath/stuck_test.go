package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/workflows"
)

// A ticket that has lost its workflow is found, shown, and mended when asked;
// the commands fail as long as something is wrong.
func TestStuckAndReconcile(t *testing.T) {
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	p := newProcess(t, h)
	a := h.Ask(t, h.Token(t, "interfacing", "jeanne"), "POST", "/v1/tickets", map[string]any{
		"type": "bug", "severity": "medium", "title": "Export stops at 10,000 rows", "body": "It ends without a word.",
	})
	deliver := func() {
		t.Helper()
		if _, err := h.Relay.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	deliver()
	listed := func(want int) { // the engine's list is a moment late
		t.Helper()
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for n := -1; n != want; <-tick.C {
			ids, _, err := p.engine.Running(t.Context(), "ticket", uuid.Nil.String(), uuid.Max.String(), nil)
			if n = len(ids); err != nil || t.Context().Err() != nil {
				t.Fatal(err)
			}
		}
	}
	says := func(what string, fails bool, run func(*bytes.Buffer) error, want ...string) {
		t.Helper()
		var out bytes.Buffer
		if err := run(&out); (err != nil) != fails {
			t.Errorf("%s: %v, %s", what, err, &out)
		}
		for _, text := range want {
			if !strings.Contains(out.String(), text) {
				t.Errorf("%s does not say %q:\n%s", what, text, &out)
			}
		}
	}
	stuck := func(out *bytes.Buffer) error { return listStuck(t.Context(), p, out) }
	compare := func(r reconcileCommand) func(*bytes.Buffer) error {
		return func(out *bytes.Buffer) error { return r.compare(t.Context(), p, out) }
	}
	says("at first", false, stuck, "compared: never", "last backup: never")
	says("all is well", false, compare(reconcileCommand{All: true}), "1 open rows")
	listed(1)
	if err := h.Client.Engine().TerminateWorkflow(t.Context(), workflows.TicketID(a.Text("id")), "", "the test ends it"); err != nil {
		t.Fatal(err)
	}
	listed(0)
	says("without its workflow", true, compare(reconcileCommand{}), "no_workflow  "+a.Text("number"))
	says("stuck", true, stuck, "interfacing", "no_workflow", a.Text("number"))
	says("repair", false, compare(reconcileCommand{Repair: true}), "workflow_restarted")
	says("repair begun", true, stuck, "repair begun")
	deliver()
	says("mended", false, compare(reconcileCommand{}), "1 open rows")
	says("nothing is stuck", false, stuck, "(1 rows, complete: true)")
}
