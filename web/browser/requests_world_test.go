package browser_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/desk"
)

// pending has two vendors run by their packs: at one a request lacks evidence
// and one was refused, at the other a request is with its super-user.
func (w *world) pending(t testing.TB) {
	t.Helper()
	for _, vendor := range []string{"athento", "primlogix"} {
		if err := demo.PublishTo(t.Context(), w.Desk, vendor); err != nil {
			t.Fatal(err)
		}
	}
	keep := func(name, who string, r desk.Registration) {
		r.Channel = "portal"
		v, err := w.Desk.Register(w.as(t, who), uuid.NewString(), r)
		if err != nil || v.Pending == nil {
			t.Fatalf("%s is not kept: %+v, %v", name, v, err)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.numbers[name] = v.Pending.ID.String()
	}
	keep("lacking", "athento/jeanne", desk.Registration{
		Type: "incident", Severity: "high", Title: "The API answers 500 on upload", Body: "It stops.", Fields: map[string]string{"problem_kind": "api"},
	})
	keep("first", "primlogix/jeanne", desk.Registration{Type: "problem", Severity: "normal", Title: longTitle, Body: longTitle})
	if _, err := w.Desk.Register(w.as(t, "athento/reader"), uuid.NewString(), desk.Registration{
		Type: "question", Severity: "low", Title: "How do I share a folder?", Body: "With a colleague.", Channel: "portal",
	}); err == nil {
		t.Fatal("an unauthorized contact registers")
	}
	if err := w.Desk.KeepDraft(w.as(t, "athento/super"), desk.DraftNew, "register", map[string]string{
		"type": "incident", "title": "The API answers 500 on upload", "body": "It stops.", "severity": "high", "f_problem_kind": "api",
	}); err != nil {
		t.Fatal(err)
	}
}
