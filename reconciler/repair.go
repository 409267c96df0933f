package reconciler

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// The repairs, as the audit trail names them.
const (
	Restarted = "workflow_restarted"
	Poked     = "workflow_poked"
)

// repairs says what mends a difference. A workflow that reads its row knows
// it, and ends when its row's life is over; one without a row ends as
// failed. What has no repair here waits for a cause to be mended.
var repairs = map[string]string{
	NoWorkflow: Restarted, NoTicket: Poked, LifeOver: Poked, Behind: Poked, Ahead: Poked, Unconfirmed: Poked, Overdue: Poked,
}

// Repair begins the repair of every difference a reconciliation has found, and
// tells of each: repair is "" when there is none. A restart is an effect of
// the outbox. Each repair is in the log and in the vendor's audit trail.
// Repairing twice does no harm.
func (r *Reconciler) Repair(ctx context.Context, id uuid.UUID, tell func(d store.Difference, repair string)) error {
	for after := int64(0); ; {
		list, err := r.Rows.Differences(ctx, id, after, 100)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, d := range list {
			after = d.ID
			repair := repairs[d.Kind]
			if repair != "" {
				if err := r.repair(ctx, id, d, repair); err != nil {
					return err
				}
			}
			tell(d, repair)
		}
	}
}

func (r *Reconciler) repair(ctx context.Context, id uuid.UUID, d store.Difference, repair string) error {
	if repair == Poked {
		if err := r.Engine.PokeWork(ctx, d.Work, d.RowID.String()); err != nil && problem.CodeOf(err) != problem.NotFound {
			return err // one that has ended meanwhile needs none
		}
	}
	if d.VendorID != nil {
		if err := r.note(ctx, id, d, repair); err != nil {
			return err
		}
	}
	slog.WarnContext(ctx, "repaired", "repair", repair, "difference", d.Kind, "number", d.Number, "workflow_id", d.Work+"/"+d.RowID.String())
	return r.Rows.NoteRepair(ctx, d.ID)
}

// note writes the audit entry and, of a restart, the start.
func (r *Reconciler) note(ctx context.Context, id uuid.UUID, d store.Difference, repair string) error {
	data, err := json.Marshal(map[string]any{"difference": d.Kind, "row_version": d.RowVersion, "workflow_version": d.WorkflowVersion})
	if err != nil {
		return err
	}
	return r.Store.In(ctx, *d.VendorID, func(tx *store.Tx) error {
		if err := tx.InsertAudit(ctx, store.AuditEntry{
			At: time.Now().UTC(), Action: repair, ObjectKind: d.Work, ObjectID: &d.RowID, Data: data,
		}); err != nil || repair != Restarted {
			return err
		}
		return tx.StartAgain(ctx, d.Work, d.RowID, id.String())
	})
}
