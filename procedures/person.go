package procedures

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/casepath/casepath/client"
	"github.com/casepath/casepath/onebox"
	"github.com/casepath/casepath/procedures/stack"
)

// Person uses the public API. They sign in when they have to, and what their
// calls cause has been delivered when they are answered.
type Person struct {
	*client.ClientWithResponses
	Email string
	Heard bytes.Buffer // every body the API ever answered them

	world   *World
	vendor  string
	token   string
	expires time.Time
}

// Person is somebody with the demo password: Person("interfacing", "agent").
func (w *World) Person(vendor, local string) *Person {
	w.T.Helper()
	p := &Person{world: w, vendor: vendor, Email: local + "@" + vendor + ".example"}
	var err error
	if p.ClientWithResponses, err = client.NewClientWithResponses(w.URL, client.WithHTTPClient(p)); err != nil {
		w.T.Fatal(err)
	}
	return p
}

// Do sends a request as this person; it is how the generated client sends.
func (p *Person) Do(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, "/v1/sessions") {
		p.signIn()
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	p.Heard.Write(body)
	response.Body = io.NopCloser(bytes.NewReader(body))
	p.world.Deliver()
	return response, err
}

// signIn starts a session when there is none that lasts another minute.
func (p *Person) signIn() {
	p.world.T.Helper()
	if p.world.Now().Add(time.Minute).Before(p.expires) {
		return
	}
	session := made[client.Session](p.world)(p.SignInWithResponse(p.world.T.Context(),
		client.SignIn{Vendor: p.vendor, Email: p.Email, Password: stack.Password}))
	p.token, p.expires = session.Token, session.ExpiresAt
}

// Inbox is the mail this person got, oldest first.
func (p *Person) Inbox() (mails []onebox.Caught) {
	for _, m := range p.world.Mail.Messages() {
		if slices.Contains(m.To, p.Email) {
			mails = append(mails, m)
		}
	}
	return mails
}

// latest is the newest mail this person got.
func (p *Person) latest() onebox.Caught {
	p.world.T.Helper()
	inbox := p.Inbox()
	if len(inbox) == 0 {
		p.world.T.Fatalf("%s got no mail", p.Email)
	}
	return inbox[len(inbox)-1]
}

// answer is what every operation of the generated client gives.
type answer interface {
	StatusCode() int
	GetBody() []byte
	GetApplicationproblemJSONDefault() *client.Problem
}

// got is what a call has answered: got[client.EventPage](w)(p.GetHistoryWithResponse(…)).
func got[V any](w *World) func(a interface {
	answer
	GetJSON200() *V
}, err error) V {
	return func(a interface {
		answer
		GetJSON200() *V
	}, err error,
	) V {
		w.T.Helper()
		if err == nil && a.GetJSON200() != nil {
			return *a.GetJSON200()
		}
		return fail[V](w, a, err)
	}
}

// ticketOf is the ticket an action or a look has answered:
// w.ticketOf(p.CloseTicketWithResponse(…)).
func (w *World) ticketOf(a interface {
	answer
	GetJSON200() *client.TicketDetail
}, err error,
) client.TicketDetail {
	w.T.Helper()
	return got[client.TicketDetail](w)(a, err)
}

// made is what a call has created: made[client.Comment](w)(p.AddCommentWithResponse(…)).
func made[V any](w *World) func(a interface {
	answer
	GetJSON201() *V
}, err error) V {
	return func(a interface {
		answer
		GetJSON201() *V
	}, err error,
	) V {
		w.T.Helper()
		if err == nil && a.GetJSON201() != nil {
			return *a.GetJSON201()
		}
		return fail[V](w, a, err)
	}
}

func fail[V any](w *World, a answer, err error) (none V) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
	w.T.Fatalf("%d %s", a.StatusCode(), a.GetBody())
	return none
}

// refused is the problem a refused call answers; it fails when the status is
// another.
func (w *World) refused(status int) func(a answer, err error) client.Problem {
	w.T.Helper()
	return func(a answer, err error) client.Problem {
		w.T.Helper()
		if err != nil {
			w.T.Fatal(err)
		}
		problem := a.GetApplicationproblemJSONDefault()
		if a.StatusCode() != status || problem == nil {
			w.T.Fatalf("%d %s, want %d", a.StatusCode(), a.GetBody(), status)
		}
		return *problem
	}
}
