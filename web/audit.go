package web

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/words"
)

// auditMax is how many changes one page of the audit shows.
const auditMax = 50

// auditView is who changed what, newest first.
type auditView struct {
	Lines []auditLine
	Actor string // of whom alone it tells; "" for everybody
	About string // of what alone it tells; "" for everything
	Next  string
	First bool
}

// auditLine is one change as the page says it.
type auditLine struct {
	desk.AuditEntry
	Says  string
	Facts []fact
}

// audit lists the audit, narrowed by who did it or by what it was done to.
func audit(q *request) error {
	query := desk.AuditQuery{Cursor: q.QueryParam("after"), Limit: auditMax}
	for name, to := range map[string]**uuid.UUID{"by": &query.ActorID, "about": &query.ObjectID} {
		if text := q.QueryParam(name); text != "" {
			id, err := uuid.Parse(text)
			if err != nil {
				return problem.Missing()
			}
			*to = &id
		}
	}
	list, next, err := q.site.desk.Audit(q.Request().Context(), query)
	if err != nil {
		return err
	}
	v := auditView{First: query.Cursor == ""}
	nobody := words.Say(q.locale, "audit_nobody", nil)
	for _, e := range list {
		v.Lines = append(v.Lines, auditLine{e, words.Say(q.locale, e.Key(), e.Args(nobody)), facts(e.Data)})
		if query.ActorID != nil && e.ActorName != nil {
			v.Actor = *e.ActorName
		}
		if query.ObjectID != nil && e.ObjectName != nil {
			v.About = *e.ObjectName
		}
	}
	if next != "" {
		rest := url.Values{"after": {next}}
		for _, name := range []string{"by", "about"} {
			if text := q.QueryParam(name); text != "" {
				rest.Set(name, text)
			}
		}
		v.Next = q.to("/console/audit?" + rest.Encode())
	}
	return q.show(http.StatusOK, "audit", "audit_title", v)
}

// fact is one thing an entry tells: what it is, or what it was and is now.
type fact struct {
	Name    string
	Was, Is string
	Changed bool
}

// facts are what an entry holds besides, by name.
func facts(data json.RawMessage) (list []fact) {
	var all map[string]any
	_ = json.Unmarshal(data, &all) // a JSON object by the table's making
	for _, name := range slices.Sorted(maps.Keys(all)) {
		f := fact{Name: strings.ReplaceAll(name, "_", " ")}
		change, _ := all[name].(map[string]any)
		if is, there := change["is"]; there {
			f.Was, f.Is, f.Changed = shown(change["was"]), shown(is), true
		} else {
			f.Is = shown(all[name])
		}
		list = append(list, f)
	}
	return list
}

// shown is a value of an entry as a person reads it.
func shown(v any) string {
	switch v := v.(type) {
	case nil:
		return "–"
	case string:
		return v
	}
	raw, _ := json.Marshal(v) // it was JSON
	return string(raw)
}
