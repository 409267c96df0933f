package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
)

// versions are what was released, and what is done about a ticket's version.
var versions = []route{
	{"GET", "/releases", desk.OpListReleases, releasesPage},
	{"POST", "/console/tickets/:ticket/ask-upgrade", desk.OpAskUpgrade, askUpgrade},
	{"POST", "/console/tickets/:ticket/accept-version", desk.OpAcceptVersion, acceptVersion},
}

// releasesView is the page of releases.
type releasesView struct {
	Groups []releaseGroup
	Window int    // months a release is supported; 0: every one is
	Next   string // address of the rest; "" on the last page
}

// releaseGroup are releases of one package, newest first.
type releaseGroup struct {
	Product, Package string
	New              bool // the first of its product on the page
	List             []desk.ReleaseView
}

// releasesPage shows customers what was released, and what of it is supported.
func releasesPage(q *request) error {
	if q.caller.Staff() {
		return q.seeOther("/console/products")
	}
	list, next, err := q.site.desk.Releases(q.Request().Context(), nil, q.QueryParam("after"), directoryPage)
	if err != nil {
		return err
	}
	v := releasesView{Groups: grouped(list), Window: q.vendor.Settings.VersionWindowMonths}
	if next != "" {
		v.Next = q.to("/releases" + query(url.Values{"after": {next}}))
	}
	return q.show(http.StatusOK, "releases", "releases_title", v)
}

// grouped parts releases by product and package, whose order they are in.
func grouped(list []desk.ReleaseView) (groups []releaseGroup) {
	for i, r := range list {
		if i == 0 || list[i-1].PackageID != r.PackageID {
			groups = append(groups, releaseGroup{Product: r.Product, Package: r.Package, New: i == 0 || list[i-1].ProductID != r.ProductID})
		}
		g := &groups[len(groups)-1]
		g.List = append(g.List, r)
	}
	return groups
}

// Rules says whether the vendor has a rule of what it supports.
func (p *page) Rules() bool { return p.Request.vendor.Settings.VersionWindowMonths > 0 }

// offered are the releases a form lists; others can be typed.
func (q *request) offered() ([]desk.ReleaseView, error) {
	list, _, err := q.site.desk.Releases(q.Request().Context(), nil, "", desk.PageMax)
	return list, err
}

// resolving are the releases that a customer can be asked to upgrade to: those
// that are supported.
func (q *request) resolving() ([]desk.ReleaseView, error) {
	list, err := q.offered()
	return slices.DeleteFunc(list, func(r desk.ReleaseView) bool { return !r.Supported }), err
}

// Packages are the packages whose releases a form lists.
func (v registerView) Packages() (names []string) {
	for _, g := range grouped(v.Releases) {
		names = append(names, g.Package)
	}
	return names
}

func askUpgrade(q *request) error {
	return q.write("upgrade", "upgrade_sent", func(ctx context.Context, key, ref, text string, files []uuid.UUID) error {
		release, _ := uuid.Parse(q.text("release_id")) // nonsense: the desk names the field
		_, err := q.site.desk.AskUpgrade(ctx, key, ref, release, text, files)
		return err
	})
}

func acceptVersion(q *request) error {
	return q.act("accept", "version_accepted", func(ctx context.Context, key, ref string) error {
		_, err := q.site.desk.AcceptVersion(ctx, key, ref, q.text("reason"))
		return err
	})
}
