package browser_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/ticket"
)

// types writes into a box and waits until the server has the draft.
func (b *tab) types(box, text string) {
	b.t.Helper()
	field := "#" + box + "-text"
	b.unfold(field)
	b.fill(field, text)
	hint := `document.querySelector(` + quoted(field) + `).form.querySelector("[data-kept]")`
	b.until("the draft of "+box+" to be kept", `(({textContent, dataset}) => textContent === dataset.kept)(`+hint+`)`)
}

// box is what a box holds.
func (b *tab) box(name string) string {
	b.t.Helper()
	return eval[string](b, `document.querySelector("#`+name+`-text").value`)
}

// TestDraftsComeBack: what was typed into the reply and into the note is there
// again after reloading, after going away and back, and after the ticket got
// another assignee, each in its own box (statements 23 and 24).
func TestDraftsComeBack(t *testing.T) {
	w := newWorld(t)
	number := w.ticket(t, "drafts", ticket.InProgress)
	b := w.tab(t, "interfacing/agent", "en")
	b.size(1280, heights[1280])
	b.open("/interfacing/console/tickets/" + number)
	const reply, note = "We have found the cause.", "The cause is embarrassing. " + inside
	b.types("reply", reply)
	b.types("note", note)
	both := func(after string) {
		t.Helper()
		if b.box("reply") != reply || b.box("note") != note {
			t.Errorf("statement 23: %s the reply is %q and the note %q", after, b.box("reply"), b.box("note"))
		}
		for _, box := range []string{"reply", "question", "answer"} {
			if strings.Contains(b.box(box), inside) {
				t.Errorf("statement 24: %s the note's text is in the box of the %s", after, box)
			}
		}
	}
	b.load(chromedp.Reload())
	both("after reloading")
	b.load(b.click(".top a[href$='/console']"))
	b.back()
	both("after coming back")
	var noa uuid.UUID
	if err := w.admin.QueryRowContext(t.Context(), `select id from people where email = 'agent2@interfacing.example'`).Scan(&noa); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Desk.Reassign(w.as(t, "interfacing/manager"), uuid.NewString(), number, desk.Receiver{PersonID: noa}, "Holidays. "+inside); err != nil {
		t.Fatal(err)
	}
	b.load(chromedp.Reload())
	both("after another got it")
	b.nothingWrong("drafts")
	w.nothingInsideLeft(t)
}

// nothingInsideLeft: no mail that has left or is about to holds what only
// staff may read (statement 24).
func (w *world) nothingInsideLeft(t *testing.T) {
	t.Helper()
	if n := w.count(t, `select count(*) from outbox o join people p on p.email = o.payload->'To'->>'Email' and p.organization_id is not null
		where o.kind = 'mail' and o.payload::text like '%`+inside+`%'`); n != 0 {
		t.Errorf("statement 24: %d mails to customers hold what only staff may read", n)
	}
	for _, m := range w.Mail.Messages() {
		staff := false
		for _, to := range m.To {
			staff = staff || w.count(t, `select count(*) from people where email = $1 and organization_id is null`, to) > 0
		}
		if !staff && strings.Contains(string(m.Raw), inside) {
			t.Errorf("statement 24: a mail to %v holds what only staff may read", m.To)
		}
	}
}

// TestReplyAndNoteAreUnlike: who hears a reply is said on its button, and
// nothing about the note looks like it (statement 26).
func TestReplyAndNoteAreUnlike(t *testing.T) {
	w := newWorld(t)
	number := w.ticket(t, "unlike", ticket.InProgress)
	for locale, internal := range map[string]string{"en": "internal", "fr": "interne"} {
		w.speak(t, locale)
		b := w.tab(t, "interfacing/agent", locale)
		b.open("/interfacing/console/tickets/" + number)
		b.checks()
		eval[int](b, "checks.unfold()")
		words := func(box string) string {
			return eval[string](b, `document.querySelector("#`+box+`-text").form.querySelector("button").textContent`)
		}
		reply, note := words("reply"), words("note")
		if !regexp.MustCompile(`\b1\b|\bone\b|\bune?\b`).MatchString(reply) || !strings.Contains(reply, "Northern Utilities") {
			t.Errorf("statement 26: the reply's button says %q", reply)
		}
		if !strings.Contains(note, internal) {
			t.Errorf("statement 26: the note's button says %q", note)
		}
		for _, property := range []string{"backgroundColor", "borderTopStyle", "borderTopColor"} {
			look := func(box string) string {
				return eval[string](b, `getComputedStyle(document.querySelector("#`+box+`-text").closest(".composer")).`+property)
			}
			if look("reply") == look("note") {
				t.Errorf("statement 26: the %s of both is %s", property, look("note"))
			}
		}
		b.nothingWrong("reply and note")
	}
}

// TestSecondReplyWaits: of two who reply at once the second reads first what
// the first has said; their text is kept, and nothing of theirs leaves until
// they send it again (statement 28).
func TestSecondReplyWaits(t *testing.T) {
	w := newWorld(t)
	number := w.ticket(t, "two", ticket.InProgress)
	first, second := w.tab(t, "interfacing/manager", "en"), w.tab(t, "interfacing/agent", "en")
	for _, b := range []*tab{first, second} {
		b.size(1280, heights[1280])
		b.open("/interfacing/console/tickets/" + number)
		b.unfold("#reply-text")
	}
	before := w.count(t, mailed, number)
	first.sends("#reply-text", "It is fixed in 8.3.", "/reply")
	mails := w.count(t, mailed, number) - before
	second.fill("#reply-text", "It is never going to be fixed.")
	if status := second.load(second.click(button("/reply"))); status != http.StatusConflict {
		t.Fatalf("statement 28: the second reply is answered %d", status)
	}
	second.says("It is fixed in 8.3.")
	if text := second.box("reply"); text != "It is never going to be fixed." {
		t.Errorf("statement 28: of the second's text %q is left", text)
	}
	if n := w.count(t, mailed, number) - before; n != mails {
		t.Errorf("statement 28: %d mails more though nothing was confirmed", n-mails)
	}
	second.presses("/reply")
	if n := w.count(t, mailed, number) - before; n <= mails {
		t.Error("statement 28: the confirmed reply caused no mail")
	}
	second.nothingWrong("two replies")
}

// TestReplyTakenBack: within its time a reply is taken back with a button: no
// mail is left of it, and its text is in the box again (statement 27).
func TestReplyTakenBack(t *testing.T) {
	w := newWorld(t)
	number := w.ticket(t, "back", ticket.InProgress)
	leaving(t, w, number)
	before := w.count(t, mailed, number)
	b := w.tab(t, "interfacing/agent", "en")
	b.size(1280, heights[1280])
	b.open("/interfacing/console/tickets/" + number)
	b.presses("/cancel-reply")
	if text := b.box("reply"); text != said {
		t.Errorf("statement 27: the box holds %q", text)
	}
	if n := w.count(t, mailed, number); n != before-1 {
		t.Errorf("statement 27: %d mails before, %d after", before, n)
	}
	b.nothingWrong("taken back")
}
