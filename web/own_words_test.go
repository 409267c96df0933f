package web_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/procedures/stack"
)

// ownWords is what a vendor says at a place, in a test.
func ownWords(place, locale string) string { return "<i>" + locale + "</i> & our words on " + place }

// saying is a house whose vendor says something at every place there is.
func saying(t *testing.T, p stack.Parts) *stack.House {
	t.Helper()
	h := stack.NewHouse(t, p)
	v, err := h.Store.VendorBySlug(t.Context(), "interfacing")
	if err != nil {
		t.Fatal(err)
	}
	text, err := policy.BuiltIn("interfacing")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(text), "\nnotices:\n")
	_, after, found := strings.Cut(rest, "\ncalendar:")
	if !found {
		t.Fatal("the pack has no notices")
	}
	before += "\nnotices:\n"
	for _, place := range policy.NoticePlaces {
		before += fmt.Sprintf("  %s: {en: %q, fr: %q}\n", place, ownWords(place, "en"), ownWords(place, "fr"))
	}
	pack, err := policy.ParsePack([]byte(before + "\ncalendar:" + after))
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Desk.PublishPack(t.Context(), v, pack, "test"); err != nil {
		t.Fatal(err)
	}
	return h
}

// TestOwnWords: what a vendor's pack says stands at the place it names, in the
// reader's language and as plain text.
func TestOwnWords(t *testing.T) {
	t.Parallel()
	h := saying(t, stack.Parts{})
	number := ask(t, h, "jeanne", "Export stops at page two")
	ask(t, h, "super", "Labels are not printed")
	id := textOf(t, h, `select id from tickets where number = $1`, number)
	asks(t, h, id, "6f0f7f7e-5bd7-4e3b-9a55-0d6a6a2f6c11")
	invoices(t, h, id, "6f0f7f7e-5bd7-4e3b-9a55-0d6a6a2f6c12", "INV-2026-0001")
	lacking := addRequest(t, h, uuid.MustParse(textOf(t, h, `select id from people where email = 'jeanne@interfacing.example'`)), "expired")
	jeanne, french, nobody := signedIn(t, h, "interfacing", "jeanne"), signedIn(t, h, "interfacing", "super"), visitor(t, h, "interfacing")
	for _, c := range []struct {
		by                  *browser
		locale, path, place string
	}{
		{jeanne, "en", "/register", "register"},
		{french, "fr", "/register", "register"},
		{jeanne, "en", "/register/severity", "severity"},
		{jeanne, "en", "/register/severity", "resolution"},
		{jeanne, "en", "/register/done/" + number, "receipt"},
		{jeanne, "en", "/register/done/" + number, "resolution"},
		{jeanne, "en", "/receipts", "receipt"},
		{french, "fr", "/receipts", "receipt"},
		{jeanne, "en", "/requests", "receipt"},
		{jeanne, "en", "/requests/" + lacking, "receipt"},
		{jeanne, "en", "/tickets/" + number, "work"},
		{french, "fr", "/tickets/" + number, "work"},
		{jeanne, "en", "/tickets/" + number + "/clocks", "resolution"},
		{jeanne, "en", "/releases", "versions"},
		{jeanne, "en", "/tickets/" + number + "/authorities", "access_authority"},
		{jeanne, "en", "/tickets/" + number + "/authorities/6f0f7f7e-5bd7-4e3b-9a55-0d6a6a2f6c11", "access_authority"},
		{jeanne, "en", "/invoices/6f0f7f7e-5bd7-4e3b-9a55-0d6a6a2f6c12", "paying"},
		{nobody, "en", "/access", "unidentified"},
	} {
		c.by.get(t, c.path).says(t, 200, ownWords(c.place, c.locale))
	}
	for local, locale := range map[string]string{"jeanne": "en", "super": "fr"} {
		if got := mails(t, h, local); len(got) != 1 || !strings.Contains(got[0], ownWords("receipt", locale)) {
			t.Errorf("the receipt of %s: %q", local, got)
		}
	}
}

// TestOutageWords: when the service is down, the vendor says where to look.
func TestOutageWords(t *testing.T) {
	t.Parallel()
	h := saying(t, stack.Parts{Intercept: func(ctx context.Context, method string, in, out any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
		if strings.HasSuffix(method, "ExecuteMultiOperation") || strings.HasSuffix(method, "UpdateWorkflowExecution") {
			return status.Error(codes.PermissionDenied, "gone")
		}
		return invoke(ctx, method, in, out, conn, options...)
	}})
	number := ask(t, h, "jeanne", "Export stops at page two")
	jeanne := signedIn(t, h, "interfacing", "jeanne")
	v := jeanne.submit(t, jeanne.get(t, "/tickets/"+number).form(t, "/withdraw"), "text", "Solved.")
	v.says(t, 503, ownWords("outage", "en"))
}
