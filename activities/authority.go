package activities

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// authority keeps the access authority that a question asks for, or the answer
// that ends the wait for it, and tells of it.
func authority(ctx context.Context, tx *store.Tx, about notice.About, t ticket.Transition, w ticket.WrittenAuthority) error {
	id, err := uuid.Parse(w.ID)
	if err != nil {
		return fmt.Errorf("access authority %q: %w", w.ID, err)
	}
	if w.What == "asked" {
		var asked store.Authority
		if err := json.Unmarshal(w.Row, &asked); err != nil {
			return fmt.Errorf("read access authority %s: %w", w.ID, err)
		}
		asked.ID, asked.TicketID, asked.OrganizationID, asked.AskedAt = id, about.Ticket.ID, about.Ticket.OrganizationID, t.At
		if err := tx.InsertAuthority(ctx, asked); err != nil {
			return err
		}
		if asked, err = tx.Authority(ctx, id); err != nil {
			return err
		}
		return about.AuthorityAsked(ctx, tx, t.Key, asked)
	}
	var said struct {
		Version  int64
		Decision store.AuthorityDecision
	}
	if err := json.Unmarshal(w.Row, &said); err != nil {
		return fmt.Errorf("read decision on access authority %s: %w", w.ID, err)
	}
	of, err := tx.LockAuthority(ctx, id)
	if err != nil {
		return err
	}
	said.Decision.At = t.At
	if err := tx.DecideAuthority(ctx, said.Version, said.Decision); err != nil {
		return err
	}
	return about.AuthorityDecided(ctx, tx, of, said.Decision)
}
