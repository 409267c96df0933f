package invoicing

import (
	"testing"
	"time"

	"github.com/casepath/casepath/store"
)

// A quote offered late in the evening is of that day, not of London's.
func TestQuoteIsOfTheVendorsDay(t *testing.T) {
	zone, err := time.LoadLocation("America/Toronto")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 27, 2, 30, 0, 0, time.UTC)
	until := at.AddDate(0, 0, 30)
	sheet := quoteSheet(store.Quote{OfferedAt: at, ExpiresAt: &until, Currency: "CAD"}, zone)
	if got := sheet.On.Format(time.DateOnly) + " " + sheet.Until.Format(time.DateOnly); got != "2026-11-26 2026-12-26" {
		t.Error(got)
	}
}
