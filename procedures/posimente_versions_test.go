package procedures

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	openapi_types "github.com/oapi-codegen/runtime/types"

	"github.com/casepath/casepath/client"
)

// versions: releases are published per package; a ticket on one that is older
// than two years is marked unless it is its package's newest.
func (s *posimente) versions(t *testing.T) {
	product := s.Person("posimente", "product")
	of := made[client.Product](s.World)(product.CreateProductWithResponse(t.Context(), nil, client.NewProduct{Name: "DMS"}))
	release := func(pack uuid.UUID, number string, months int) client.Release {
		return made[client.Release](s.World)(product.CreateReleaseWithResponse(t.Context(), pack, nil, client.NewRelease{
			Number: number, ReleasedOn: openapi_types.Date{Time: s.Now().AddDate(0, -months, 0).Truncate(24 * time.Hour)},
		}))
	}
	pack := func(name string) uuid.UUID {
		return made[client.Package](s.World)(product.CreatePackageWithResponse(t.Context(), of.Id, nil, client.NewProduct{Name: name})).Id
	}
	kept, quiet := pack("Export"), pack("Labels")
	release(kept, "4.1", 30)
	newest := release(kept, "5.0", 3)
	release(quiet, "1.9", 60)

	on := func(name, number string) client.TicketDetail {
		form := s.form("medium")
		form.Package, form.Version = &name, &number
		return made[client.TicketDetail](s.World)(s.customer.RegisterTicketWithResponse(t.Context(), nil, form))
	}
	if v := on("Labels", "1.9"); v.UnsupportedVersion {
		t.Error("the newest release of its package is not supported")
	}
	if v := on("Export", "5.0"); v.UnsupportedVersion {
		t.Error("a release of three months ago is not supported")
	}
	s.onOld(t, on("Export", "4.1"), newest)
}

// onOld: a ticket on a release that is not supported any more is accepted with
// a reason, and its customer asked to upgrade to the one that resolves it.
func (s *posimente) onOld(t *testing.T, old client.TicketDetail, newest client.Release) {
	if !old.UnsupportedVersion {
		t.Error("a release of thirty months ago, and not the newest, is supported")
	}
	s.ticketOf(s.agent.AcceptVersionWithResponse(t.Context(), old.Number, nil, client.VersionAccepted{Reason: "the upgrade is planned"}))
	s.ticketOf(s.agent.TriageTicketWithResponse(t.Context(), old.Number, nil, client.Triage{Reason: "question", Level: 1, Severity: "medium", Path: "answer"}))
	why := "It was mended there."
	waits := s.ticketOf(s.agent.AskUpgradeWithResponse(t.Context(), old.Number, nil, client.UpgradeAsked{ReleaseId: newest.Id, Text: &why}))
	if waits.State != "waiting_for_customer" || waits.WaitingFor == nil || *waits.WaitingFor != "upgrade" {
		t.Errorf("%s for %v", waits.State, waits.WaitingFor)
	}
	if asked := s.customer.latest(); !strings.Contains(asked.Text, "Export 5.0") || !strings.Contains(asked.Text, why) {
		t.Errorf("asked: %s", asked.Text)
	}
	s.ticketOf(s.customer.GiveInformationWithResponse(t.Context(), old.Number, nil, client.Message{Text: "We are on 5.0 now."}))
	if now := s.ticketOf(s.agent.GetTicketWithResponse(t.Context(), old.Number)); now.State != "triaged" || now.VersionAcceptedAt == nil {
		t.Errorf("upgraded, and it is %s (accepted %v)", now.State, now.VersionAcceptedAt)
	}
}
