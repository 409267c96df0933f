package importer

import (
	"context"
	"fmt"
	"net/mail"
	"strings"
	"sync"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
)

// people finds requesters, each once in a run.
type people struct {
	desk   *desk.Desk
	vendor string
	mu     sync.Mutex
	known  map[string]found // by address in small letters
}

// found is a requester, or the reason why that person can't be one.
type found struct {
	caller desk.Caller
	reason string
}

// find is the requester with a mail address, "Name <address>" being understood
// too. An error means that nobody can be found now: the import must stop.
func (p *people) find(ctx context.Context, who string) (found, error) {
	a, err := mail.ParseAddress(who)
	if err != nil {
		return found{reason: fmt.Sprintf("%q is not a mail address.", short(who))}, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	key := strings.ToLower(a.Address)
	if f, ok := p.known[key]; ok {
		return f, nil
	}
	f := found{}
	f.caller, err = p.desk.ByEmail(ctx, p.vendor, a.Address)
	if err != nil && problem.CodeOf(err) != problem.NotFound {
		return f, err
	}
	switch person := f.caller.Person; {
	case err != nil:
		f.reason = fmt.Sprintf("Nobody here has the address %s.", a.Address)
	case !person.Active:
		f.reason = fmt.Sprintf("%s is not active any more.", a.Address)
	case f.caller.Staff():
		f.reason = fmt.Sprintf("%s is staff; requests are registered for contacts.", a.Address)
	case !person.Authorized:
		f.reason = fmt.Sprintf("%s is not authorized to register requests for their organization.", a.Address)
	}
	p.known[key] = f
	return f, nil
}
