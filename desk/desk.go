// Package desk is what people can do here, one method each: permission, then
// store or workflow. The API, the pages, mail intake and the importer all
// call it, so a rule that holds in one room holds in all of them.
//
// Every method takes the caller from the context (WithCaller) and answers
// with problem.Error codes: Unauthenticated without a caller, NotFound for
// what is missing or out of sight, Forbidden for what is in sight but not the
// caller's to do, Unprocessable naming each wrong field, Conflict for an
// action out of order, Unavailable when the database or the engine does not
// answer. Writes can be repeated with the same key.
package desk

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/casepath/casepath/devticket"
	"github.com/casepath/casepath/filestore"
	"github.com/casepath/casepath/identity"
	"github.com/casepath/casepath/outgoing"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/qa"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
	"github.com/casepath/casepath/webhook"
)

// Engine is what the desk needs of the workflows: package workflows' Client.
type Engine interface {
	Act(ctx context.Context, vendorID, ticketID string, command ticket.Command) error
	ActService(ctx context.Context, vendorID, path, serviceID string, command service.Command) error
	ActReview(ctx context.Context, vendorID, reviewID string, command qa.Command) error
	ActDev(ctx context.Context, vendorID, devID string, command devticket.Command) error
	// Failing lists workflows whose task keeps failing, each as <kind>/<uuid of its row>.
	Failing(ctx context.Context, limit int) (ids []string, err error)
}

// Desk does what people ask for.
type Desk struct {
	Store  *store.Store
	Engine Engine
	Files  filestore.Store
	Seal   *identity.Sealer // of secrets that have to be read again; nil: second factors and companies' sign-on are off
	SignOn *identity.SignOn // calls companies' sign-on
	// Webhooks is what webhooks may call.
	Webhooks outgoing.Rules
	// Unchecked is for one test alone: whoever asks reaches everything there is
	// of their vendor, so that only the database holds vendors apart.
	Unchecked bool
	Now       func() time.Time // the one clock of business facts; UTC
	// OnRegistered is told of each ticket registered, with its vendor's slug; nil:
	// nobody counts.
	OnRegistered func(vendor string)
}

// New makes a desk with the wall clock, in microseconds as the database keeps
// them: what is answered first is what is read later.
func New(s *store.Store, engine Engine, files filestore.Store) *Desk {
	return &Desk{
		Store: s, Engine: engine, Files: files, SignOn: identity.NewSignOn(false), Webhooks: webhook.Rules(false),
		Now: func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) },
	}
}

// afterwards is an error that came after something was written: the database
// that went away then must not be said to have changed nothing.
func afterwards(err error) error {
	if problem.CodeOf(err) == problem.Unavailable {
		return problem.NotKnownYet(err)
	}
	return err
}

// clean makes text storable and otherwise leaves it as it was written:
// invalid UTF-8 and NUL become the replacement character.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.ReplaceAll(s, "\x00", "\uFFFD")
}

// Limits of what people write, in characters. The contract states the same.
const (
	TitleMin = 5
	TitleMax = 300
	BodyMax  = 60_000
	NameMax  = 200
	FilesMax = 20
)

// checkText cleans a text and notes what is wrong with its length.
func checkText(wrong *problem.Fields, path string, s *string, minimum, maximum int) {
	*s = clean(*s)
	n := utf8.RuneCountInString(strings.TrimSpace(*s))
	switch {
	case n == 0 && minimum > 0:
		wrong.Add(path, "field_empty", nil)
	case n < minimum:
		wrong.Add(path, "field_too_short", problem.Args{"min": minimum})
	case utf8.RuneCountInString(*s) > maximum:
		wrong.Add(path, "field_too_long", problem.Args{"max": maximum})
	}
}

func checkFiles(wrong *problem.Fields, files []uuid.UUID) {
	seen := map[uuid.UUID]bool{}
	for i, f := range files {
		if seen[f] {
			wrong.Add(fmt.Sprintf("files/%d", i), "field_repeated", nil)
		}
		seen[f] = true
	}
	if len(files) > FilesMax {
		wrong.Add("files", "too_many", problem.Args{"max": FilesMax})
	}
}
