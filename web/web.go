// Package web is the portal and the console: pages over the same desk the API
// calls. Every page works without JavaScript; htmx and a few lines of our own
// are an addition. No rule lives here: handlers read a form, call the desk and
// show what it answers.
//
// Pages of a vendor live below /<its slug>. Every route names its row in the
// desk's table of permissions; one without a row fails the build of the
// handler, as with the API.
package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/words"
)

// Config is what the pages need.
type Config struct {
	Desk *desk.Desk
	// PublicURL is the installation's address as users know it. Cookies are
	// for https alone when it is https; a Host that is neither its nor a
	// vendor's own portal's is refused.
	PublicURL func() string
}

// Site is everything the pages share.
type Site struct {
	desk       *desk.Desk
	public     func() string
	templates  templates
	assets     *assets
	crossCheck *http.CrossOriginProtection
}

// route is one page or form: what is below the vendor's address, and the row
// in the table of permissions.
type route struct {
	method, path string
	op           desk.Operation
	do           func(*request) error
}

// Mount adds the pages to e. It fails when a route has no row in the table of
// permissions or a template is wrong.
func Mount(e *echo.Echo, c Config) error {
	s := &Site{desk: c.Desk, public: c.PublicURL, crossCheck: http.NewCrossOriginProtection()}
	var err error
	if s.templates, err = pageTemplates(); err != nil {
		return err
	}
	if s.assets, err = loadAssets(); err != nil {
		return err
	}
	s.assets.serve(e)
	e.Pre(apart)
	e.GET(inside+"/", s.plain(front))
	e.POST(inside+"/", s.plain(findVendor))
	for _, r := range routes() {
		if _, listed := desk.Permissions[r.op]; !listed && !slices.Contains(desk.Public, r.op) {
			return fmt.Errorf("%s %s: operation %q has no row in desk.Permissions", r.method, r.path, r.op)
		}
		e.Add(r.method, inside+"/:vendor"+r.path, s.page(r))
	}
	e.GET(inside+"/:vendor/*", s.page(route{op: desk.OpSignInPage, do: nowhere})) // in the vendor's frame, with a way on
	e.HTTPErrorHandler = s.lost(e.HTTPErrorHandler)
	return nil
}

// inside is where pages are routed, apart from the API: nobody can ask for an
// address below it, so no name of a vendor shadows one of the API's.
const inside = "/-"

// apart sends what is asked of a vendor's pages to their own routes.
func apart(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		u := c.Request().URL
		if first := firstOf(u.Path); u.Path == "/" || first != "" && !slices.Contains(desk.ReservedSlugs, first) {
			if u.RawPath != "" {
				u.RawPath = inside + u.RawPath
			}
			u.Path = inside + u.Path
		}
		return next(c)
	}
}

func firstOf(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return first
}

// address is what was asked for, as the reader knows it.
func (q *request) address() *url.URL {
	u := *q.Request().URL
	u.Path, u.RawPath = strings.TrimPrefix(u.Path, inside), strings.TrimPrefix(u.RawPath, inside)
	return &u
}

// lost answers with a page to who has come to none of ours; who has asked for
// something of the API gets what they would have got without pages.
func (s *Site) lost(otherwise echo.HTTPErrorHandler) echo.HTTPErrorHandler {
	return func(err error, c echo.Context) {
		if !strings.HasPrefix(c.Request().URL.Path, inside+"/") || c.Response().Committed {
			otherwise(err, c)
			return
		}
		q := &request{Context: c, site: s, locale: words.Match(c.Request().Header.Get("Accept-Language"))}
		pageHeaders(c.Response().Header())
		if q.fail(err) != nil {
			otherwise(err, c)
		}
	}
}

// Routes lists method, path and operation of every page, for the test that
// walks them.
func Routes() (list [][3]string) {
	for _, r := range routes() {
		list = append(list, [3]string{r.method, r.path, string(r.op)})
	}
	return list
}

// secure says whether users reach us by https.
func (s *Site) secure() bool {
	u, err := url.Parse(s.public())
	return err == nil && u.Scheme == "https"
}
