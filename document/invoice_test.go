package document

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"
)

// bill is an invoice with everything, in a language.
func bill(locale string) Invoice {
	due := time.Date(2026, 12, 23, 0, 0, 0, 0, time.UTC)
	from, until := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	return Invoice{
		Locale: locale, Number: "INV-2026-0001", Sender: []string{"PRIM Logix", "201 Rue Saint-Louis, Québec J3B 1X9", "1 844-849-7746", "info@primlogix.com"},
		Customer: "Agence Belle-Rivière", External: "PL-1042", Contact: "Jeanne Martin", PO: "PO-17 {{.Env}} ${7*7}", Subject: "Reports are empty (x) \\ )",
		About: "PL-2026-000001 · SR-2026-000001", On: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), Due: &due, WorkedFrom: &from, WorkedUntil: &until,
		Made: time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC), Currency: "CAD", Net: "2718.75", Total: "3125.88",
		Lines: []InvoiceLine{
			{Kind: "time", Text: "Analyse", Minutes: 80, Unit: "125.00", Net: "166.67"},
			{Kind: "minimum", Minutes: 15, Unit: "125.00", Net: "31.25"},
			{Kind: "fixed", Text: "file:///etc/passwd http://169.254.169.254/", Quantity: "2.5", Unit: "1000.00", Net: "2500.00"},
		},
		Taxes: []InvoiceTax{{Label: "TPS", Percent: "5", Registration: "123456789 RT0001", Amount: "135.94"}, {Label: "TVQ", Percent: "9.975", Amount: "271.19"}},
	}
}

func drawnBill(t *testing.T, i Invoice) []byte {
	t.Helper()
	raw, err := i.PDF()
	if err != nil || !bytes.HasPrefix(raw, []byte("%PDF-")) {
		t.Fatalf("no PDF: %v", err)
	}
	return raw
}

func TestInvoiceHoldsTheFacts(t *testing.T) {
	t.Parallel()
	for locale, more := range map[string][]string{
		"en": {"Invoice INV-2026-0001", "3,125.88 CAD", "1 h 20 min", "125.00 / h", "GST 5%", "Registration number 123456789 RT0001", "To be paid by", "23 December 2026", "1 November 2026 – 20 November 2026", "Up to the minimum that is billed"},
		"fr": {"Facture INV-2026-0001", "125,88 CAD", "TVQ 9,975 %", "À payer au plus tard le", "23 décembre 2026", "Votre numéro de commande"},
	} {
		i := bill(locale)
		if locale == "en" {
			i.Taxes[0].Label = "GST"
		}
		text := unwrapped(textOf(t, drawnBill(t, i)))
		for _, want := range append(more,
			"PRIM Logix", "201 Rue Saint-Louis", "Agence Belle-Rivière", "PL-1042", "Jeanne Martin", "PO-17 {{.Env}} ${7*7}", "Reports are empty (x) \\ )",
			"PL-2026-000001 · SR-2026-000001", "file:///etc/passwd", "PRIM Logix · INV-2026-0001 · 23",
		) {
			if !strings.Contains(text, want) {
				t.Errorf("%s: nothing says %q:\n%s", locale, want, text)
			}
		}
	}
	note := bill("en")
	note.Number, note.Credits, note.Reason, note.Due, note.Total = "CN-2026-0001", "INV-2026-0001", "Billed twice.", nil, "-3125.88"
	text := unwrapped(textOf(t, drawnBill(t, note)))
	for _, want := range []string{"Credit note CN-2026-0001 for invoice INV-2026-0001", "Billed twice.", "-3,125.88 CAD"} {
		if !strings.Contains(text, want) {
			t.Errorf("nothing says %q:\n%s", want, text)
		}
	}
}

// TestInvoiceIsEqual: the same invoice is the same file, also when many are
// drawn at once; and it fetches, opens and runs nothing.
func TestInvoiceIsEqual(t *testing.T) {
	t.Parallel()
	want := drawnBill(t, bill("fr"))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if raw, err := bill("fr").PDF(); err != nil || !bytes.Equal(raw, want) {
				t.Errorf("drawn again it differs: %v", err)
			}
		})
	}
	wg.Wait()
	for _, mark := range []string{"/JavaScript", "/JS", "/Launch", "/URI", "/Filespec", "/OpenAction <<"} {
		if bytes.Contains(want, []byte(mark)) {
			t.Errorf("the file holds %s", mark)
		}
	}
}

// TestLongInvoice: every page has the number and the head of the table, no line
// is lost, and one that no page holds is drawn in parts.
func TestLongInvoice(t *testing.T) {
	t.Parallel()
	i := bill("en")
	for range 100 {
		i.Lines = append(i.Lines, InvoiceLine{Kind: "fixed", Text: "A line of many.", Quantity: "1", Unit: "1.00", Net: "1.00"})
	}
	i.Lines = append(i.Lines, InvoiceLine{Kind: "fixed", Text: strings.Repeat("Word of a long text. ", 900), Quantity: "1", Unit: "1.00", Net: "1.00"})
	i.Lines = append(i.Lines, InvoiceLine{Kind: "fixed", Text: strings.Repeat("Donaudampfschifffahrt", 40), Quantity: "1", Unit: "1.00", Net: "1.00"})
	text := textOf(t, drawnBill(t, i))
	pages := strings.Count(text, "PRIM Logix · INV-2026-0001 · 23")
	if heads := strings.Count(text, "Description"); pages < 5 || heads != pages {
		t.Errorf("%d pages, %d heads", pages, heads)
	}
	if got := strings.Count(text, "A line of many."); got != 100 {
		t.Errorf("%d of 100 lines", got)
	}
	if got := strings.Count(unwrapped(text), "Word of a long text."); got < 880 {
		t.Errorf("%d of 900 words", got)
	}
}
