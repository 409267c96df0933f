package web

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/words"
)

// request is one request for a page of a vendor.
type request struct {
	echo.Context
	site     *Site
	vendor   store.Vendor
	caller   desk.Caller
	signedIn bool
	half     bool           // the second step of their sign-in is still to come
	renewed  string         // secret of a session given with this answer
	locale   string         // words.Locales
	zone     *time.Location // the reader's, once it was asked for
	promised map[string]store.Clocks
	taking   taking
}

// formMax is the largest form without files, and what a form with files may
// hold beside them, in bytes.
const formMax = 1 << 20

// page makes a handler of a route: vendor, caller, then what the route does.
// Whatever it refuses is a page too.
func (s *Site) page(r route) echo.HandlerFunc {
	return func(c echo.Context) error {
		q := &request{Context: c, site: s, locale: words.Match(c.Request().Header.Get("Accept-Language"))}
		pageHeaders(c.Response().Header())
		defer q.removeUploads()
		err := q.enter()
		if err == nil {
			err = q.admit(r)
		}
		if err == nil {
			err = r.do(q)
		}
		if err != nil {
			return q.fail(err)
		}
		return nil
	}
}

// plain is page for the addresses that belong to no vendor.
func (s *Site) plain(do func(*request) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		q := &request{Context: c, site: s, locale: words.Match(c.Request().Header.Get("Accept-Language"))}
		pageHeaders(c.Response().Header())
		if err := do(q); err != nil {
			return q.fail(err)
		}
		return nil
	}
}

// pageHeaders let a page load from here and nowhere else, run no script but
// ours, post nowhere else, and be framed by nobody.
func pageHeaders(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "+
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
}

// enter finds the vendor and, by the cookie, the caller.
func (q *request) enter() error {
	ctx := q.Request().Context()
	if device, err := q.Request().Cookie(q.cookieNameFor("device", q.Param("vendor"))); err == nil {
		o := desk.OriginFrom(ctx)
		o.Device = device.Value
		ctx = desk.WithOrigin(ctx, o)
		q.SetRequest(q.Request().WithContext(ctx))
	}
	var err error
	if q.vendor, err = q.site.desk.Front(ctx, q.Param("vendor")); err != nil {
		return err
	}
	if err := q.site.checkHost(q.Request(), q.vendor); err != nil {
		return err
	}
	if cookie, err := q.Cookie(q.cookieName("session")); err == nil {
		caller, err := q.site.desk.Authenticate(ctx, cookie.Value)
		switch {
		case err == nil && caller.Vendor.ID == q.vendor.ID && !caller.Token:
			q.caller, q.signedIn, q.half = caller, !caller.Half, caller.Half
			q.SetRequest(q.Request().WithContext(desk.WithCaller(ctx, caller)))
			q.locale = words.Match(caller.Person.Locale)
		case err != nil && problem.CodeOf(err) != problem.Unauthenticated:
			return err
		}
	}
	if !q.signedIn {
		q.locale = words.Match(q.QueryParam("lang"), q.Request().Header.Get("Accept-Language"), q.vendor.Settings.Locale())
	}
	return nil
}

// checkHost refuses a Host that is not ours: no page is made for a name that
// somebody else has chosen (abuse case B4).
func (s *Site) checkHost(r *http.Request, v store.Vendor) error {
	for _, address := range []string{s.public(), v.Portal} {
		if u, err := url.Parse(address); err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host) {
			return nil
		}
	}
	return problem.New(problem.Invalid, "host_unknown", nil)
}

// admit asks for a session where the route needs one, and for our own form
// behind every change.
func (q *request) admit(r route) error {
	if _, listed := desk.Permissions[r.op]; listed && !q.signedIn {
		return problem.New(problem.Unauthenticated, "sign_in_first", nil)
	}
	if q.Request().Method != http.MethodPost {
		return nil
	}
	if err := q.site.crossCheck.Check(q.Request()); err != nil {
		return problem.New(problem.Forbidden, "form_foreign", nil)
	}
	if err := q.readForm(); err != nil {
		return err
	}
	return q.checkForm()
}

// readForm reads the form, no more of it than there may be.
func (q *request) readForm() error {
	limit := int64(formMax)
	if strings.HasPrefix(q.Request().Header.Get(echo.HeaderContentType), echo.MIMEMultipartForm) {
		limit += desk.FilesMax * desk.FileMax
	}
	q.Request().Body = http.MaxBytesReader(q.Response(), q.Request().Body, limit)
	err := q.Request().ParseMultipartForm(formMax)
	if errors.Is(err, http.ErrNotMultipart) {
		err = nil // ParseForm has read it
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return problem.New(problem.Invalid, "body_too_large", problem.Args{"max": limit >> 20})
	case err != nil:
		e := problem.New(problem.Invalid, "request_broken", nil)
		e.Cause = err
		return e
	}
	return nil
}

// removeUploads removes what a form's files were kept in while it was read: the
// server does so for the request as it came, not for the one with a caller.
func (q *request) removeUploads() {
	if m := q.Request().MultipartForm; m != nil {
		_ = m.RemoveAll()
	}
}

// text is a field of the form, with the line ends the desk keeps.
func (q *request) text(name string) string {
	return strings.ReplaceAll(q.Request().PostForm.Get(name), "\r\n", "\n")
}

// version is the version of the row that an editing form was made from; 0,
// which no row has, when it says none.
func (q *request) version() int64 {
	n, _ := strconv.ParseInt(q.text("version"), 10, 64)
	return n
}

// formKey is the one-time key of the form: the same form sent twice is done
// once.
func (q *request) formKey() string { return q.Request().PostForm.Get("form_key") }

// to is an address of this vendor's pages.
func (q *request) to(path string) string { return "/" + q.vendor.Slug + path }

// seeOther sends the browser on after a form: reloading then repeats nothing.
func (q *request) seeOther(path string) error { return q.Redirect(http.StatusSeeOther, q.to(path)) }

// location is the reader's time zone: their own, else the vendor's.
func (q *request) location() *time.Location {
	if q.zone != nil {
		return q.zone
	}
	q.zone = q.vendor.Settings.Location()
	if q.signedIn {
		if l, err := time.LoadLocation(q.caller.Person.TimeZone); err == nil && q.caller.Person.TimeZone != "" {
			q.zone = l
		}
	}
	return q.zone
}

func nowhere(*request) error { return problem.Missing() }

// fail shows what went wrong as a page. Who is not signed in is asked to, and
// comes back to the page they wanted.
func (q *request) fail(err error) error {
	if q.Response().Committed {
		return nil
	}
	e, ok := problem.As(err)
	if !ok {
		var web *echo.HTTPError
		if errors.As(err, &web) && (web.Code == http.StatusNotFound || web.Code == http.StatusMethodNotAllowed) {
			e = problem.Missing()
		} else {
			e = problem.New(problem.Internal, "internal", nil)
			e.Cause = err
		}
	}
	if e.Code == problem.Unauthenticated && q.vendor.Slug != "" && q.Request().Method == http.MethodGet {
		return q.Redirect(http.StatusSeeOther, q.to("/sign-in?next="+url.QueryEscape(q.address().RequestURI())))
	}
	if e.Code == problem.Unauthenticated && q.vendor.Slug != "" && q.Request().Method == http.MethodPost && !q.signedIn {
		return q.expired(e)
	}
	if e.Code == problem.Internal || e.Code == problem.Unavailable {
		slog.ErrorContext(q.Request().Context(), "page failed", "method", q.Request().Method, "path", q.Path(), "error", err)
	}
	return q.problemPage(e)
}
