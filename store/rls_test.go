package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
)

// vendorTables are all tables with a column vendor_id: they belong to vendors.
func vendorTables(t *testing.T, admin *sql.DB) (names []string) {
	t.Helper()
	err := admin.QueryRowContext(t.Context(), `select array_agg(c.table_name::text order by c.table_name) from information_schema.columns c
		join information_schema.tables t using (table_schema, table_name)
		where c.column_name = 'vendor_id' and c.table_schema = 'public' and t.table_type = 'BASE TABLE'`).Scan(pq.Array(&names))
	if err != nil || len(names) < 25 {
		t.Fatalf("tables of vendors: %v, %v", names, err)
	}
	return names
}

// within runs one statement in a transaction that names the vendor (uuid.Nil:
// none), and rolls it back.
func within(t *testing.T, db *sql.DB, vendor uuid.UUID, query string, args ...any) (affected int64, err error) {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if vendor != uuid.Nil {
		if _, err := tx.ExecContext(t.Context(), `select set_config('casepath.vendor_id', $1, true)`, vendor.String()); err != nil {
			t.Fatal(err)
		}
	}
	result, err := tx.ExecContext(t.Context(), query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// insertOf is the statement that writes a row of the table given as JSON; what
// the database computes itself can't be written.
func insertOf(t *testing.T, admin *sql.DB, table string) string {
	t.Helper()
	var columns string
	if err := admin.QueryRowContext(t.Context(), `select string_agg(quote_ident(column_name), ', ' order by ordinal_position)
		from information_schema.columns where table_schema = 'public' and table_name = $1 and is_generated = 'NEVER'`, table).Scan(&columns); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`insert into %s (%s) overriding system value select %s from jsonb_populate_record(null::%s, $1)`, table, columns, columns, table)
}

func forbidden(err error) bool {
	var pqErr *pq.Error
	return errors.As(err, &pqErr) && pqErr.Code == "42501" // insufficient privilege, row-level security included
}

// TestVendorsApart: even a statement without any condition sees and writes one
// vendor's rows alone. A new table that belongs to vendors is tested by itself,
// and fails until it has its policy, and a row in newShop.
func TestVendorsApart(t *testing.T) {
	t.Parallel()
	d := stack.NewDatabase(t)
	s := d.Store(t)
	ours, theirs := newShop(t, s, "ours", "OU"), newShop(t, s, "theirs", "TH")
	admin, app := as(t, d.Admin), as(t, d.App)
	for _, h := range []shop{ours, theirs} { // what only the relay's role writes
		h.difference(t, d.RelayStore(t))
		other := h.newTicket(t, s)
		h.in(t, s, func(tx *store.Tx) error {
			return tx.InsertTicketLink(t.Context(), store.TicketLink{ID: store.NewID(), From: h.ticket.ID, To: other.ID, Kind: store.LinkRelated, ByID: h.person.ID, At: other.RegisteredAt})
		})
	}
	for _, table := range vendorTables(t, admin) {
		t.Run(table, func(t *testing.T) {
			var enabled, forced bool
			if err := admin.QueryRowContext(t.Context(), `select relrowsecurity, relforcerowsecurity from pg_class where oid = $1::regclass`, table).Scan(&enabled, &forced); err != nil || !enabled || !forced {
				t.Errorf("row-level security enabled: %v, forced: %v, %v", enabled, forced, err)
			}
			var foreign []byte
			if err := admin.QueryRowContext(t.Context(), `select to_jsonb(x) from `+table+` x where vendor_id = $1 limit 1`, theirs.vendor.ID).Scan(&foreign); err != nil {
				t.Fatalf("no row of theirs to be seen: %v", err)
			}
			for _, c := range []struct {
				what      string
				as        uuid.UUID
				query     string
				wantOurs  bool
				forbidden bool
			}{
				{"seen without a vendor", uuid.Nil, `select from ` + table, false, false},
				{"seen of theirs", ours.vendor.ID, `select from ` + table + ` where vendor_id = '` + theirs.vendor.ID.String() + `'`, false, false},
				{"seen of ours", ours.vendor.ID, `select from ` + table, true, false},
				{"changed of theirs", ours.vendor.ID, `update ` + table + ` set vendor_id = vendor_id where vendor_id = '` + theirs.vendor.ID.String() + `'`, false, true},
				{"given away", ours.vendor.ID, `update ` + table + ` set vendor_id = '` + theirs.vendor.ID.String() + `'`, false, true},
				{"deleted", ours.vendor.ID, `delete from ` + table + ` where vendor_id = '` + theirs.vendor.ID.String() + `'`, false, true},
			} {
				n, err := within(t, app, c.as, c.query)
				if c.forbidden && forbidden(err) {
					continue
				}
				if err != nil || (n > 0) != c.wantOurs {
					t.Errorf("%s: %d rows, %v", c.what, n, err)
				}
			}
			insert := insertOf(t, admin, table)
			for name, vendor := range map[string]uuid.UUID{"another vendor": ours.vendor.ID, "no vendor": uuid.Nil} {
				if _, err := within(t, app, vendor, insert, foreign); !forbidden(err) {
					t.Errorf("a row of theirs written as %s: %v", name, err)
				}
			}
		})
	}
}

// TestRolesAreNarrow: what happened is never rewritten, the relay reads no
// content, and nobody becomes somebody else.
func TestRolesAreNarrow(t *testing.T) {
	t.Parallel()
	d := stack.NewDatabase(t)
	ours := newShop(t, d.Store(t), "ours", "OU")
	theirs := newShop(t, d.Store(t), "theirs", "TH")
	app, relay := as(t, d.App), as(t, d.Relay)
	for _, query := range []string{
		`update events set kind = 'x'`, `delete from events`, `truncate events`, `delete from tickets`, `delete from comments`, `update comments set body = 'x'`,
		`update requests set body = 'x'`, `update audit set action = 'x'`, `delete from audit`, `update access_messages set body = 'x'`, `update access_authorities set reason = 'x'`, `delete from access_authorities`, `update authority_decisions set name = 'x'`, `delete from authority_decisions`, `update authority_accesses set body = 'x'`, `delete from authority_accesses`, `update decisions set answer = 'x'`, `delete from decisions`, `update time_entries set minutes = 1`, `delete from time_entries`, `update invoices set total = 0`, `update invoices set po_number = 'x'`, `delete from invoices`, `update invoice_lines set net = 0`, `delete from invoice_lines`, `update invoice_taxes set amount = 0`, `delete from invoice_taxes`, `update invoice_entries set after_credit = null`, `delete from invoice_entries`, `update payments set amount = 0`, `delete from payments`, `update payment_messages set outcome = 'x'`, `delete from payment_messages`, `update invoice_documents set bytes = ''`, `delete from invoice_documents`, `update counters set last = 0`, `insert into counters values (current_vendor(), 'quote', 2026, 1)`, `delete from counters`, `delete from payment_keys`, `update estimates set amount = 0`, `delete from estimates`, `update quotes set total = 1`, `delete from quotes`, `update quote_documents set bytes = ''`, `delete from quote_documents`, `update training_sessions set place = 'x'`, `delete from training_sessions`, `update dev_ticket_events set kind = 'x'`, `delete from dev_ticket_events`, `delete from dev_tickets`, `delete from qa_reviews`, `delete from dev_news`, `delete from features`, `update feature_events set kind = 'x'`, `delete from feature_events`, `update webhook_deliveries set body = 'x'`, `delete from webhook_deliveries`, `delete from webhook_endpoints`, `delete from webhook_keys`, `update webhook_messages set outcome = 'x'`, `delete from webhook_messages`, `delete from collaborations`, `delete from escalations`, `update escalation_steps set reason = 'x'`, `delete from escalation_steps`, `delete from commands`, `delete from outbox`, `update outbox set payload = '{}'`, `update outbox set sent_at = now()`,
		`update reconciliations set found = '{}'`, `insert into backups values (now())`, `delete from vendors`, `create table x ()`, `drop table events`,
		`alter table events disable row level security`, `set role casepath_owner`, `set role casepath_relay`, `create role x`, `create extension pg_trgm`,
		`set session authorization casepath_owner`, `select pg_read_file('/etc/passwd')`, `copy events to program 'true'`,
	} {
		if _, err := within(t, app, ours.vendor.ID, query); err == nil {
			t.Errorf("the application may: %s", query)
		}
	}
	if _, err := within(t, app, ours.vendor.ID, `select next_ticket_number($1, 2026)`, theirs.vendor.ID); err == nil {
		t.Error("the application takes another vendor's numbers")
	}
	if _, err := within(t, app, ours.vendor.ID, `select next_count('invoice', $1, 2026)`, theirs.vendor.ID); err == nil {
		t.Error("the application counts another vendor's invoices")
	}
	for _, query := range []string{
		`select from invoices`, `select from invoice_lines`, `select from payments`, `select from payment_keys`, `select from webhook_endpoints`, `select body from webhook_deliveries`, `select from webhook_keys`, `select from webhook_messages`, `select from invoice_documents`, `select next_count('invoice', '` + ours.vendor.ID.String() + `', 2026)`,
		`select from people`, `select from comments`, `select title from requests`, `select from files`, `select from bearers`, `select from one_time_links`, `select from audit`, `select from drafts`, `select from devices`, `select from events`, `select from organizations`, `select from access_authorities`, `select from authority_decisions`, `select from authority_accesses`, `select from decisions`, `select from time_entries`, `select from estimates`, `select from quotes`, `select from quote_documents`, `select from approval_links`, `select from training_sessions`, `select from timers`,
		`insert into outbox (vendor_id, kind, key, payload) values ('` + ours.vendor.ID.String() + `', 'mail', 'x', '{}')`, `delete from outbox`, `update tickets set state = 'closed'`, `update backups set place = 'x'`, `delete from backups`,
		`update commands set committed_at = now()`, `select take_back('` + ours.ticket.ID.String() + `')`, `select next_ticket_number('` + ours.vendor.ID.String() + `', 2026)`,
	} {
		if _, err := within(t, relay, uuid.Nil, query); !forbidden(err) {
			t.Errorf("the relay may: %s: %v", query, err)
		}
	}
	if n, err := within(t, relay, uuid.Nil, `select from outbox`); err != nil || n != 2 {
		t.Errorf("the relay sees %d effects of two vendors, %v", n, err)
	}
}
