package desk

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// judgeVersion finds the release a request is about and says whether the vendor
// supports it no more. What names none, or might name two, is not judged, nor is a
// kind of request that the window does not concern.
func (d *Desk) judgeVersion(ctx context.Context, tx *store.Tx, c Caller, request *store.Request) (unsupported bool, err error) {
	if request.PackageVersion == "" {
		return false, nil
	}
	known, err := tx.KnownReleases(ctx, request.Package, request.PackageVersion)
	if err != nil || len(known) != 1 {
		return false, err
	}
	request.ReleaseID, request.Package, request.PackageVersion = &known[0].ID, known[0].Package, known[0].Number
	return !d.supports(c, known[0]) && c.Vendor.Settings.ConcernsVersion(request.Type), nil
}

// AcceptVersion notes that staff work on a ticket though its version is not
// supported any more; the reason is internal. Done once, doing it again changes
// nothing. Conflict "version_not_in_question" when the ticket is not marked, or
// nobody works on it any more.
func (d *Desk) AcceptVersion(ctx context.Context, key, ref, reason string) (v TicketView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, OpAcceptVersion, ref)
		if err != nil {
			return err
		}
		if row, err = tx.LockTicket(ctx, row.ID); err != nil {
			return err
		}
		var wrong problem.Fields
		checkText(&wrong, "reason", &reason, 1, BodyMax)
		if err := wrong.Err(); err != nil {
			return err
		}
		w := write{action: "accept_version", ticket: &row.ID, key: key, body: reason}
		if _, _, err := d.once(ctx, tx, c, w, func() (uuid.UUID, error) { return row.ID, d.acceptVersion(ctx, tx, c, row, reason) }); err != nil {
			return err
		}
		if row, err = tx.Ticket(ctx, row.ID); err == nil {
			v, err = d.view(ctx, tx, c, row)
		}
		return err
	})
}

func (d *Desk) acceptVersion(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, reason string) error {
	if err := d.stands(ctx, tx, c, row); err != nil {
		return err
	}
	switch {
	case !row.Unsupported || !row.State.Open():
		return problem.New(problem.Conflict, "version_not_in_question", problem.Args{"number": row.Number})
	case row.VersionAcceptedAt != nil:
		return nil
	}
	now := d.Now()
	if err := tx.AcceptVersion(ctx, row.ID, c.Person.ID, now); err != nil {
		return err
	}
	data, err := json.Marshal(map[string]any{"reason": reason})
	if err != nil {
		return err
	}
	return tx.InsertEvent(ctx, store.Event{
		TicketID: row.ID, Version: row.Version, Kind: "version_accepted", ActorID: &c.Person.ID, At: now, Data: data,
	})
}

// AskUpgrade asks the customer to upgrade to a release that resolves the ticket,
// and waits for them. The question names the release before the text, which may
// be empty. Otherwise it is AskInformation.
func (d *Desk) AskUpgrade(ctx context.Context, key, ref string, release uuid.UUID, text string, files []uuid.UUID) (TicketView, error) {
	return d.do(ctx, deed{action: ticket.ActAskInformation, op: OpAskUpgrade, ref: ref, key: key, text: &text, files: files, release: &release})
}

// nameRelease puts the release a deed names before its text; Unprocessable when
// there is none.
func (in *deed) nameRelease(ctx context.Context, tx *store.Tx) error {
	if in.release == nil {
		return nil
	}
	r, err := tx.Release(ctx, *in.release)
	if err != nil {
		if problem.CodeOf(err) == problem.NotFound {
			var wrong problem.Fields
			wrong.Add("release_id", "release_unknown", nil)
			return wrong.Err()
		}
		return err
	}
	named := r.Named()
	if *in.text != "" {
		named += "\n\n" + *in.text
	}
	*in.text = named
	return nil
}
