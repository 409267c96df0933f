package desk

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// DraftNew is what a draft is about that belongs to no ticket yet.
const DraftNew = "new"

// DraftKinds are what can be written, each in a box of its own: a reply and a
// note never share their text.
var DraftKinds = []string{"reply", "note", "question", "upgrade", "answer", "information", "reopening", "register"}

// draftMax is the size of a draft, in bytes of JSON.
const draftMax = 8 * BodyMax

// KeepDraft keeps what the caller is writing, until it is sent or written
// over. about is a ticket in their sight, by uuid or number, or DraftNew; a
// note is for staff alone. Fields are texts by name; those not named stay as
// they were kept before, so that a form of several pages is one draft.
func (d *Desk) KeepDraft(ctx context.Context, about, kind string, fields map[string]string) error {
	c, err := d.caller(ctx, OpKeepDraft)
	if err != nil {
		return err
	}
	if !slices.Contains(DraftKinds, kind) || kind == "note" && c.Reach(OpAddNote) == Nothing {
		return problem.Missing()
	}
	for name, text := range fields {
		fields[name] = clean(text)
	}
	body, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	tooLarge := problem.New(problem.Invalid, "draft_too_large", nil)
	if len(body) > draftMax {
		return tooLarge
	}
	return d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		place, err := d.draftPlace(ctx, tx, c, about)
		if err != nil {
			return err
		}
		size, err := tx.KeepDraft(ctx, c.Person.ID, store.Draft{About: place, Kind: kind, Body: body, UpdatedAt: d.Now()})
		if err == nil && size > draftMax {
			err = tooLarge
		}
		return err
	})
}

// Drafts are what the caller is writing about something, by kind.
func (d *Desk) Drafts(ctx context.Context, about string) (map[string]map[string]string, error) {
	c, err := d.caller(ctx, OpKeepDraft)
	if err != nil {
		return nil, err
	}
	drafts := map[string]map[string]string{}
	return drafts, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		place, err := d.draftPlace(ctx, tx, c, about)
		if err != nil {
			return err
		}
		list, err := tx.Drafts(ctx, c.Person.ID, place)
		for _, draft := range list {
			fields := map[string]string{}
			if json.Unmarshal(draft.Body, &fields) == nil { // an object by KeepDraft's making
				drafts[draft.Kind] = fields
			}
		}
		return err
	})
}

// DraftFiles are the files a draft names, as far as they are the caller's and
// hang on nothing yet.
func (d *Desk) DraftFiles(ctx context.Context, draft map[string]string) (list []store.File, err error) {
	c, err := d.caller(ctx, OpKeepDraft)
	if err != nil {
		return nil, err
	}
	var ids []uuid.UUID
	for text := range strings.FieldsSeq(draft["files"]) {
		if id, err := uuid.Parse(text); err == nil && len(ids) < FilesMax {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return list, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		list, err = tx.FreeFiles(ctx, c.Person.ID, ids)
		return err
	})
}

// DropDraft forgets what the caller was writing: it has been sent.
func (d *Desk) DropDraft(ctx context.Context, about, kind string) error {
	c, err := d.caller(ctx, OpKeepDraft)
	if err != nil {
		return err
	}
	return d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		place, err := d.draftPlace(ctx, tx, c, about)
		if err != nil {
			return err
		}
		return tx.DropDraft(ctx, c.Person.ID, place, kind)
	})
}

// draftPlace is where a draft is kept: under its ticket's uuid.
func (d *Desk) draftPlace(ctx context.Context, tx *store.Tx, c Caller, about string) (string, error) {
	if about == DraftNew {
		return DraftNew, nil
	}
	row, err := d.find(ctx, tx, c, OpGetTicket, about)
	if err != nil {
		return "", err
	}
	return row.ID.String(), nil
}
