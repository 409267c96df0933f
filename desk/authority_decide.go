package desk

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/google/uuid"

	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// AuthorityAnswer is what a decision on an access authority says. Version is
// that of the authority as its writer has read it.
type AuthorityAnswer struct {
	Version int64
	Channel string // portal or api
	// Of a completion: as granted, which may be less than was asked for and
	// never more; the last day, 2026-12-31, in the vendor's zone; on what ground
	// a partner acts for the customer; and the signer's name and word.
	Scopes    []string
	ScopeText string
	Until     string
	Basis     string
	Name      string
	Confirmed bool
	// Of a refusal and of a revocation.
	Reason string
}

// CompleteAuthority grants what staff have asked for, or less; for the
// customer's signatory, or a contact of a partner who acts for it. Where the
// ticket waits for it the wait ends. Forbidden to others, saying who can;
// Conflict "authority_is_…" when it has been answered or its time is over.
func (d *Desk) CompleteAuthority(ctx context.Context, key, ref string, id uuid.UUID, in AuthorityAnswer) (AuthorityView, error) {
	return d.decideAuthority(ctx, verdict{op: OpCompleteAuthority, kind: "completed", key: key, ref: ref, id: id, AuthorityAnswer: in})
}

// DeclineAuthority says no, with a reason; for those who could complete it.
func (d *Desk) DeclineAuthority(ctx context.Context, key, ref string, id uuid.UUID, in AuthorityAnswer) (AuthorityView, error) {
	return d.decideAuthority(ctx, verdict{op: OpDeclineAuthority, kind: "declined", key: key, ref: ref, id: id, AuthorityAnswer: in})
}

// RevokeAuthority takes a completed one back, with a reason: the customer's
// signatory or super-user, the partner who signed it, or staff who ask for
// authorities.
func (d *Desk) RevokeAuthority(ctx context.Context, key, ref string, id uuid.UUID, in AuthorityAnswer) (AuthorityView, error) {
	return d.decideAuthority(ctx, verdict{op: OpRevokeAuthority, kind: "revoked", key: key, ref: ref, id: id, AuthorityAnswer: in})
}

// verdict is a decision on an authority before it is checked.
type verdict struct {
	op   Operation
	kind string // completed, declined or revoked
	key  string // idempotency key of the caller
	ref  string // ticket, by uuid or number
	id   uuid.UUID
	AuthorityAnswer
}

// decideAuthority makes a decision once. Where the ticket waits for the answer
// its workflow keeps it, so that it ends the wait in the same transaction; when
// that wait has ended meanwhile it is kept here all the same.
func (d *Desk) decideAuthority(ctx context.Context, in verdict) (v AuthorityView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	if in.key == "" {
		in.key = uuid.NewString()
	}
	for _, text := range []*string{&in.ScopeText, &in.Basis, &in.Name, &in.Reason} {
		*text = clean(*text)
	}
	for range 3 { // more often no customer speaks in between
		var command *ticket.Command
		var row store.Ticket
		err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
			if row, command, err = d.receiveVerdict(ctx, tx, c, in); err != nil || command != nil {
				return err
			}
			a, err := tx.Authority(ctx, in.id)
			if err == nil {
				v, err = d.authorityView(ctx, tx, c, row, a)
			}
			return err
		})
		if err != nil || command == nil {
			return v, err
		}
		_, err = d.act(ctx, c, row.ID, *command)
		if e, ok := problem.As(err); !ok || e.Key != "action_out_of_order" && e.Key != ticket.MergedElsewhere {
			break
		}
	}
	if err != nil {
		return v, err
	}
	return d.Authority(ctx, in.ref, in.id)
}

// receiveVerdict checks a decision and makes it, or answers the command by
// which the ticket's workflow has to: nil when it is made, now or before.
func (d *Desk) receiveVerdict(ctx context.Context, tx *store.Tx, c Caller, in verdict) (row store.Ticket, command *ticket.Command, err error) {
	row, _, err = d.findAuthority(ctx, tx, c, in.op, in.ref, in.id)
	if err != nil {
		return row, nil, err
	}
	if row, err = tx.LockTicket(ctx, row.ID); err != nil { // the order in which a commit locks
		return row, nil, err
	}
	a, err := tx.LockAuthority(ctx, in.id)
	if err != nil {
		return row, nil, err
	}
	hash, err := bodyHash(in.AuthorityAnswer)
	if err != nil {
		return row, nil, err
	}
	decision := d.decisionOf(ctx, c, a, in)
	if decision.Capacity, err = capacityFor(ctx, tx, c, a, in.kind); err != nil {
		return row, nil, err
	}
	body, err := writtenDecision(in, decision)
	if err != nil {
		return row, nil, err
	}
	key := c.Key(string(in.op), a.ID.String(), in.key)
	received, err := tx.Receive(ctx, store.Command{
		Key: key, TicketID: &row.ID, ActorID: &c.Person.ID, Action: string(in.op), Body: body, BodyHash: hash, ReceivedAt: d.Now(),
		BearerID: known(c.Bearer), IP: OriginFrom(ctx).IP,
	})
	if err != nil || received.CommittedAt != nil {
		return row, nil, err
	}
	if in.kind != "revoked" {
		if err := d.stands(ctx, tx, c, row); err != nil {
			return row, nil, err
		}
	}
	if err := d.checkVerdict(c, a, in, decision.Capacity); err != nil {
		return row, nil, err
	}
	if in.kind != "revoked" && row.Waiting == string(ticket.ForAccessAuthority) && a.Newest {
		return row, &ticket.Command{Key: key, Action: ticket.ActGiveInformation, Actor: c.Actor(), Seen: row.Version}, nil
	}
	return row, nil, d.keepVerdict(ctx, tx, c, row, a, in, decision, key)
}

// decisionOf is the row of a decision, but for as what it is made.
func (d *Desk) decisionOf(ctx context.Context, c Caller, a store.Authority, in verdict) store.AuthorityDecision {
	decision := store.AuthorityDecision{
		ID: store.NewID(), AuthorityID: a.ID, Kind: in.kind, PersonID: c.Person.ID, PersonName: c.Person.Name,
		OrganizationID: c.Person.OrganizationID, Organization: c.Person.OrganizationName, Customer: a.Organization,
		Reason: in.Reason, At: d.Now(), Channel: in.Channel, IP: OriginFrom(ctx).IP,
	}
	if c.Staff() {
		decision.Organization = c.Vendor.Name
	}
	if in.kind == "completed" {
		last, err := lastOf(in.Until, c.Vendor.Settings.Location())
		if err == nil {
			decision.EndsAt = &last
		}
		decision.Scopes, decision.ScopeText, decision.Basis, decision.Name, decision.Reason = in.Scopes, in.ScopeText, in.Basis, in.Name, ""
	}
	return decision
}

// writtenDecision is what the workflow's commit reads.
func writtenDecision(in verdict, decision store.AuthorityDecision) ([]byte, error) {
	raw, err := json.Marshal(struct {
		Version  int64
		Decision store.AuthorityDecision
	}{in.Version, decision})
	if err != nil {
		return nil, err
	}
	return json.Marshal(ticket.Written{Authority: &ticket.WrittenAuthority{ID: decision.AuthorityID.String(), What: in.kind, Row: raw}})
}

// capacityFor is as what the caller makes a decision of that kind; Forbidden,
// saying who may, when it is not theirs.
func capacityFor(ctx context.Context, tx *store.Tx, c Caller, a store.Authority, kind string) (as string, err error) {
	if kind != "revoked" {
		if as, err = capacity(ctx, tx, c, a.OrganizationID); err == nil && as == "" {
			err = notYoursToSign(a)
		}
		return as, err
	}
	made, err := tx.AuthorityDecisions(ctx, a.ID)
	if err != nil {
		return "", err
	}
	if as, err = revoking(ctx, tx, c, a, made); err == nil && as == "" {
		err = notYoursToRevoke(a)
	}
	return as, err
}

// checkVerdict refuses, Conflict, when the authority does not stand as it
// should, and names every wrong field.
func (d *Desk) checkVerdict(c Caller, a store.Authority, in verdict, as string) error {
	wanted := ticket.AuthorityAsked
	if in.kind == "revoked" {
		wanted = ticket.AuthorityValid
	}
	switch standing := a.Standing(d.Now()); {
	case standing != wanted:
		return problem.New(problem.Conflict, "authority_is_"+string(standing), nil)
	case a.Version != in.Version:
		return changedMeanwhile(a.Version)
	}
	var wrong problem.Fields
	if in.kind == "completed" {
		d.checkGrant(&wrong, c, a, in, as)
	} else {
		checkText(&wrong, "reason", &in.Reason, 1, AuthorityTextMax)
	}
	return wrong.Err()
}

// checkGrant names every wrong field of a completion.
func (d *Desk) checkGrant(wrong *problem.Fields, c Caller, a store.Authority, in verdict, as string) {
	checkScopes(wrong, in.Scopes)
	if slices.ContainsFunc(in.Scopes, func(s string) bool { return slices.Contains(ticket.Scopes, s) && !ticket.Covers(a.Scopes, s) }) {
		wrong.Add("scopes", "authority_wider", nil)
	}
	checkText(wrong, "scope_text", &in.ScopeText, 0, AuthorityTextMax)
	checkUntil(wrong, in.Until, d.Now().In(c.Vendor.Settings.Location()), a.WantedUntil, "date_after_wanted")
	needed := 0
	if as == "partner" {
		needed = 1
	}
	checkText(wrong, "basis", &in.Basis, needed, AuthorityTextMax)
	checkText(wrong, "name", &in.Name, 1, NameMax)
	if !in.Confirmed {
		wrong.Add("confirmed", "authority_not_confirmed", nil)
	}
}

// keepVerdict makes a decision that no workflow waits for.
func (d *Desk) keepVerdict(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, a store.Authority, in verdict, made store.AuthorityDecision, key string) error {
	if err := tx.DecideAuthority(ctx, in.Version, made); err != nil {
		return err
	}
	data, err := json.Marshal(map[string]any{"authority": in.kind, "authority_id": a.ID})
	if err != nil {
		return err
	}
	if err := tx.InsertEvent(ctx, store.Event{
		TicketID: row.ID, Version: row.Version, Kind: "authority", Public: true, ActorID: &c.Person.ID, At: made.At, Data: data,
	}); err != nil {
		return err
	}
	if err := (notice.About{Vendor: c.Vendor, Ticket: row}).AuthorityDecided(ctx, tx, a, made); err != nil {
		return err
	}
	return tx.Done(ctx, key, a.ID)
}
