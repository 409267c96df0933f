package browser_test

import (
	"net/http"
	"testing"
)

// bounces has two receipts that did not arrive, one with the longest names.
func (w *world) bounces(t testing.TB) {
	t.Helper()
	for name, who := range map[string]string{"bounced": "jeanne", "bounced-long": "long"} {
		number := w.register(t, vendor+"/"+who, name, longTitle, longTitle)
		w.exec(t, `update outbox set state = 'dead', dead_at = now(), last_error = $2
			where receipt_to is not null and ticket_id = (select id from tickets where number = $1)`,
			number, "mail refused for good: RCPT: 550 5.1.1 no such mailbox: "+longWord)
	}
}

// refusedNote deals with a receipt and does not say how.
func refusedNote(_ *world, b *tab) {
	const first = `tbody tr:first-child input[name="note"]`
	b.unfold(first)
	b.fill(first, " ")
	if status := b.load(b.click(`tbody tr:first-child form[action$="/dealt-with"] button`)); status != http.StatusUnprocessableEntity {
		b.t.Errorf("a note that says nothing: %d", status)
	}
}
