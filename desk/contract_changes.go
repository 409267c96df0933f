package desk

import (
	"context"
	"reflect"

	"github.com/google/uuid"

	"github.com/casepath/casepath/promise"
	"github.com/casepath/casepath/store"
)

// ContractPreview is what a change of a contract would do.
type ContractPreview struct {
	Would ContractView // as it would be kept
	Moves []Move       // of its open tickets, by number
	Next  string       // the number after which to go on; "" at the end
}

// PreviewContract says what changing a contract so would do to the deadlines of
// its open tickets, by number after a number. It writes nothing, and refuses
// what UpdateContract would refuse.
func (d *Desk) PreviewContract(ctx context.Context, id uuid.UUID, version int64, in ContractInput, after string) (p ContractPreview, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return p, err
	}
	return p, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		_, row, err := d.changedContract(ctx, tx, c, OpPreviewContract, id, version, in)
		if err != nil {
			return err
		}
		if p.Would, err = contractView(row); err != nil {
			return err
		}
		rows, err := tx.UnderContract(ctx, id, after, PageMax)
		if len(rows) == PageMax {
			p.Next = rows[len(rows)-1].Number
		}
		for _, t := range rows {
			if err != nil {
				return err
			}
			was := t.Clocks
			if err = aimUnder(ctx, tx, c, &t, row); err == nil {
				p.Moves = append(p.Moves, Move{Number: t.Number, From: t.PolicyVersion, Clocks: clockMoves(was, t.Clocks)})
			}
		}
		return err
	})
}

// UpdateContract replaces what a contract says; its organization stays. The
// clocks of its open tickets are aimed anew in the same act: each that changes
// has it in its history and in the audit, and its workflow is told. A version
// other than the contract's is a Conflict.
func (d *Desk) UpdateContract(ctx context.Context, id uuid.UUID, version int64, in ContractInput) (v ContractView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		before, row, err := d.changedContract(ctx, tx, c, OpUpdateContract, id, version, in)
		if err != nil {
			return err
		}
		if changed := changes(contractFacts(before), contractFacts(row)); len(changed) > 0 {
			row.Version++
			if err := tx.UpdateContract(ctx, row); err != nil {
				return err
			}
			if err := d.audit(ctx, tx, c, "contract_changed", "contract", id, changed); err != nil {
				return err
			}
			if err := d.moveUnder(ctx, tx, c, row); err != nil {
				return err
			}
			if err := d.agreeAnew(ctx, tx, c, row); err != nil {
				return err
			}
		}
		v, err = contractView(row)
		return err
	})
}

// changedContract says what a contract is, and what it would be; for the change
// itself it is locked.
func (d *Desk) changedContract(ctx context.Context, tx *store.Tx, c Caller, op Operation, id uuid.UUID, version int64, in ContractInput,
) (before, row store.Contract, err error) {
	if before, err = tx.Contract(ctx, id); err != nil {
		return before, row, err
	}
	if err := c.contract(op, before); err != nil {
		return before, row, err
	}
	if op == OpUpdateContract {
		if _, err := tx.LockOrganization(ctx, before.OrganizationID); err != nil {
			return before, row, err
		}
		if before, err = tx.LockContract(ctx, id); err != nil {
			return before, row, err
		}
	}
	if before.Version != version {
		return before, row, changedMeanwhile(before.Version)
	}
	row = before
	return before, row, in.write(ctx, tx, c.Vendor.Settings.Pack, &row)
}

// aimUnder aims a ticket's clocks by what its contract says, under the version
// of the pack it is pinned to.
func aimUnder(ctx context.Context, tx *store.Tx, c Caller, t *store.Ticket, contract store.Contract) error {
	terms, err := contract.Terms()
	if err != nil {
		return err
	}
	pinned, err := tx.Pinned(ctx, c.Vendor, t.PolicyVersion)
	if err != nil {
		return err
	}
	ledger, err := tx.Ledger(ctx, t.ID)
	if err != nil {
		return err
	}
	return promise.Aim(t, ledger, pinned.Settings, terms)
}

// moveUnder aims the clocks of a contract's open tickets anew. Each is locked
// first: what has happened to it meanwhile counts.
func (d *Desk) moveUnder(ctx context.Context, tx *store.Tx, c Caller, contract store.Contract) error {
	for after := ""; ; {
		rows, err := tx.UnderContract(ctx, contract.ID, after, PageMax)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, t := range rows {
			after = t.Number
			if t, err = tx.LockTicket(ctx, t.ID); err != nil {
				return err
			}
			was := t.Clocks
			if err := aimUnder(ctx, tx, c, &t, contract); err != nil {
				return err
			}
			if !t.State.Open() || reflect.DeepEqual(was, t.Clocks) {
				continue
			}
			data := map[string]any{"reference": contract.Reference, "clocks": clockMoves(was, t.Clocks)}
			if err := d.keepMove(ctx, tx, c, t, "contract_moved", data); err != nil {
				return err
			}
		}
	}
}
