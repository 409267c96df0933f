package web

import (
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// stuck lists what does not move by itself.
func stuck(q *request) error {
	s, err := q.site.desk.Stuck(q.Request().Context())
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "stuck", "stuck_title", s)
}

// retryDead tries a delivery again that was given up.
func retryDead(q *request) error {
	id, err := strconv.ParseInt(q.text("delivery"), 10, 64)
	if err != nil {
		return problem.Missing()
	}
	if err := q.site.desk.RetryDead(q.Request().Context(), id); err != nil {
		return err
	}
	return q.seeOther("/console/stuck?done=delivery_retried")
}

// WorkPage is where a row of a kind that has a workflow is read: a question to
// colleagues on its ticket's page. "" where there is no such page.
func (*page) WorkPage(work, number string, id uuid.UUID) string {
	if work == store.WorkRequest {
		return "/console/requests/" + id.String()
	}
	at := map[string]string{
		store.WorkTicket: "/console/tickets/", store.WorkService: "/console/service-requests/", store.WorkEnhancement: "/console/service-requests/",
		store.WorkReview: "/console/qa/", store.WorkDev: "/console/dev/", store.WorkEscalation: "/console/escalations/",
		store.WorkCollaboration: "/console/tickets/",
	}[work]
	if at == "" || number == "" {
		return ""
	}
	return at + number
}
