package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
)

// merging are the pages on which staff merge, split and link tickets.
var merging = []route{
	{"GET", "/console/tickets/:ticket/merge", desk.OpMerge, mergePage},
	{"POST", "/console/tickets/:ticket/merge", desk.OpMerge, mergeTicket},
	{"POST", "/console/tickets/:ticket/unmerge", desk.OpUnmerge, unmergeTicket},
	{"GET", "/console/tickets/:ticket/split", desk.OpSplit, splitPage},
	{"POST", "/console/tickets/:ticket/split", desk.OpSplit, splitTicket},
	{"POST", "/console/tickets/:ticket/links", desk.OpLink, linkTicket},
	{"POST", "/console/tickets/:ticket/links/remove", desk.OpUnlink, unlinkTicket},
}

// mergeView is what merging a ticket would do.
type mergeView struct {
	desk.MergePlan
	Named string // the other ticket as it was typed
}

func mergePage(q *request) error {
	v, err := q.planMerge(q.QueryParam("target"))
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "merge", "merge_title", v, "number", v.Row.Number)
}

// planMerge plans a merge into the ticket named, by its number or the digits at
// its end.
func (q *request) planMerge(named string) (v mergeView, err error) {
	ctx, d := q.Request().Context(), q.site.desk
	v.Named = strings.TrimSpace(named)
	target := v.Named
	switch found, err := d.FindNumber(ctx, v.Named); {
	case err == nil:
		target = found.Row.Number
	case problem.CodeOf(err) != problem.NotFound:
		return v, err
	}
	v.MergePlan, err = d.PlanMerge(ctx, q.Param("ticket"), target)
	return v, err
}

func mergeTicket(q *request) error {
	ref, target := q.Param("ticket"), q.text("target")
	_, err := q.site.desk.Merge(q.Request().Context(), q.formKey(), ref, target, q.text("reason"))
	if err == nil {
		return q.seeOther(q.ticketDone(ref, "merged"))
	}
	v, planErr := q.planMerge(target)
	if planErr != nil {
		return planErr
	}
	return q.refusedForm(err, "merge", "merge", "merge_title", v, "number", v.Row.Number)
}

func unmergeTicket(q *request) error {
	return q.act("", "unmerged", func(ctx context.Context, key, ref string) error {
		_, err := q.site.desk.Unmerge(ctx, key, ref)
		return err
	})
}

func splitPage(q *request) error {
	p, err := q.site.desk.PlanSplit(q.Request().Context(), q.Param("ticket"))
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "split", "split_title", p, "number", p.Row.Number)
}

func splitTicket(q *request) error {
	ctx, ref := q.Request().Context(), q.Param("ticket")
	made, err := q.site.desk.Split(ctx, q.formKey(), ref, desk.SplitInput{
		Title: q.text("title"), Type: q.text("type"), Severity: q.text("severity"), Text: q.text("text"),
		Comments: q.idsOf("comments"), Files: q.idsOf("files"),
	})
	if err == nil {
		return q.seeOther("/console/tickets/" + made.Row.Number + query(url.Values{"done": {"split_off"}}))
	}
	p, planErr := q.site.desk.PlanSplit(ctx, ref)
	if planErr != nil {
		return planErr
	}
	return q.refusedForm(err, "split", "split", "split_title", p, "number", p.Row.Number)
}

// idsOf are the ids ticked in a form; nonsense is one that nothing has.
func (q *request) idsOf(field string) (list []uuid.UUID) {
	for _, text := range q.Request().PostForm[field] {
		id, _ := uuid.Parse(text)
		list = append(list, id)
	}
	return list
}

func linkTicket(q *request) error {
	ctx, d, with := q.Request().Context(), q.site.desk, q.text("ticket")
	switch found, err := d.FindNumber(ctx, with); {
	case err == nil:
		with = found.Row.Number
	case problem.CodeOf(err) != problem.NotFound:
		return err
	}
	return q.act("link", "linked", func(ctx context.Context, key, ref string) error {
		_, err := d.Link(ctx, key, ref, with)
		return err
	})
}

func unlinkTicket(q *request) error {
	return q.act("", "unlinked", func(ctx context.Context, key, ref string) error {
		id, err := uuid.Parse(q.text("link"))
		if err != nil {
			return problem.Missing()
		}
		_, err = q.site.desk.Unlink(ctx, key, ref, id)
		return err
	})
}
