package web

import (
	"net/http"
	"strconv"

	"github.com/casepath/casepath/problem"
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
