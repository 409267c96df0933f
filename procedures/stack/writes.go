package stack

import (
	"context"
	"database/sql"
	"testing"

	"github.com/lib/pq" // the superuser's own look
)

// countWrites has a database note every row that is added, changed or removed,
// in the transaction that does it: what is given up leaves no note. A new
// last_used_at alone is no change: a session's or device's is kept for every
// request; nor are throttles, which count refusals. Databases made from this one count too.
func countWrites(ctx context.Context, admin string) error {
	db, err := sql.Open("postgres", admin)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	_, err = db.ExecContext(ctx, `
		create schema counted;
		create table counted.writes (table_name text not null);
		create function counted.note() returns trigger language plpgsql security definer as $$
		begin
			if tg_op <> 'UPDATE' or (to_jsonb(old) - 'last_used_at')::text <> (to_jsonb(new) - 'last_used_at')::text then
				insert into counted.writes values (tg_table_name);
			end if;
			return null;
		end $$;
		do $$
		declare t record;
		begin
			for t in select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> 'throttles' loop
				execute format('create trigger counted after insert or update or delete on %I for each row execute function counted.note()', t.relname);
			end loop;
		end $$`)
	return err
}

// Writes is how many rows of each of some tables have been added, changed or
// removed since the House was built; without a name, of every table in which
// any was. Two equal answers prove that nothing was written in between, not
// even there and back, at the price of one look. db is the superuser's.
func Writes(t testing.TB, db *sql.DB, tables ...string) map[string]int {
	t.Helper()
	found, err := db.QueryContext(t.Context(), `select table_name, count(*) from counted.writes
		where $1::text[] is null or table_name = any($1) group by table_name`, pq.Array(tables))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = found.Close() }()
	counts := map[string]int{}
	for found.Next() {
		var table string
		var n int
		if err := found.Scan(&table, &n); err != nil {
			t.Fatal(err)
		}
		counts[table] = n
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return counts
}
