package importer

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	_ "github.com/lib/pq"

	"github.com/casepath/casepath/procedures/stack"
)

func TestMain(m *testing.M) { os.Exit(stack.Main(m)) }

// file writes a file of a test's own and answers its path.
func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "in.csv")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// office is a house with what a test of imports asks of it.
type office struct {
	*stack.House
	t  *testing.T
	db *sql.DB
}

func newOffice(t *testing.T) *office {
	t.Helper()
	h := stack.NewHouse(t, stack.Parts{})
	db, err := sql.Open("postgres", h.DB.Admin)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return &office{House: h, t: t, db: db}
}

// count answers a select count(*).
func (o *office) count(query string, args ...any) (n int) {
	o.t.Helper()
	if err := o.db.QueryRowContext(context.Background(), query, args...).Scan(&n); err != nil {
		o.t.Fatal(err)
	}
	return n
}

// tickets counts a vendor's.
func (o *office) tickets(vendor string) int {
	o.t.Helper()
	return o.count(`select count(*) from tickets t join vendors v on v.id = t.vendor_id where v.slug = $1`, vendor)
}

// receipts counts the mails a vendor's tickets caused.
func (o *office) receipts(vendor string) int {
	o.t.Helper()
	return o.count(`select count(*) from outbox o join vendors v on v.id = o.vendor_id where v.slug = $1 and kind = 'mail'`, vendor)
}

// run imports and wants these counts.
func (o *office) run(path string, options Options, registered, alreadyThere, rejected int) Result {
	o.t.Helper()
	r, err := Run(o.t.Context(), o.Desk, path, options)
	if err != nil {
		o.t.Fatalf("import: %v", err)
	}
	if r.Registered != registered || r.AlreadyThere != alreadyThere || r.Rejected != rejected {
		o.t.Fatalf("import: %d registered, %d already there, %d rejected; want %d, %d, %d\n%s",
			r.Registered, r.AlreadyThere, r.Rejected, registered, alreadyThere, rejected, read(o.t, r.RejectedFile))
	}
	return r
}

func read(t *testing.T, path string) string {
	t.Helper()
	if path == "" {
		return ""
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// posimente are options under which a file needs to name title and body alone.
func posimente() Options {
	return Options{Vendor: "posimente", Requester: "jeanne@posimente.example", Type: "technical", Severity: "medium", Workers: 4}
}
