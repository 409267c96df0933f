package desk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"regexp"
	"strings"
	"unicode"

	"github.com/gabriel-vasile/mimetype"
	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// FileMax is the size of the largest file taken, in bytes.
const FileMax = 25 << 20

// Upload keeps a file that a request or comment will name. Its type is found
// by looking at it. The same key with the same file gives the same file.
func (d *Desk) Upload(ctx context.Context, key, name string, content io.Reader) (f store.File, err error) {
	c, err := d.caller(ctx, OpUploadFile)
	if err != nil {
		return f, err
	}
	data, err := io.ReadAll(io.LimitReader(content, FileMax+1))
	if err != nil {
		e := problem.New(problem.Invalid, "upload_broken", nil)
		e.Cause = err
		return f, e
	}
	var wrong problem.Fields
	name = fileName(name)
	switch {
	case len(data) == 0:
		wrong.Add("file", "field_empty", nil)
	case len(data) > FileMax:
		wrong.Add("file", "file_too_large", problem.Args{"max": FileMax >> 20})
	}
	if err := wrong.Err(); err != nil {
		return f, err
	}
	sum := sha256.Sum256(data)
	f = store.File{
		ID: store.NewID(), UploaderID: c.Person.ID, Name: name, MediaType: mimetype.Detect(data).String(),
		Size: int64(len(data)), SHA256: sum[:], CreatedAt: d.Now(), Public: true,
	}
	return f, d.keepFile(ctx, c, write{action: "upload", key: key, body: []any{name, sum[:]}}, data, &f)
}

// keepFile writes the bytes before the row that tells of them: a crash between
// the two leaves bytes nobody knows, never a row without bytes.
func (d *Desk) keepFile(ctx context.Context, c Caller, w write, data []byte, f *store.File) error {
	return d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		made, before, err := d.once(ctx, tx, c, w, func() (uuid.UUID, error) {
			if err := d.Files.Put(ctx, c.Vendor.ID, f.ID, bytes.NewReader(data)); err != nil {
				return f.ID, err
			}
			return f.ID, tx.InsertFile(ctx, *f)
		})
		if err == nil && before {
			*f, err = tx.File(ctx, made)
		}
		return err
	})
}

// device names what Windows takes for one, whatever comes after the dot.
var device = regexp.MustCompile(`(?i)^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)`)

// fileName makes a name that is safe to show and to save under: its last path
// element without control and direction-changing characters, at most 150 of
// them, never empty and never a device.
func fileName(name string) string {
	name = clean(name)
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`<>:"|?*`, r) {
			return -1
		}
		return r
	}, name)
	name = strings.Trim(name, ". ")
	if runes := []rune(name); len(runes) > 150 {
		name = string(runes[len(runes)-150:])
	}
	if name == "" {
		return "file"
	}
	return device.ReplaceAllString(name, "_$0")
}

// Download opens a file the caller may read now: their own upload that hangs
// on nothing yet, or a file of a ticket in their sight, unless it hangs on an
// internal comment and they are not staff. The caller closes the reader.
func (d *Desk) Download(ctx context.Context, id uuid.UUID) (f store.File, content io.ReadCloser, err error) {
	c, err := d.caller(ctx, OpDownloadFile)
	if err != nil {
		return f, nil, err
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if f, err = tx.File(ctx, id); err != nil {
			return err
		}
		if f.TicketID == nil {
			if f.UploaderID != c.Person.ID && !c.unchecked {
				return problem.Missing()
			}
			return nil
		}
		if !f.Public && !c.inside() {
			return problem.Missing()
		}
		row, err := tx.Ticket(ctx, *f.TicketID)
		if err != nil {
			return err
		}
		return c.sight(OpDownloadFile).CheckSight(row)
	})
	if err != nil {
		return f, nil, err
	}
	content, err = d.Files.Open(ctx, c.Vendor.ID, f.ID)
	return f, content, err
}
