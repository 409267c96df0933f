package browser_test

import (
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/casepath/casepath/procedures/stack"
)

// What makes the states of pages that no address has.

func refusedSignIn(_ *world, b *tab) {
	b.fill("#email", "nobody@interfacing.example")
	b.fill("#password", "wrong")
	if status := b.load(b.click(".btn.main")); status != 401 {
		b.t.Errorf("a wrong password: %d", status)
	}
}

func refusedDescription(_ *world, b *tab) {
	b.fill("#title", "Help")
	b.fill("#body", "It")
	if status := b.load(b.click(".btn.main")); status != 422 {
		b.t.Errorf("a title that says nothing: %d", status)
	}
}

// halfSignedIn has given the right password and not the code yet.
func halfSignedIn(_ *world, b *tab) {
	b.fill("#email", "double@interfacing.example")
	b.fill("#password", stack.Password)
	if status := b.load(b.click(".btn.main")); status != http.StatusOK || !strings.Contains(b.path(), "second-step") {
		b.t.Errorf("the first of two steps: %d %s", status, b.path())
	}
}

// refusedTriage changes the severity and does not say why.
func refusedTriage(_ *world, b *tab) {
	b.choose("#triage-reason", "bug")
	severity := "high"
	if eval[string](b, `document.querySelector("#triage-severity").value`) == severity {
		severity = "low"
	}
	b.choose("#triage-severity", severity)
	if status := b.load(b.click(button("/accept"))); status != http.StatusUnprocessableEntity {
		b.t.Errorf("another severity without a reason: %d", status)
	}
}

// refusedWatcher names somebody whom nobody knows.
func refusedWatcher(_ *world, b *tab) {
	b.unfold("#watch-email")
	b.fill("#watch-email", "nobody@interfacing.example")
	if status := b.load(b.click(button("/watch"))); status != http.StatusUnprocessableEntity {
		b.t.Errorf("a watcher who is nobody: %d", status)
	}
}

// replied has a reply on its way that can still be taken back.
func replied(_ *world, b *tab) {
	b.unfold("#reply-text")
	b.fill("#reply-text", "The fix is in the next version.")
	if status := b.load(b.click(button("/reply"))); status != http.StatusOK {
		b.t.Errorf("a reply: %d", status)
	}
}

// overtaken has written a reply while the customer said something else.
func overtaken(w *world, b *tab) {
	if _, err := w.Desk.Comment(w.as(b.t, vendor+"/jeanne"), uuid.NewString(), w.at("{stale}"), "It works again since noon.", nil); err != nil {
		b.t.Fatal(err)
	}
	b.unfold("#reply-text")
	b.fill("#reply-text", "Please try another browser.")
	if status := b.load(b.click(button("/reply"))); status != http.StatusConflict {
		b.t.Errorf("a reply without having read: %d", status)
	}
}
