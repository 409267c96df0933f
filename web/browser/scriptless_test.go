package browser_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/casepath/casepath/procedures/stack"
)

// TestWithoutScripts is a whole life of a request with scripts off, from
// signing in to the end, each step with the mouse on what the page shows
// (statement 18).
func TestWithoutScripts(t *testing.T) {
	w := newWorld(t)
	customer, agent := scriptless(t, w), scriptless(t, w)
	signIn(customer, "jeanne")
	number := registers(t, customer)
	signIn(agent, "agent")

	// Triage sends it back, the customer answers, triage accepts.
	agent.goes(".top a[href$='/console/triage']")
	agent.unfold("#question-text")
	agent.sends("#question-text", "Which version is it?", "/send-back")
	customer.open("/interfacing/tickets/" + number)
	customer.says("Which version is it?")
	customer.sends("#information-text", "It is 8.2.", "/give-information")
	agent.goes(".top a[href$='/console/triage']")
	agent.says("It is 8.2.")
	agent.selects("#triage-reason", 1)
	agent.presses("/accept")

	// Work, a note that stays inside, a reply.
	agent.open("/interfacing/console/tickets/" + number)
	agent.presses("/start")
	agent.unfold("#note-text")
	agent.sends("#note-text", "Looks like the old defect. "+inside, "/note")
	agent.says(inside)
	agent.unfold("#reply-text")
	agent.sends("#reply-text", "We are looking at it.", "/reply")
	customer.open("/interfacing/tickets/" + number)
	if strings.Contains(eval[string](customer, "document.documentElement.outerHTML"), inside) {
		t.Error("the customer's page holds the internal note")
	}
	customer.unfold("#reply-text")
	customer.sends("#reply-text", "Thank you.", "/comment")

	// Answer, objection, answer, end.
	answer(agent, number, "Choose the whole map.")
	customer.open("/interfacing/tickets/" + number)
	customer.unfold("#reopening-text")
	customer.sends("#reopening-text", "That is not it.", "/reopen")
	answer(agent, number, "The next version has it.")
	agent.presses("/close")
	customer.open("/interfacing/tickets/" + number)
	customer.says("This request is finished")
	customer.presses("/sign-out")
	if !strings.HasPrefix(customer.path(), "/interfacing/sign-in") {
		t.Errorf("signed out at %s", customer.path())
	}
	for _, b := range []*tab{customer, agent} {
		b.nothingWrong("without scripts")
	}
}

// scriptless is a tab that runs no scripts.
func scriptless(t *testing.T, w *world) *tab {
	t.Helper()
	b := w.tab(t, "", "en")
	b.scriptless(true)
	b.size(1280, heights[1280])
	return b
}

// registers goes through the steps of a request, with a file, to its receipt.
func registers(t *testing.T, b *tab) (number string) {
	t.Helper()
	b.goes(".top a[href$='/register']")
	b.do(b.click("input[name=type][value=bug]"))
	b.presses("/register")
	b.fill("#title", "The map can't be exported")
	b.fill("#body", "The file has no pages.")
	b.presses("/register/describe")
	b.do(b.click("input[name=severity][value=medium]"))
	b.presses("/register/severity")
	evidence := filepath.Join(t.TempDir(), "export.log")
	if err := os.WriteFile(evidence, []byte("0 pages"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.attach("#file", evidence)
	b.presses("/register/evidence")
	b.says("The map can't be exported", "export.log")
	b.presses("/register/check")
	b.says("The map can't be exported")
	_, number, found := strings.Cut(b.path(), "/register/done/")
	if !found {
		t.Fatalf("the receipt is at %s", b.path())
	}
	return number
}

func answer(agent *tab, number, text string) {
	agent.t.Helper()
	agent.open("/interfacing/console/tickets/" + number)
	agent.unfold("#answer-text")
	agent.sends("#answer-text", text, "/answer")
}

// signIn signs in by the page.
func signIn(b *tab, local string) {
	b.t.Helper()
	b.open("/interfacing")
	b.fill("#email", local+"@interfacing.example")
	b.sends("#password", stack.Password, "/sign-in")
}

// sends fills a field and presses the button of a form.
func (b *tab) sends(field, text, action string) {
	b.t.Helper()
	b.fill(field, text)
	b.presses(action)
}

// presses presses the button of the form whose address ends so.
func (b *tab) presses(action string) {
	b.t.Helper()
	if status := b.load(b.click(button(action))); status != http.StatusOK {
		b.t.Fatalf("%s: %d %s", action, status, eval[string](b, "document.body.innerText"))
	}
}

// goes follows a link.
func (b *tab) goes(link string) {
	b.t.Helper()
	if status := b.load(b.click(link)); status != http.StatusOK {
		b.t.Fatalf("%s: %d", link, status)
	}
}

// selects chooses an entry of a list by its place, with the keys.
func (b *tab) selects(selector string, place int) {
	b.t.Helper()
	b.focus(selector)
	for range place {
		b.press(kb.ArrowDown)
	}
}

// says fails the test unless the page does.
func (b *tab) says(sentences ...string) {
	b.t.Helper()
	text := plain(eval[string](b, "document.body.innerText"))
	for _, s := range sentences {
		if !strings.Contains(text, s) {
			b.t.Fatalf("%s does not say %q:\n%s", b.path(), s, text)
		}
	}
}

// attach chooses a file.
func (b *tab) attach(selector, file string) {
	b.t.Helper()
	b.call(func(ctx context.Context, tg *chromedp.Target) error {
		// By the object itself: the ids of nodes change whenever somebody asks for the document.
		field, err := cdp.Call(ctx, tg, runtime.Evaluate, runtime.EvaluateParams{Expression: "document.querySelector(" + quoted(selector) + ")"})
		if err != nil {
			return err
		}
		_, err = cdp.Call(ctx, tg, dom.SetFileInputFiles, dom.SetFileInputFilesParams{ObjectID: field.Result.ObjectID, Files: []string{file}})
		return err
	})
}
