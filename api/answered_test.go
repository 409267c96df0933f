package api_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/onebox"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
)

// answered takes a new ticket of ADvendio, who closes answered ones after ten
// days, to its answer with a file, and gives its row.
func answered(t *testing.T, h *stack.House, jeanne, agent string) store.Ticket {
	t.Helper()
	a := h.Ask(t, jeanne, "POST", "/v1/tickets", map[string]any{"type": "bug", "severity": "3", "title": "Labels print twice", "body": "Each of them."})
	number := a.Text("number")
	file := h.Ask(t, agent, "POST", "/v1/files?name=labels.csv", "a,b", "Content-Type", "application/octet-stream")
	for _, step := range []struct {
		action string
		body   map[string]any
	}{
		{"triage", map[string]any{"reason": "bug", "level": 1, "severity": "4", "severity_reason": "QZWHY one printer only", "path": "answer"}},
		{"answer", map[string]any{"text": "See the file.", "files": []string{file.Text("id")}}},
	} {
		if a = h.Ask(t, agent, "POST", "/v1/tickets/"+number+"/"+step.action, step.body); a.Status != 200 {
			t.Fatalf("%s: %d %s", step.action, a.Status, a.Raw)
		}
	}
	return rowOf(t, h, a.Text("id"))
}

func rowOf(t *testing.T, h *stack.House, id string) (row store.Ticket) {
	t.Helper()
	vendor, err := h.Store.VendorBySlug(t.Context(), "advendio")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Store.In(t.Context(), vendor.ID, func(tx *store.Tx) error {
		row, err = tx.Ticket(t.Context(), uuid.MustParse(id))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return row
}

// A word from the customer keeps an answered ticket open; one of staff does not.
func TestACommentStopsTheAutomaticClose(t *testing.T) {
	h := stack.NewHouse(t, stack.Parts{Relay: true, Worker: true})
	jeanne, agent := h.Token(t, "advendio", "jeanne"), h.Token(t, "advendio", "agent")
	row := answered(t, h, jeanne, agent)
	if row.AutoCloseAt == nil {
		t.Fatal("an answered ticket of ADvendio closes by itself")
	}
	path := "/v1/tickets/" + row.Number
	h.Ask(t, agent, "POST", path+"/comments", map[string]any{"text": "Does it help?"})
	if rowOf(t, h, row.ID.String()).AutoCloseAt == nil {
		t.Error("a word of staff keeps it from closing")
	}
	h.Ask(t, jeanne, "POST", path+"/comments", map[string]any{"text": "No, still twice."})
	if after := rowOf(t, h, row.ID.String()); after.AutoCloseAt != nil || after.State != "answered" {
		t.Errorf("after the customer's word: %s, closes at %v", after.State, after.AutoCloseAt)
	}
	if a := h.Ask(t, agent, "POST", path+"/close", nil); a.Text("state") != "closed" {
		t.Errorf("its assignee can't close it: %d %s", a.Status, a.Raw)
	}
}

// Staff write for each other why they changed the severity; the answer's mail
// names its files and says how to go on.
func TestWhatTheCustomerIsToldOfAnAnswer(t *testing.T) {
	h := stack.NewHouse(t, stack.Parts{Relay: true, Worker: true})
	jeanne, agent := h.Token(t, "advendio", "jeanne"), h.Token(t, "advendio", "agent")
	row := answered(t, h, jeanne, agent)
	history := "/v1/tickets/" + row.Number + "/history"
	if a := h.Ask(t, jeanne, "GET", history, nil); strings.Contains(string(a.Raw), "QZWHY") || !strings.Contains(string(a.Raw), `"triage"`) {
		t.Errorf("the customer reads %s", a.Raw)
	}
	if a := h.Ask(t, agent, "GET", history, nil); !strings.Contains(string(a.Raw), "QZWHY") {
		t.Errorf("staff read %s", a.Raw)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	m, err := h.Mail.Wait(ctx, func(c onebox.Caught) bool { return strings.Contains(c.Subject, "Answer to your request") })
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"See the file.", "| labels.csv", "you can reopen the ticket"} {
		if !strings.Contains(m.Text, part) {
			t.Errorf("the mail does not say %q:\n%s", part, m.Text)
		}
	}
	if strings.Contains(string(m.Raw), "QZWHY") {
		t.Error("the mail tells why the severity changed")
	}
}
