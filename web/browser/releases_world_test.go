package browser_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/ticket"
)

// shelf gives the world products, packages and releases, and tickets about
// versions that are not supported any more.
func (w *world) shelf(t testing.TB) {
	t.Helper()
	w.exec(t, `update vendors set settings = settings || '{"version_window_months": 24}' where slug = $1`, vendor)
	w.Store.ForgetVendors() // what was read of a vendor is kept for a second
	product := w.as(t, vendor+"/product")
	pack := func(name, product, called string) (id uuid.UUID) {
		made, err := w.Desk.CreatePackage(w.as(t, vendor+"/product"), name, uuid.MustParse(product), called)
		if err != nil {
			t.Fatal(err)
		}
		w.numbers[name] = made.ID.String()
		return made.ID
	}
	for name, called := range map[string]string{"product": "Process suite", "product-long": longName} {
		made, err := w.Desk.CreateProduct(product, name, called)
		if err != nil {
			t.Fatal(err)
		}
		w.numbers[name] = made.ID.String()
	}
	editor, long := pack("package", w.numbers["product"], "Process editor"), pack("package-long", w.numbers["product-long"], longName[:199]+"s")
	pack("package-none", w.numbers["product"], "Rules engine")
	for _, one := range []struct {
		name   string
		of     uuid.UUID
		number string
		days   int
		notes  string
	}{
		{"release-old", editor, "7.0", 3 * 365, ""},
		{"release", editor, "8.3.1", 30, "- Export of *large* maps\n- Fewer clicks"},
		{"release-long", long, longName[:desk.VersionMax], 10, longTitle + "\n\n" + longWord},
	} {
		made, err := w.Desk.CreateRelease(product, one.name, one.of, desk.ReleaseInput{
			Number: one.number, ReleasedOn: w.Desk.Now().AddDate(0, 0, -one.days).Truncate(24 * time.Hour), Notes: one.notes,
		})
		if err != nil {
			t.Fatal(err)
		}
		w.numbers[one.name] = made.ID.String()
	}
	w.exec(t, `insert into releases (id, vendor_id, package_id, number, released_on, created_at)
		select gen_random_uuid(), vendor_id, id, '6.' || i, date '2020-01-01' + i, now() from packages, generate_series(1, 120) i where id = $1`, editor)
	for _, name := range []string{"old", "upgrade"} {
		v, err := w.Desk.Register(w.as(t, vendor+"/jeanne"), uuid.NewString(), desk.Registration{
			Type: "bug", Severity: "medium", Title: "Export of the process map is empty in 7.0 (" + name + ")", Body: "Nothing is exported.",
			Package: "Process editor", Version: "7.0", Channel: "portal",
		})
		if err != nil {
			t.Fatal(err)
		}
		w.numbers[name] = v.Row.Number
	}
	w.advance(t, w.numbers["upgrade"], ticket.InProgress)
	if _, err := w.Desk.AcceptVersion(w.as(t, vendor+"/agent"), "accept", w.numbers["upgrade"], "They upgrade in May"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Desk.AskUpgrade(w.as(t, vendor+"/agent"), "upgrade", w.numbers["upgrade"], uuid.MustParse(w.numbers["release"]), "It is repaired there.", nil); err != nil {
		t.Fatal(err)
	}
}

// refusedProduct has a name that one has already.
func refusedProduct(_ *world, b *tab) {
	b.unfold("#new-name")
	b.fill("#new-name", "process suite")
	if status := b.load(b.click(posts("/console/products"))); status != http.StatusConflict {
		b.t.Errorf("a name in use: %d", status)
	}
}

// refusedRelease has a number that the package has already.
func refusedRelease(_ *world, b *tab) {
	b.unfold("#new-number")
	b.fill("#new-number", "7.0")
	b.choose("#new-released_on", "2026-01-31")
	b.fill("#new-notes", longTitle)
	if status := b.load(b.click(posts("/releases"))); status != http.StatusConflict {
		b.t.Errorf("a number in use: %d", status)
	}
}

// staleRelease was changed by somebody else while it was typed.
func staleRelease(w *world, b *tab) {
	w.exec(b.t, `update releases set version = version + 1 where id = $1`, w.at("{release-old}"))
	b.unfold("#edit-number")
	b.fill("#edit-number", "7.0.1")
	b.fill("#edit-notes", longTitle)
	if status := b.load(b.click(posts(w.at("/console/releases/{release-old}")))); status != http.StatusConflict {
		b.t.Errorf("a stale form: %d", status)
	}
}

// refusedAccept gives no reason that one could read.
func refusedAccept(w *world, b *tab) {
	b.unfold("#accept-reason")
	b.fill("#accept-reason", " ")
	if status := b.load(b.click(posts(w.at("/console/tickets/{old}/accept-version")))); status != http.StatusUnprocessableEntity {
		b.t.Errorf("no reason: %d", status)
	}
}

// asksUpgrade has the form open that names a release.
func asksUpgrade(_ *world, b *tab) { b.unfold("#upgrade-text") }
