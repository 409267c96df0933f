package store

import (
	"context"
	"database/sql"
	"errors"
	"regexp"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// A database that was put back to an instant says things that are over: mails
// are waiting that have been sent, sessions are alive that were ended, numbers
// are free that were given. What mends this runs as the owner, before anything
// else does.

// Ended is what was alive at the restored instant and has been ended.
type Ended struct{ Bearers, Links int64 }

// AfterRestore holds outgoing mail until ReleaseMail and ends every session,
// token, one-time and approval link; each vendor's audit trail tells of it. to is the
// instant that was restored.
func (s *Store) AfterRestore(ctx context.Context, to time.Time) (ended Ended, err error) {
	err = s.acrossVendors(ctx, func(tx *sqlx.Tx) (err error) {
		if _, err = tx.ExecContext(ctx, `insert into mail_hold (restored_to) values ($1)
			on conflict (one) do update set since = excluded.since, restored_to = excluded.restored_to`, to); err != nil {
			return failure("hold mail", err)
		}
		if ended.Bearers, err = count(tx.ExecContext(ctx, `update bearers set revoked_at = now() where revoked_at is null`)); err != nil {
			return failure("end sessions and tokens", err)
		}
		if ended.Links, err = count(tx.ExecContext(ctx, `update one_time_links set used_at = now() where used_at is null`)); err != nil {
			return failure("end links", err)
		}
		if _, err = tx.ExecContext(ctx, `update approval_links set expires_at = least(expires_at, now())`); err != nil {
			return failure("end approval links", err)
		}
		_, err = tx.ExecContext(ctx, `insert into audit (vendor_id, at, action, object_kind, object_id, data)
			select id, now(), 'restored', 'vendor', id, jsonb_build_object('to', $1::timestamptz) from vendors`, to)
		return failure("tell of the restore", err)
	})
	return ended, err
}

// count is how many rows a statement has changed.
func count(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// acrossVendors runs do in a transaction that is no vendor's: the role must be
// one that policies let see every vendor's rows.
func (s *Store) acrossVendors(ctx context.Context, do func(*sqlx.Tx) error) error {
	tx, err := s.db.BeginTxx(ofVendor(ctx, uuid.Nil), nil)
	if err != nil {
		return failure("begin", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if err := do(tx); err != nil {
		return err
	}
	return failure("commit", tx.Commit())
}

// TicketNumbers are the sequences ticket numbers come from, each with the last
// number it may have given. Run as the owner or a superuser.
func (s *Store) TicketNumbers(ctx context.Context) (map[string]int64, error) {
	var rows []struct {
		Name string `db:"name"`
		Last int64  `db:"last"`
	}
	err := s.db.SelectContext(ctx, &rows, `select sequencename as name, coalesce(last_value, 0) as last from pg_sequences
		where schemaname = 'public' and sequencename like 'ticket\_number\_%'`)
	given := map[string]int64{}
	for _, r := range rows {
		given[r.Name] = r.Last
	}
	return given, failure("read ticket numbers", err)
}

// KeepNumbers makes ticket numbers go on after those that were given, as
// TicketNumbers of the replaced database has told them: none is given twice.
// given nil means that nobody knows: every sequence then leaves out skip
// numbers. It runs as the owner.
func (s *Store) KeepNumbers(ctx context.Context, given map[string]int64, skip int64) error {
	here, err := s.TicketNumbers(ctx)
	if err != nil {
		return err
	}
	goOn := map[string]int64{}
	for name, last := range here {
		if given == nil {
			goOn[name] = last + skip
		}
	}
	for name, last := range given {
		if last > here[name] {
			goOn[name] = last
		}
	}
	return s.acrossVendors(ctx, func(tx *sqlx.Tx) error {
		for name, last := range goOn {
			if err := keepNumber(ctx, tx, name, last); err != nil {
				return err
			}
		}
		return nil
	})
}

var numberSequence = regexp.MustCompile(`^ticket_number_([0-9a-f]{32})_\d+$`)

// keepNumber sets one sequence, made if it is missing. One of a vendor that is
// not there any more is left out.
func keepNumber(ctx context.Context, tx *sqlx.Tx, name string, last int64) error {
	m := numberSequence.FindStringSubmatch(name)
	if m == nil || last < 1 {
		return nil
	}
	var exists bool
	if err := tx.GetContext(ctx, &exists, `select exists (select from vendors where id = $1)`, m[1]); err != nil || !exists {
		return failure("find the vendor of "+name, err)
	}
	if _, err := tx.ExecContext(ctx, `create sequence if not exists `+pq.QuoteIdentifier(name)); err != nil {
		return failure("make "+name, err)
	}
	_, err := tx.ExecContext(ctx, `select setval($1::regclass, $2)`, pq.QuoteIdentifier(name), last)
	return failure("set "+name, err)
}

// KeptFile names the bytes a row of files tells of.
type KeptFile struct {
	ID       uuid.UUID `db:"id"`
	VendorID uuid.UUID `db:"vendor_id"`
	Name     string    `db:"name"`
	Size     int64     `db:"size"`
}

// EachFile calls do with every file of every vendor, until it fails. It runs as
// the owner.
func (s *Store) EachFile(ctx context.Context, do func(KeptFile) error) error {
	rows, err := s.db.QueryxContext(ctx, `select id, vendor_id, name, size from files order by id`)
	if err != nil {
		return failure("list files", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var f KeptFile
		if err := rows.StructScan(&f); err != nil {
			return failure("list files", err)
		}
		if err := do(f); err != nil {
			return err
		}
	}
	return failure("list files", rows.Err())
}

// MailHold is the state of outgoing mail after a restore.
type MailHold struct {
	Since      time.Time `db:"since"`
	RestoredTo time.Time `db:"restored_to"`
}

// MailHold answers why no mail leaves; nil when it does.
func (s *Store) MailHold(ctx context.Context) (*MailHold, error) {
	var h MailHold
	err := s.db.GetContext(ctx, &h, `select since, restored_to from mail_hold`)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &h, failure("look whether mail is held", err)
}

// Released is what ReleaseMail has done.
type Released struct {
	Mails   int64 // waiting, and leaving from now on
	Old     int64 // of these, decided before the restored instant: they may have left before
	Dropped int64 // put among the dead
}

// errNotHeld is what ReleaseMail says when mail leaves already.
var errNotHeld = errors.New("mail is not held: there is nothing to release")

// ReleaseMail lets mail leave again. With dropOld those that were waiting at
// the restored instant become dead, since they may have left before the
// restore: an operator can look at them and retry. Run as the relay's role.
func (s *Store) ReleaseMail(ctx context.Context, dropOld bool) (r Released, err error) {
	err = s.acrossVendors(ctx, func(tx *sqlx.Tx) (err error) {
		var to time.Time
		if err := tx.GetContext(ctx, &to, `delete from mail_hold returning restored_to`); err != nil {
			if errors.Is(err, sql.ErrNoRows) {
				return errNotHeld
			}
			return failure("release mail", err)
		}
		if dropOld {
			if r.Dropped, err = count(tx.ExecContext(ctx, `update outbox set state = 'dead', dead_at = now(), lease_until = null,
				last_error = 'waiting at the restored instant, dropped'
				where kind = 'mail' and state in ('pending', 'sending') and created_at <= $1`, to)); err != nil {
				return failure("drop old mail", err)
			}
		}
		return failure("count mail", tx.QueryRowxContext(ctx, `select count(*), count(*) filter (where created_at <= $1) from outbox
			where kind = 'mail' and state in ('pending', 'sending')`, to).Scan(&r.Mails, &r.Old))
	})
	return r, err
}
