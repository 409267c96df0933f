package web

import (
	"context"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
)

// watching has people follow a ticket beside those it concerns, on either side.
var watching = []route{
	{"POST", "/tickets/:ticket/watch", desk.OpAddWatcher, watch},
	{"POST", "/tickets/:ticket/unwatch", desk.OpRemoveWatcher, unwatch},
	{"POST", "/watching/end", desk.OpRemoveWatcher, endWatch},
	{"POST", "/console/tickets/:ticket/watch", desk.OpAddWatcher, watch},
	{"POST", "/console/tickets/:ticket/unwatch", desk.OpRemoveWatcher, unwatch},
}

func watch(q *request) error {
	return q.act("watch", "watcher_added", func(ctx context.Context, _, ref string) error {
		_, err := q.site.desk.AddWatcher(ctx, ref, desk.NewWatcher{Email: q.text("email")})
		return err
	})
}

// unwatch ends that somebody watches a ticket. Of a form sent twice the second
// finds nobody to remove: that is done already, as long as the ticket is there.
func unwatch(q *request) error {
	return q.act("", "watcher_removed", func(ctx context.Context, _, ref string) error {
		err := q.endWatchOf(ctx, ref, q.text("person"))
		if problem.CodeOf(err) == problem.NotFound {
			_, err = q.site.desk.Watchers(ctx, ref)
		}
		return err
	})
}

// endWatch ends the reader's own watch of a ticket, which may be out of their
// sight then, also when the form is sent twice: so the form names the ticket,
// not the address, and one that is not there is watched no more.
func endWatch(q *request) error {
	err := q.endWatchOf(q.Request().Context(), q.text("ticket"), q.caller.Person.ID.String())
	if err != nil && problem.CodeOf(err) != problem.NotFound {
		return err
	}
	return q.seeOther("/tickets?done=watch_ended")
}

func (q *request) endWatchOf(ctx context.Context, ref, person string) error {
	id, err := uuid.Parse(person)
	if err != nil {
		return problem.Missing()
	}
	return q.site.desk.RemoveWatcher(ctx, ref, id)
}
