package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/casepath/casepath/problem"
)

// Comment is something said on a ticket. Internal ones (not Public) are never
// shown to the customer's side.
type Comment struct {
	ID         uuid.UUID `db:"id"`
	TicketID   uuid.UUID `db:"ticket_id"`
	AuthorID   uuid.UUID `db:"author_id"`
	AuthorName string    `db:"author_name"` // read, never written here
	Staff      bool      `db:"staff"`       // the author is staff; read, never written here
	Kind       string    `db:"kind"`
	Public     bool      `db:"public"`
	Body       string    `db:"body"`
	At         time.Time `db:"at"`
	// HeldUntil is when a held reply reaches the customer's side, by the
	// database's clock; nil: at once. Read, never written here.
	HeldUntil *time.Time `db:"held_until"`
	Held      bool       `db:"held"` // it is still held; read, never written here
}

// CommentID is the id of the comment a command leaves: the same command, the
// same comment.
func CommentID(ticket uuid.UUID, commandKey string) uuid.UUID {
	return uuid.NewSHA1(ticket, []byte(commandKey))
}

// InsertComment keeps a comment.
func (tx *Tx) InsertComment(ctx context.Context, c Comment) error {
	return tx.InsertHeldComment(ctx, c, 0)
}

// InsertHeldComment keeps a comment that the customer's side does not see for
// so long; meanwhile TakeBack may undo it.
func (tx *Tx) InsertHeldComment(ctx context.Context, c Comment, hold time.Duration) error {
	return tx.exec(ctx, "insert comment", `insert into comments (id, vendor_id, ticket_id, author_id, kind, public, body, at, held_until)
		values ($1, $2, $3, $4, $5, $6, $7, $8, case when $9 > 0 then now() + make_interval(secs => $9) end)`,
		c.ID, tx.Vendor, c.TicketID, c.AuthorID, c.Kind, c.Public, c.Body, c.At, hold.Seconds())
}

// forCustomers is the condition under which a comment c is the customer's
// side's to see: neither internal nor still held.
const forCustomers = `(c.public and (c.held_until is null or c.held_until <= now()))`

// heard are the comments of ticket $1 that the reader hears ($2: they are
// staff), and when: the customer's side hears a held reply when it is let go,
// so that it comes after all they have heard before.
const heard = `(select c.*, case when $2 then c.at else coalesce(c.held_until, c.at) end as heard_at from comments c
	where c.ticket_id = $1 and ($2 or ` + forCustomers + `))`

const (
	commentColumns = `c.id, c.ticket_id, c.author_id, p.name as author_name, p.organization_id is null as staff, c.kind, c.public, c.body,
		c.held_until, coalesce(c.held_until > now(), false) as held`

	commentSelect = `select ` + commentColumns + `, c.at from comments c join people p on p.id = c.author_id `
	heardSelect   = `select ` + commentColumns + `, c.heard_at as at from ` + heard + ` c join people p on p.id = c.author_id `
)

// Comment finds one; NotFound when there is none.
func (tx *Tx) Comment(ctx context.Context, id uuid.UUID) (c Comment, err error) {
	return c, tx.get(ctx, "find comment", &c, commentSelect+`where c.id = $1`, id)
}

// Page is a place in a list that is read oldest first.
type Page struct {
	AfterAt time.Time
	AfterID uuid.UUID
	Limit   int
}

// Comments lists what was said, oldest first; what the customer's side does not
// see only if asked.
func (tx *Tx) Comments(ctx context.Context, ticket uuid.UUID, internal bool, page Page) (list []Comment, err error) {
	return list, tx.list(ctx, "list comments", &list, heardSelect+`where (c.heard_at, c.id) > ($3, $4) order by c.heard_at, c.id limit $5`,
		ticket, internal, page.AfterAt, page.AfterID, page.Limit)
}

// LatestComments are the last ones, oldest first; what the customer's side does
// not see only if asked.
func (tx *Tx) LatestComments(ctx context.Context, ticket uuid.UUID, internal bool, limit int) (list []Comment, err error) {
	return list, tx.list(ctx, "list latest comments", &list, `select * from (`+heardSelect+`
		order by c.heard_at desc, c.id desc limit $3) latest order by at, id`,
		ticket, internal, limit)
}

// Event is something that happened to a ticket.
type Event struct {
	ID        int64           `db:"id"`
	TicketID  uuid.UUID       `db:"ticket_id"`
	Version   int64           `db:"version"`
	Kind      string          `db:"kind"`
	Public    bool            `db:"public"`
	ActorID   *uuid.UUID      `db:"actor_id"`   // nil: it happened by itself
	ActorName *string         `db:"actor_name"` // read, never written here
	WhoName   *string         `db:"who_name"`   // of who began or ended to watch; nil for other events; read, never written here
	At        time.Time       `db:"at"`
	Data      json.RawMessage `db:"data"`
}

// InsertEvent appends an event; events are never changed or deleted.
func (tx *Tx) InsertEvent(ctx context.Context, e Event) error {
	if e.Data == nil {
		e.Data = json.RawMessage(`{}`)
	}
	return tx.exec(ctx, "insert event", `insert into events (vendor_id, ticket_id, version, kind, public, actor_id, at, data)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`, tx.Vendor, e.TicketID, e.Version, e.Kind, e.Public, e.ActorID, e.At, []byte(e.Data))
}

// Events lists what happened, oldest first, after the event with that id; what
// the customer's side does not see only if asked, and who began or ended to
// watch only of these organizations, nil for whichever.
func (tx *Tx) Events(ctx context.Context, ticket uuid.UUID, internal bool, of []uuid.UUID, after int64, limit int) (list []Event, err error) {
	return list, tx.list(ctx, "list events", &list, `select e.id, e.ticket_id, e.version, e.kind, e.public, e.actor_id,
		p.name as actor_name, e.at, e.data,
		case when e.kind in ('watcher_added', 'watcher_removed') then (select w.name from people w where w.id = (e.data ->> 'person_id')::uuid) end as who_name
		from events e left join people p on p.id = e.actor_id
		where e.ticket_id = $1 and e.id > $3 and ($2 or e.public and (e.kind <> 'comment' or exists (
			select from comments c where c.id = (e.data ->> 'comment_id')::uuid and `+forCustomers+`)))
		and ($5::uuid[] is null or e.kind not in ('watcher_added', 'watcher_removed') or exists (
			select from people w where w.id = (e.data ->> 'person_id')::uuid and w.organization_id = any($5)))
		order by e.id limit $4`, ticket, internal, after, limit, pq.Array(of))
}

// File is an uploaded file; its bytes are in the file store under ID.
type File struct {
	ID         uuid.UUID  `db:"id"`
	UploaderID uuid.UUID  `db:"uploader_id"`
	TicketID   *uuid.UUID `db:"ticket_id"`
	CommentID  *uuid.UUID `db:"comment_id"`
	Public     bool       `db:"public"` // false when it hangs on a comment that is internal or held; read, never written here
	Name       string     `db:"name"`
	MediaType  string     `db:"media_type"` // sniffed, never the uploader's word
	Size       int64      `db:"size"`       // bytes
	SHA256     []byte     `db:"sha256"`
	CreatedAt  time.Time  `db:"created_at"`
}

const fileSelect = `select f.id, f.uploader_id, f.ticket_id, f.comment_id, coalesce(` + forCustomers + `, true) as public, f.name, f.media_type,
	f.size, f.sha256, f.created_at from files f left join comments c on c.id = f.comment_id `

// InsertFile keeps an upload that hangs on nothing yet.
func (tx *Tx) InsertFile(ctx context.Context, f File) error {
	return tx.exec(ctx, "insert file", `insert into files (id, vendor_id, uploader_id, name, media_type, size, sha256, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`, f.ID, tx.Vendor, f.UploaderID, f.Name, f.MediaType, f.Size, f.SHA256, f.CreatedAt)
}

// File finds one; NotFound when there is none.
func (tx *Tx) File(ctx context.Context, id uuid.UUID) (f File, err error) {
	return f, tx.get(ctx, "find file", &f, fileSelect+`where f.id = $1`, id)
}

// FreeFiles are those of the files that the uploader may still hang on
// something.
func (tx *Tx) FreeFiles(ctx context.Context, uploader uuid.UUID, ids []uuid.UUID) (list []File, err error) {
	return list, tx.list(ctx, "find free files", &list, fileSelect+`where f.id = any($2) and f.uploader_id = $1 and f.ticket_id is null
		order by f.created_at, f.id`, uploader, pq.Array(ids))
}

// FileNames are what uploaded files are called, in the order of their ids.
func (tx *Tx) FileNames(ctx context.Context, ids []string) (names []string, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return names, tx.list(ctx, "find file names", &names,
		`select name from files where id = any($1::uuid[]) order by array_position($1::uuid[], id)`, pq.Array(ids))
}

// Files lists a ticket's files; those the customer's side does not see only if
// asked.
func (tx *Tx) Files(ctx context.Context, ticket uuid.UUID, internal bool) (list []File, err error) {
	return list, tx.list(ctx, "list files", &list, fileSelect+`where f.ticket_id = $1 and (coalesce(`+forCustomers+`, true) or $2)
		order by f.created_at, f.id`, ticket, internal)
}

// AttachFiles hangs the uploader's own, still unattached files on a ticket
// (and comment). Any other id makes it refuse them all, naming files as the
// wrong field.
func (tx *Tx) AttachFiles(ctx context.Context, uploader uuid.UUID, ids []uuid.UUID, ticket uuid.UUID, comment *uuid.UUID) error {
	if len(ids) == 0 {
		return nil
	}
	result, err := tx.ExecContext(ctx, `update files set ticket_id = $3, comment_id = $4
		where id = any($2) and uploader_id = $1 and ticket_id is null`, uploader, pq.Array(ids), ticket, comment)
	if err != nil {
		return failure("attach files", err)
	}
	if n, err := result.RowsAffected(); err != nil || n != int64(len(ids)) {
		var wrong problem.Fields
		wrong.Add("files", "files_unknown", nil)
		return wrong.Err()
	}
	return nil
}

// CheckFiles is AttachFiles' refusal beforehand, so that a command with wrong
// files is never received.
func (tx *Tx) CheckFiles(ctx context.Context, uploader uuid.UUID, ids []uuid.UUID) error {
	if len(ids) == 0 {
		return nil
	}
	var n int
	err := tx.get(ctx, "look for files", &n, `select count(*) from files where id = any($2) and uploader_id = $1 and ticket_id is null`,
		uploader, pq.Array(ids))
	if err == nil && n != len(ids) {
		var wrong problem.Fields
		wrong.Add("files", "files_unknown", nil)
		return wrong.Err()
	}
	return err
}

// Bodies are the texts of a ticket that the customer's side may see, its title
// and request among them, or those of its internal notes and of the notes of
// tickets that were ever merged with it or split from it: staff read those with
// it.
func (tx *Tx) Bodies(ctx context.Context, ticket uuid.UUID, public bool) (list []string, err error) {
	if !public {
		return list, tx.list(ctx, "read notes", &list, `select body from comments where not public and (ticket_id = $1
			or ticket_id in (select unnest(array[from_id, to_id]) from ticket_links where $1 in (from_id, to_id) and kind <> 'related'))`, ticket)
	}
	return list, tx.list(ctx, "read what is public", &list, `select c.body from comments c where c.ticket_id = $1 and `+forCustomers+`
		union all select title from requests where id = $1 union all select body from requests where id = $1`, ticket)
}
