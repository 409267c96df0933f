package desk

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// OverridesMax is how long the overrides of a contract may be as they are
// written, in characters.
const OverridesMax = 4000

// ContractInput is what somebody writes about a contract. Dates are midnights
// UTC.
type ContractInput struct {
	Plan          string // of the vendor's pack in force
	Reference     string // the agreement's, as both sides name it
	From          time.Time
	Until         *time.Time // last day; nil: until further notice
	WarrantyUntil *time.Time
	Overrides     string // YAML; "" for none
}

// ContractView is a contract as it is read.
type ContractView struct {
	store.Contract
	Overrides string // YAML; "" for none
}

// contract answers NotFound for a contract out of the caller's sight (staff see
// all, the customer's side its own), and Forbidden for an operation that is not
// theirs.
func (c Caller) contract(op Operation, row store.Contract) error {
	if !c.inside() && row.OrganizationID != *c.Person.OrganizationID {
		return problem.Missing()
	}
	return c.allow(op)
}

// party is contract for what is done to the contracts of an organization.
func (d *Desk) party(ctx context.Context, tx *store.Tx, c Caller, op Operation, organization uuid.UUID) error {
	err := c.contract(op, store.Contract{OrganizationID: organization})
	if problem.CodeOf(err) == problem.NotFound {
		return err
	}
	if _, missing := tx.Organization(ctx, organization); missing != nil {
		return missing
	}
	return err
}

// Contracts lists the contracts of an organization, the one that begins last
// first, and the cursor of the next page. An organization that is another's is
// NotFound.
func (d *Desk) Contracts(ctx context.Context, organization uuid.UUID, after string, limit int) (list []ContractView, next string, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return nil, "", err
	}
	var from time.Time
	var id uuid.UUID
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if err := d.party(ctx, tx, c, OpListContracts, organization); err != nil {
			return err
		}
		if after != "" {
			if from, id, err = dateCursor(after); err != nil {
				return err
			}
		}
		rows, err := tx.Contracts(ctx, organization, from, id, limit+1)
		for _, row := range rows {
			if err != nil {
				return err
			}
			var v ContractView
			v, err = contractView(row)
			list = append(list, v)
		}
		return err
	})
	if len(list) > limit {
		list = list[:limit]
		next = cursor(list[limit-1].FromOn.Format(time.DateOnly), list[limit-1].ID)
	}
	return list, next, err
}

func dateCursor(s string) (on time.Time, id uuid.UUID, err error) {
	value, id, err := readCursor(s)
	if err != nil {
		return on, id, err
	}
	if on, err = time.Parse(time.DateOnly, value); err != nil {
		var wrong problem.Fields
		wrong.Add("cursor", "cursor_unknown", nil)
		return on, id, wrong.Err()
	}
	return on, id, nil
}

func contractView(row store.Contract) (v ContractView, err error) {
	v.Contract = row
	terms, err := row.Terms()
	if err == nil {
		v.Overrides, err = terms.Overrides.YAML()
	}
	return v, err
}

// Contract is one contract in the caller's sight.
func (d *Desk) Contract(ctx context.Context, id uuid.UUID) (v ContractView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := tx.Contract(ctx, id)
		if err == nil {
			err = c.contract(OpGetContract, row)
		}
		if err == nil {
			v, err = contractView(row)
		}
		return err
	})
}

// CreateContract adds a contract. Tickets that are open already stay under the
// terms they were registered under. Unprocessable names each wrong field, and a
// contract of the organization that has a day in common; without a pack in
// force it is a Conflict.
func (d *Desk) CreateContract(ctx context.Context, key string, organization uuid.UUID, in ContractInput) (v ContractView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if err := d.party(ctx, tx, c, OpCreateContract, organization); err != nil {
			return err
		}
		if _, err := tx.LockOrganization(ctx, organization); err != nil {
			return err
		}
		w := write{action: "create_contract", key: key, body: []any{organization, in}}
		made, _, err := d.once(ctx, tx, c, w, func() (uuid.UUID, error) {
			row := store.Contract{ID: store.NewID(), OrganizationID: organization, Version: 1, CreatedAt: d.Now()}
			if err := in.write(ctx, tx, c.Vendor.Settings.Pack, &row); err != nil {
				return row.ID, err
			}
			if err := tx.InsertContract(ctx, row); err != nil {
				return row.ID, err
			}
			return row.ID, d.audit(ctx, tx, c, "contract_created", "contract", row.ID, contractFacts(row))
		})
		if err != nil {
			return err
		}
		row, err := tx.Contract(ctx, made)
		if err == nil {
			v, err = contractView(row)
		}
		return err
	})
}

// write puts what was written into a row, or names every wrong field. What
// stays as it was may be what the pack has no more. The organization must be
// locked.
func (in *ContractInput) write(ctx context.Context, tx *store.Tx, pack *policy.Pack, row *store.Contract) error {
	if pack == nil {
		return problem.New(problem.Conflict, "no_policy_pack", nil)
	}
	before := *row
	var wrong problem.Fields
	checkText(&wrong, "reference", &in.Reference, 1, NameMax)
	if _, known := pack.Plan(in.Plan); !known && in.Plan != before.Plan || in.Plan == "" {
		wrong.Add("plan", "field_not_a_choice", problem.Args{"choices": planCodes(pack)})
	}
	in.checkDates(&wrong)
	if err := in.writeOverrides(&wrong, pack, before, row); err != nil {
		return err
	}
	row.Plan, row.Reference = in.Plan, strings.TrimSpace(in.Reference)
	row.FromOn, row.UntilOn, row.WarrantyUntil = in.From, in.Until, in.WarrantyUntil
	if err := wrong.Err(); err != nil {
		return err
	}
	other, err := tx.Overlapping(ctx, *row)
	if err != nil || other == nil {
		return err
	}
	wrong.Add("from", "contract_overlaps", problem.Args{"reference": other.Reference, "from": other.FromOn.Format(time.DateOnly), "until": dateText(other.UntilOn)})
	return wrong.Err()
}

func planCodes(p *policy.Pack) (codes []string) {
	for _, l := range p.Plans {
		codes = append(codes, l.Code)
	}
	return codes
}

// dateText is a date as it is written everywhere; "…" for none.
func dateText(on *time.Time) string {
	if on == nil {
		return "…"
	}
	return on.Format(time.DateOnly)
}

// checkDates wants days that a contract can have.
func (in *ContractInput) checkDates(wrong *problem.Fields) {
	for _, on := range []struct {
		path string
		at   *time.Time
	}{{"from", &in.From}, {"until", in.Until}, {"warranty_until", in.WarrantyUntil}} {
		switch {
		case on.at == nil:
		case on.at.IsZero():
			wrong.Add(on.path, "field_empty", nil)
		case on.at.Year() < 1970 || on.at.Year() > 2199:
			wrong.Add(on.path, "field_not_date", nil)
		}
	}
	if in.Until != nil && in.Until.Before(in.From) {
		wrong.Add("until", "until_before_from", nil)
	}
}

// writeOverrides reads the overrides by the pack.
func (in *ContractInput) writeOverrides(wrong *problem.Fields, pack *policy.Pack, before store.Contract, row *store.Contract) error {
	checkText(wrong, "overrides", &in.Overrides, 0, OverridesMax)
	if before.Raw != nil {
		same, err := contractView(before)
		if err != nil || strings.TrimSpace(same.Overrides) == strings.TrimSpace(in.Overrides) {
			return err
		}
	}
	o, err := pack.CheckOverrides([]byte(in.Overrides))
	var faults policy.Faults
	if errors.As(err, &faults) {
		for _, f := range faults {
			key := "overrides_wrong"
			if f.Line == 0 {
				key = "overrides_wrong_whole"
			}
			wrong.Add("overrides", key, problem.Args{"line": f.Line, "fault": f.Text})
		}
		return nil
	}
	if err == nil {
		row.Raw, err = json.Marshal(o)
	}
	return err
}

// contractFacts is what the audit keeps of a contract.
func contractFacts(row store.Contract) map[string]any {
	var overrides any
	_ = json.Unmarshal(row.Raw, &overrides) // JSON by its making
	return map[string]any{
		"organization_id": row.OrganizationID, "plan": row.Plan, "reference": row.Reference, "from": row.FromOn.Format(time.DateOnly),
		"until": dateText(row.UntilOn), "warranty_until": dateText(row.WarrantyUntil), "overrides": overrides,
	}
}

// ContractSheet is a contract with whose it is, as staff see it.
type ContractSheet struct {
	ContractView
	Organization store.Organization
}

// OpenContract is a contract's sheet, for staff.
func (d *Desk) OpenContract(ctx context.Context, id uuid.UUID) (s ContractSheet, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return s, err
	}
	return s, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := tx.Contract(ctx, id)
		if err == nil {
			err = c.contract(OpDirectory, row)
		}
		if err == nil {
			s.ContractView, err = contractView(row)
		}
		if err == nil {
			s.Organization, err = tx.Organization(ctx, row.OrganizationID)
		}
		return err
	})
}
