package web

import (
	"net/http"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
)

// newsView is what has come on a ticket since somebody read it.
type newsView struct {
	desk.News
	To string // where it is shown
}

// Any says whether there is any.
func (v newsView) Any() bool { return len(v.Said) > 0 || v.Done }

// ticketNews says what is new since the reader's page was made; a page that
// asks by itself hears nothing when nothing is.
func ticketNews(q *request) error {
	ref := q.Param("ticket")
	news, err := q.site.desk.News(q.Request().Context(), ref, readMark(q.QueryParam("version"), q.QueryParam("comment")))
	if err != nil {
		return err
	}
	v := newsView{News: news, To: q.ticketPath(news.Number)}
	if !v.Any() && q.Request().Header.Get("HX-Request") != "" {
		return q.NoContent(http.StatusNoContent)
	}
	if len(v.Said) > 0 {
		// Another address than the page's own: a link to a place on it would not
		// load it again.
		v.To += "?upto=" + v.Said[len(v.Said)-1].String() + "#c-" + v.Said[0].String()
	} else {
		v.To += "?upto=" + uuid.NewString()
	}
	return q.show(http.StatusOK, "news", "news_title", v, "number", news.Number)
}
