package web

import (
	"context"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// authorizing are the pages about access authorities, on either side; each
// side is sent to its own.
var authorizing = []route{
	{"GET", "/tickets/:ticket/authorities", desk.OpListAuthorities, authoritiesPage},
	{"GET", "/tickets/:ticket/authorities/:authority", desk.OpGetAuthority, authorityPage},
	{"GET", "/tickets/:ticket/authorities/:authority/document", desk.OpPrintAuthority, printAuthority},
	{"POST", "/tickets/:ticket/authorities/:authority/complete", desk.OpCompleteAuthority, completeAuthority},
	{"POST", "/tickets/:ticket/authorities/:authority/decline", desk.OpDeclineAuthority, declineAuthority},
	{"POST", "/tickets/:ticket/authorities/:authority/revoke", desk.OpRevokeAuthority, revokeAuthority},
	{"GET", "/console/tickets/:ticket/authorities", desk.OpListAuthorities, authoritiesPage},
	{"POST", "/console/tickets/:ticket/authorities", desk.OpAskAuthority, askAuthority},
	{"POST", "/console/tickets/:ticket/accesses", desk.OpLogAccess, logAccess},
	{"GET", "/console/tickets/:ticket/authorities/:authority", desk.OpGetAuthority, authorityPage},
	{"POST", "/console/tickets/:ticket/authorities/:authority/revoke", desk.OpRevokeAuthority, revokeAuthority},
}

// authoritiesView is the list of a ticket's access authorities, with what was
// done under them.
type authoritiesView struct {
	asIs
	desk.AuthorityList
	At       string // the address of the list
	Accesses []store.Access
	First    bool
	Next     string // address of the further accesses; "" on the last page
	Earliest string // the days an authority may be asked until
	Latest   string
	Scopes   []string
}

func (q *request) authorities() (v authoritiesView, err error) {
	ctx, d := q.Request().Context(), q.site.desk
	if v.AuthorityList, err = d.Authorities(ctx, q.Param("ticket")); err != nil {
		return v, err
	}
	v.At, v.First, v.Scopes = q.ticketPath(v.Number)+"/authorities", q.QueryParam("after") == "", ticket.Scopes
	today := d.Now().In(q.vendor.Settings.Location())
	v.Earliest, v.Latest = today.Format(time.DateOnly), today.AddDate(0, 0, desk.AuthorityDays).Format(time.DateOnly)
	var next string
	if v.Accesses, next, err = d.Accesses(ctx, v.Number, q.QueryParam("after"), directoryPage); next != "" {
		v.Next = q.to(v.At + query(url.Values{"after": {next}}))
	}
	v.asIs = asIs{"ask": {}, "access": {"scope": {ticket.ScopeReadOnly}}}
	return v, err
}

// elsewhere says whether the page is one of the other side's: its reader, who
// may see it, is sent to the same page on their own.
func (q *request) elsewhere() bool {
	return strings.Contains(q.Path(), "/console/") != q.caller.Staff()
}

func authoritiesPage(q *request) error {
	v, err := q.authorities()
	switch {
	case err != nil:
		return err
	case q.elsewhere():
		return q.seeOther(v.At)
	}
	return q.show(http.StatusOK, "authorities", "authorities_title", v, "number", v.Number)
}

// listed is a form on the page of the list.
func (q *request) listed(form, done string, do func(ctx context.Context) error) error {
	if wrong := do(q.Request().Context()); wrong != nil {
		v, err := q.authorities()
		if err != nil {
			return err
		}
		return q.refusedForm(wrong, form, "authorities", "authorities_title", v, "number", v.Number)
	}
	return q.seeOther(q.ticketPath(q.Param("ticket")) + "/authorities?done=" + done)
}

func askAuthority(q *request) error {
	return q.listed("ask", "authority_asked", func(ctx context.Context) error {
		_, err := q.site.desk.AskAuthority(ctx, q.formKey(), q.Param("ticket"), desk.AuthorityInput{
			System: q.text("system"), Scopes: q.chosen("scopes"), ScopeText: q.text("scope_text"), Reason: q.text("reason"), Until: q.text("until"),
		})
		return err
	})
}

func logAccess(q *request) error {
	return q.listed("access", "access_logged", func(ctx context.Context) error {
		_, err := q.site.desk.LogAccess(ctx, q.formKey(), q.Param("ticket"), desk.AccessEntry{
			AuthorityID: q.idTyped("authority_id"), Scope: q.text("scope"), Text: q.text("text"),
		})
		return err
	})
}

// chosen are the choices made of a field of several.
func (q *request) chosen(field string) []string { return slices.Clone(q.Request().PostForm[field]) }

// authorityView is one access authority's page.
type authorityView struct {
	asIs
	desk.AuthorityView
	At       string // its address
	List     string // the address of the ticket's list
	Earliest string // the days it may be granted until
	Latest   string
	Offered  []string // the scopes that may be granted
}

func (q *request) authority(id uuid.UUID) (v authorityView, err error) {
	if v.AuthorityView, err = q.site.desk.Authority(q.Request().Context(), q.Param("ticket"), id); err != nil {
		return v, err
	}
	v.List = q.ticketPath(v.Number) + "/authorities"
	v.At = v.List + "/" + v.ID.String()
	zone := q.vendor.Settings.Location()
	v.Earliest, v.Latest = q.site.desk.Now().In(zone).Format(time.DateOnly), v.WantedUntil.In(zone).Format(time.DateOnly)
	for _, scope := range ticket.Scopes {
		if ticket.Covers(v.Scopes, scope) {
			v.Offered = append(v.Offered, scope)
		}
	}
	v.asIs = asIs{"complete": {"scopes": v.Scopes, "until": {v.Latest}, "scope_text": {v.ScopeText}}}
	return v, nil
}

func authorityPage(q *request) error {
	id, err := q.idIn("authority")
	if err != nil {
		return err
	}
	v, err := q.authority(id)
	switch {
	case err != nil:
		return err
	case q.elsewhere():
		return q.seeOther(v.At)
	}
	return q.show(http.StatusOK, "authority", "authority_title", v, "system", v.System, "number", v.Number)
}

// decide is a form that decides about an authority. When it is refused its page
// comes back with what was typed, and says how the authority stands now.
func (q *request) decide(form, done string, do func(ctx context.Context, key, ref string, id uuid.UUID, in desk.AuthorityAnswer) (desk.AuthorityView, error)) error {
	id, err := q.idIn("authority")
	if err != nil {
		return err
	}
	_, wrong := do(q.Request().Context(), q.formKey(), q.Param("ticket"), id, desk.AuthorityAnswer{
		Version: q.version(), Channel: "portal", Scopes: q.chosen("scopes"), ScopeText: q.text("scope_text"), Until: q.text("until"),
		Basis: q.text("basis"), Name: q.text("name"), Confirmed: q.text("confirmed") != "", Reason: q.text("reason"),
	})
	if code := problem.CodeOf(wrong); code == problem.Forbidden || code == problem.NotFound {
		return wrong // nothing to mend on the form
	}
	if wrong != nil {
		v, err := q.authority(id)
		if err != nil {
			return err
		}
		return q.refusedForm(wrong, form, "authority", "authority_title", v, "system", v.System, "number", v.Number)
	}
	return q.seeOther(q.ticketPath(q.Param("ticket")) + "/authorities/" + id.String() + "?done=" + done)
}

func completeAuthority(q *request) error {
	return q.decide("complete", "authority_completed", q.site.desk.CompleteAuthority)
}

func declineAuthority(q *request) error {
	return q.decide("decline", "authority_declined", q.site.desk.DeclineAuthority)
}

func revokeAuthority(q *request) error {
	return q.decide("revoke", "authority_revoked", q.site.desk.RevokeAuthority)
}

// printAuthority sends the PDF to be saved, never shown as a page of ours.
func printAuthority(q *request) error {
	id, err := q.idIn("authority")
	if err != nil {
		return err
	}
	name, pdf, err := q.site.desk.PrintAuthority(q.Request().Context(), q.Param("ticket"), id, q.locale)
	if err != nil {
		return err
	}
	h := q.Response().Header()
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	return q.Blob(http.StatusOK, echo.MIMEOctetStream, pdf)
}

// AuthorityLook is the name of the looks of an authority's standing.
func (p *page) AuthorityLook(s ticket.AuthorityStanding) string {
	switch s {
	case ticket.AuthorityAsked:
		return "you"
	case ticket.AuthorityValid:
		return "done"
	case ticket.AuthorityLapsed, ticket.AuthorityExpired, ticket.AuthorityDeclined, ticket.AuthorityRevoked:
	}
	return "closed"
}

// ScopeNames are what scopes are called.
func (p *page) ScopeNames(codes []string) (names []string) {
	for _, code := range codes {
		names = append(names, p.T("scope_may_"+code))
	}
	return names
}

// Required is the newest authority of a ticket that is to be answered; nil for
// none.
func (p *page) Required(v desk.TicketView) *store.Authority {
	for i, a := range v.Authorities {
		if a.Standing(p.Request.site.desk.Now()) == ticket.AuthorityAsked {
			return &v.Authorities[i]
		}
	}
	return nil
}
