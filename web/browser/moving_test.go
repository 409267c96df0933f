package browser_test

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/google/uuid"

	"github.com/casepath/casepath/ticket"
)

// TestBackIsWhereOneWas: Back after a filter shows the filter and the rows
// before it; Back from a ticket shows the row one came from (statement 21).
func TestBackIsWhereOneWas(t *testing.T) {
	w := settled(t)
	rows := `[...document.querySelectorAll("main td a")].map((a) => a.textContent).join("\n")`

	b := w.tab(t, "interfacing/many", "en")
	b.size(1280, heights[1280])
	b.open("/interfacing/tickets")
	b.load(b.click(`nav .links a[href*="status=working"]`))
	at, before := b.path(), eval[string](b, rows)
	b.load(b.click(`nav .links a[href*="status=all"]`))
	if eval[string](b, rows) == before {
		t.Fatal("the two filters show the same")
	}
	b.back()
	if b.path() != at || eval[string](b, rows) != before {
		t.Errorf("statement 21: Back shows %s", b.path())
	}

	b = w.tab(t, "interfacing/agent", "en")
	b.size(1280, heights[1280])
	b.open("/interfacing/console?tab=all")
	row := eval[string](b, `[...document.querySelectorAll("[data-row]")][40].id`)
	b.load(b.click("#" + row))
	b.back()
	b.until("the row to be in view again", `(({top, bottom}) => top >= 0 && bottom <= innerHeight)(document.getElementById(`+quoted(row)+`).getBoundingClientRect())`)
	b.until("statement 21: the focus to be on the row again", `document.activeElement.id === `+quoted(row))
	b.nothingWrong("going back")
}

// TestSwapsKeepTheReader: what scripts put into a page comes into a region that
// was there and is announced, moves nothing, and leaves the focus where it was
// (statements 12, 13 and 14).
func TestSwapsKeepTheReader(t *testing.T) {
	w := newWorld(t)
	number := w.ticket(t, "like", ticket.InProgress)
	t.Run("suggestions", func(t *testing.T) {
		b := w.tab(t, "interfacing/jeanne", "en")
		b.size(1280, heights[1280])
		b.open("/interfacing/register/describe")
		b.swap("#suggestions", func() { b.fill("#title", "Export of the process map is empty") }, "#title")
		b.says(number)
	})
	t.Run("contacts of a customer", func(t *testing.T) {
		b := w.tab(t, "interfacing/partner", "en")
		b.open("/interfacing/register")
		customer := "#on_behalf_of-organization_id"
		b.swap("#contact-of", func() {
			b.choose(customer, eval[string](b, `document.querySelector(`+quoted(customer)+`).options[1].value`))
		}, customer)
		b.says("Jeanne Martin")
	})
	t.Run("news", func(t *testing.T) {
		b := w.tab(t, "interfacing/jeanne", "en")
		b.size(1280, heights[1280])
		b.open("/interfacing/tickets/" + number)
		b.unfold("#reply-text")
		b.focus("#reply-text")
		if _, err := w.Desk.Comment(w.as(t, "interfacing/agent"), uuid.NewString(), number, "Something new.", nil); err != nil {
			t.Fatal(err)
		}
		b.swap("#news", func() { b.pass(31 * time.Second) }, "#reply-text")
		b.open(eval[string](b, `document.querySelector("#news a").getAttribute("href")`)) // time flies in this tab: a click might meet the next news
		b.says("Something new.")
	})
	t.Run("news for staff", func(t *testing.T) {
		b := w.tab(t, "interfacing/agent", "en")
		b.size(1280, heights[1280])
		b.open("/interfacing/console/tickets/" + number)
		b.unfold("#note-text")
		b.focus("#note-text")
		if _, err := w.Desk.Comment(w.as(t, "interfacing/jeanne"), uuid.NewString(), number, "It works again.", nil); err != nil {
			t.Fatal(err)
		}
		b.swap("#news", func() { b.pass(31 * time.Second) }, "#note-text")
		b.open(eval[string](b, `document.querySelector("#news a").getAttribute("href")`)) // time flies in this tab: a click might meet the next news
		b.says("It works again.")
	})
}

// swap does what changes a region, waits for the change, and checks what it
// must leave alone. The focus has to be on an element before and after.
func (b *tab) swap(region string, do func(), focused string) {
	b.t.Helper()
	here := `document.querySelector(` + quoted(region) + `)`
	eval[bool](b, `(window.region = `+here+`, window.was = window.region.innerHTML, window.shifted = 0, true)`)
	if live := eval[bool](b, `!!window.region.closest("[role=status], [role=alert], [aria-live]")`); !live {
		b.t.Errorf("statement 13: %s is not announced", region)
	}
	do()
	b.until(region+" to change", here+`.innerHTML !== window.was`)
	if same := eval[bool](b, here+` === window.region`); !same {
		b.t.Errorf("statement 13: %s is replaced itself, so its change is not announced", region)
	}
	if at := eval[bool](b, `document.activeElement === document.querySelector(`+quoted(focused)+`)`); !at {
		b.t.Errorf("statement 12: after %s changed the focus is on %s", region, eval[string](b, "document.activeElement.tagName"))
	}
	if shift := eval[float64](b, "window.shifted"); region == "#news" && shift > 0.02 { // the others come of what the reader does
		b.t.Errorf("statement 14: the page moved by %.3f when %s changed", shift, region)
	}
	b.nothingWrong(region)
}

// pass lets time go by in the tab without waiting for it.
func (b *tab) pass(d time.Duration) {
	b.t.Helper()
	budget := float64(d.Milliseconds())
	b.call(func(ctx context.Context, tg *chromedp.Target) error {
		_, err := chromedp.WaitEvent(emulation.VirtualTimeBudgetExpired, nil, chromedp.Func(func(ctx context.Context, tg *chromedp.Target) error {
			_, err := cdp.Call(ctx, tg, emulation.SetVirtualTimePolicy, emulation.SetVirtualTimePolicyParams{
				Policy: emulation.VirtualTimePolicyPauseIfNetworkFetchesPending, Budget: &budget,
			})
			return err
		}))(ctx, tg)
		if err == nil { // then it runs on as it likes
			_, err = cdp.Call(ctx, tg, emulation.SetVirtualTimePolicy, emulation.SetVirtualTimePolicyParams{Policy: emulation.VirtualTimePolicyAdvance})
		}
		return err
	})
}

// TestSingleKeys: single keys work outside fields, and do nothing for who has
// switched them off (statement 40).
func TestSingleKeys(t *testing.T) {
	w := newWorld(t)
	open := `document.querySelector("#note-text").closest("details").open`
	for on, want := range map[string]bool{"true": true, "false": false} {
		w.exec(t, `update people set single_keys = $1 where email = 'agent@interfacing.example'`, on)
		b := w.tab(t, "interfacing/agent", "en")
		b.open("/interfacing/console/tickets/" + w.ticket(t, "keys "+on, ticket.InProgress))
		b.letter("n")
		if eval[bool](b, open) != want {
			t.Errorf("statement 40: with single keys %s the key n opens the note: %v", on, !want)
		}
		if want {
			b.letter("n")
			if b.box("note") != "n" {
				t.Errorf("in a field the key n types %q", b.box("note"))
			}
		}
		b.nothingWrong("keys")
	}
}
