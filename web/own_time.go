package web

import (
	"net/http"
	"net/url"
	"time"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/policy"
)

// ownTimeView is a week of the reader's own time.
type ownTimeView struct {
	desk.OwnTime
	Last          time.Time // Sunday
	First         bool      // the page begins at the first entry
	Rest          string    // address of the further entries; "" on the last page
	Before, After string    // addresses of the weeks beside it
	Activities    []policy.Choice
	Total         int // minutes
}

func ownTimePage(q *request) error {
	week, after := q.QueryParam("week"), q.QueryParam("after")
	own, err := q.site.desk.OwnTime(q.Request().Context(), week, after, directoryPage)
	if err != nil {
		return err
	}
	v := ownTimeView{OwnTime: own, Last: own.Until.AddDate(0, 0, -1), First: after == ""}
	address := func(day time.Time, more url.Values) string {
		more.Set("week", day.Format(time.DateOnly))
		return q.to("/console/time" + query(more))
	}
	v.Before, v.After = address(v.From.AddDate(0, 0, -7), url.Values{}), address(v.Until, url.Values{})
	if v.Next != "" {
		v.Rest = address(v.From, url.Values{"after": {v.Next}})
	}
	if pack := q.vendor.Settings.Pack; pack != nil {
		v.Activities = pack.Activities
	}
	for _, sum := range v.Days {
		v.Total += sum.Minutes
	}
	return q.show(http.StatusOK, "own_time", "own_time_title", v)
}
