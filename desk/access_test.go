package desk_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/lib/pq" // to look into the database
	"github.com/pquerna/otp/totp"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/procedures/stack"
)

// office is a House whose clock the test moves, seen from its desk.
type office struct {
	*stack.House
	db    *sql.DB
	begun time.Time
	ahead atomic.Int64 // of begun
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{begun: time.Now().UTC().Truncate(30 * time.Second).Add(45 * time.Second)} // in the middle of a code's life
	o.House = stack.NewHouse(t, stack.Parts{Now: o.now})
	o.open(t)
	return o
}

// open looks into its database.
func (o *office) open(t *testing.T) {
	t.Helper()
	var err error
	if o.db, err = sql.Open("postgres", o.DB.Admin); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.db.Close() })
}

// now moves by nothing but later, and a microsecond at every look: it does not
// matter how long a test takes.
func (o *office) now() time.Time {
	return o.begun.Add(time.Duration(o.ahead.Add(int64(time.Microsecond))))
}

// later moves the clock.
func (o *office) later(d time.Duration) { o.ahead.Add(int64(d)) }

func (o *office) count(t *testing.T, query string, args ...any) (n int) {
	t.Helper()
	if err := o.db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func (o *office) execute(t *testing.T, query string, args ...any) {
	t.Helper()
	if _, err := o.db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// notices are the mails of a kind decided for somebody, oldest first.
func (o *office) notices(t *testing.T, kind mail.Kind, email string) (list []mail.Notice) {
	t.Helper()
	rows, err := o.db.QueryContext(t.Context(), `select payload from outbox where kind = 'mail' and payload->>'Kind' = $1 and payload->'To'->>'Email' = $2 order by id`, string(kind), email)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var raw []byte
		var n mail.Notice
		if err := rows.Scan(&raw); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, &n); err != nil {
			t.Fatal(err)
		}
		if _, err := mail.Render(n); err != nil {
			t.Errorf("%s can't be sent: %v", kind, err)
		}
		list = append(list, n)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// seat is a browser, or a program, somewhere.
type seat struct {
	ip, agent, device string
}

const firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"

func (s *seat) ctx(t *testing.T) context.Context {
	t.Helper()
	return desk.WithOrigin(t.Context(), desk.Origin{IP: s.ip, UserAgent: s.agent, Device: s.device, RequestID: "test"})
}

// as is a request of this seat with a session or token.
func (o *office) as(t *testing.T, s *seat, secret string) context.Context {
	t.Helper()
	c, err := o.Desk.Authenticate(s.ctx(t), secret)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return desk.WithCaller(s.ctx(t), c)
}

// enter signs in on the sign-in page; the browser keeps its cookie.
func (o *office) enter(t *testing.T, s *seat, email, password string) (desk.Session, error) {
	t.Helper()
	session, err := o.Desk.SignInPage(s.ctx(t), "interfacing", email, password)
	if session.DeviceSecret != "" {
		s.device = session.DeviceSecret
	}
	return session, err
}

// secondStep gives a code for a half session.
func (o *office) secondStep(t *testing.T, s *seat, half desk.Session, code string) (desk.Session, error) {
	t.Helper()
	session, err := o.Desk.SecondStep(o.as(t, s, half.Secret), code)
	if session.DeviceSecret != "" {
		s.device = session.DeviceSecret
	}
	return session, err
}

// mustEnter signs in, which must succeed with a whole session.
func (o *office) mustEnter(t *testing.T, s *seat, email, password string) desk.Session {
	t.Helper()
	session, err := o.enter(t, s, email, password)
	if err != nil || session.Kind != desk.SessionFull {
		t.Fatalf("%s from %s: %q, %v", email, s.ip, session.Kind, err)
	}
	return session
}

// refused: the error has that key; with "" there must be none. Of wrong fields
// the first decides.
func refused(t *testing.T, what string, err error, key string) {
	t.Helper()
	got := ""
	if e, ok := problem.As(err); ok {
		got = e.Key
		if len(e.Fields) > 0 {
			got = e.Fields[0].Path + ": " + e.Fields[0].Key
		}
	} else if err != nil {
		got = err.Error()
	}
	if got != key {
		t.Errorf("%s: %q, want %q", what, got, key)
	}
}

// gone: a secret opens nothing.
func (o *office) gone(t *testing.T, what, secret string) {
	t.Helper()
	_, err := o.Desk.Authenticate(t.Context(), secret)
	refused(t, what, err, "bearer_unknown")
}

// live: a secret still opens what it opened.
func (o *office) live(t *testing.T, what, secret string) {
	t.Helper()
	_, err := o.Desk.Authenticate(t.Context(), secret)
	refused(t, what, err, "")
}

// factor is an authenticator app.
type factor struct{ secret string }

func (f factor) code(t *testing.T, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(f.secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// withFactor signs somebody in and switches their second factor on.
func (o *office) withFactor(t *testing.T, s *seat, email string) (f factor, codes []string, session desk.Session) {
	t.Helper()
	session = o.mustEnter(t, s, email, stack.Password)
	ctx := o.as(t, s, session.Secret)
	started, err := o.Desk.StartSecondFactor(ctx, stack.Password)
	if err != nil {
		t.Fatal(err)
	}
	f = factor{started.Secret}
	session, codes, err = o.Desk.ConfirmSecondFactor(ctx, f.code(t, o.now()))
	if err != nil {
		t.Fatal(err)
	}
	return f, codes, session
}

// linkOf is the secret of the newest link mailed to somebody.
func (o *office) linkOf(t *testing.T, email string) string {
	t.Helper()
	list := o.notices(t, mail.PasswordReset, email)
	if len(list) == 0 {
		t.Fatalf("no link was mailed to %s", email)
	}
	url := list[len(list)-1].SecretURL
	prefix := o.URL + "/interfacing/password/"
	if !strings.HasPrefix(url, prefix) {
		t.Errorf("a link to %s", url)
	}
	return strings.TrimPrefix(url, prefix)
}
