package browser_test

import (
	"net/http"
	"testing"

	"github.com/google/uuid"
)

// suggested gives the world what the pages of features show: one to decide that a
// request of Jeanne's asks for, another like it that customers see, and one on the
// roadmap with the longest texts, which nobody of theirs asks for.
func (w *world) suggested(t testing.TB) {
	t.Helper()
	w.register(t, vendor+"/jeanne", "suggestion", "Export the calendar", "We would save an hour each day.")
	number := w.at("{suggestion}")
	w.exec(t, `update tickets set path = 'feature_request', reason = 'feature', level = 1, state = 'waiting_inside', hanging = 1 where number = $1`, number)
	for name, f := range map[string]struct {
		number, title, body, state, target string
		published                          bool
	}{
		"feature":      {"F-2020-000001", "Export the calendar", "We would save an hour each day.", "new", "", false},
		"feature-like": {"F-2020-000002", "A calendar to export", longTitle, "new", "", true},
		"feature-long": {"F-2020-000003", longTitle, longTitle + "\n\n" + longWord, "roadmap", "9.1", true},
	} {
		id := uuid.New()
		w.exec(t, `insert into features (id, vendor_id, number, state, title, body, public_title, public_body, published, target, created_by, created_at, updated_at)
			select $1, vendor_id, $2, $3, $4, $5, $4, $5, $6, $7, id, now(), now() from people where id = $8`,
			id, f.number, f.state, f.title, f.body, f.published, f.target, w.me(t, "product"))
		w.exec(t, `insert into feature_events (vendor_id, feature_id, version, kind, actor_id, at, data)
			select vendor_id, id, 1, 'created', created_by, now(), jsonb_build_object('ticket', $2::text) from features where id = $1`, id, number)
		if name != "feature-like" {
			w.exec(t, `insert into feature_votes (id, vendor_id, feature_id, organization_id, ticket_id, person_id, note, internal, cast_at)
				select gen_random_uuid(), p.vendor_id, $1, p.organization_id, t.id, p.id, $3, $3, now() from people p left join tickets t on t.number = $4 where p.id = $2`,
				id, w.me(t, map[bool]string{true: "jeanne", false: "long"}[name == "feature"]), longWord, map[bool]string{true: number}[name == "feature"])
		}
		w.numbers[name] = f.number
	}
}

// refusedDecline declines without a reason.
func refusedDecline(_ *world, b *tab) {
	b.unfold("#decline-text")
	b.fill("#decline-text", " ")
	if status := b.load(b.click(button("/decline"))); status != http.StatusUnprocessableEntity {
		b.t.Errorf("declined without a reason: %d", status)
	}
}
