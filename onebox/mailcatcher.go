package onebox

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// maxMail is the largest message accepted, in bytes.
const maxMail = 30 << 20

// MailOptions say where the mail catcher listens, on 127.0.0.1, and where it
// keeps what it catches.
type MailOptions struct {
	SMTPPort, HTTPPort int    // 0 means any free port
	Dir                string // one .eml file for each mail, read again at the next start; "" keeps mail in memory only
}

// MailCatcher is an SMTP server that delivers nothing and a page that shows
// what arrived. Its methods may be called from several goroutines.
type MailCatcher struct {
	dir  string
	smtp *smtp.Server
	page *http.Server
	door net.Listener // for SMTP

	smtpAddress, pageAddress string

	mu      sync.Mutex
	arrived sync.Cond // broadcast when any of the following changes
	mails   []Caught
	last    int // number of the newest mail
	refuse  func(rcpt string) error
	stall   func(Caught)
	stopped bool

	senders    int // connections
	delivering int // mails being taken in and answered
}

// StartMailCatcher starts the catcher and returns when it accepts mail. Mails
// of up to 30 MB are accepted from anybody on this machine, without a password.
func StartMailCatcher(o MailOptions) (*MailCatcher, error) {
	m := &MailCatcher{dir: o.Dir}
	m.arrived.L = &m.mu
	if err := m.load(); err != nil {
		return nil, err
	}
	smtpListener, err := listen(o.SMTPPort, "the mail catcher's SMTP server")
	if err != nil {
		return nil, err
	}
	pageListener, err := listen(o.HTTPPort, "the mail catcher's page")
	if err != nil {
		_ = smtpListener.Close()
		return nil, err
	}
	m.smtpAddress, m.pageAddress = smtpListener.Addr().String(), pageListener.Addr().String()
	m.door = smtpListener
	m.smtp = m.newSMTP()
	m.page = &http.Server{
		Handler:           m.handler(),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       time.Minute,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	go func() { _ = m.smtp.Serve(smtpListener) }() // both end with Stop
	go func() { _ = m.page.Serve(pageListener) }()
	return m, nil
}

func listen(port int, purpose string) (net.Listener, error) {
	if port != 0 {
		if err := CheckPort(port, purpose); err != nil {
			return nil, err
		}
	}
	l, err := net.Listen("tcp", net.JoinHostPort(localhost, strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("port %d on %s, wanted for %s, can't be listened on (%w): choose another port", port, localhost, purpose, err)
	}
	return l, nil
}

// SMTPAddress returns host:port for SMTP without TLS.
func (m *MailCatcher) SMTPAddress() string { return m.smtpAddress }

// URL returns the address of the page.
func (m *MailCatcher) URL() string { return "http://" + m.pageAddress }

// Stop ends both servers. A mail under way is taken in, stored and answered
// first, until ctx ends. Those who wait in Wait get an error.
func (m *MailCatcher) Stop(ctx context.Context) error {
	_ = m.door.Close() // again, if Stop was called before
	err := m.drain(ctx)
	_ = m.smtp.Close() // senders that stay connected without sending
	if e := m.page.Shutdown(ctx); e != nil {
		_ = m.page.Close()
	}
	if err != nil {
		return fmt.Errorf("the mail catcher did not stop in the time given and was cut off (%w): a mail that was arriving will be sent again by its sender", err)
	}
	return nil
}

// drain refuses new mails, waits for those under way, and gives their senders
// a moment to take leave.
func (m *MailCatcher) drain(ctx context.Context) error {
	m.mu.Lock()
	m.stopped = true
	m.arrived.Broadcast()
	m.mu.Unlock()
	err := m.await(ctx, func() bool { return m.delivering == 0 })
	ctx, cancel := context.WithTimeout(ctx, 250*time.Millisecond)
	defer cancel()
	_ = m.await(ctx, func() bool { return m.senders == 0 })
	return err
}

// await returns when done, which is called with the lock held, says so.
func (m *MailCatcher) await(ctx context.Context, done func() bool) error {
	defer m.wakeAtEnd(ctx)()
	m.mu.Lock()
	defer m.mu.Unlock()
	for !done() {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		m.arrived.Wait()
	}
	return nil
}

// wakeAtEnd makes those who wait on m.arrived look again when ctx ends.
func (m *MailCatcher) wakeAtEnd(ctx context.Context) (forget func() bool) {
	return context.AfterFunc(ctx, func() {
		m.mu.Lock() // between a waiter's look at ctx and its sleep the call would be lost
		defer m.mu.Unlock()
		m.arrived.Broadcast()
	})
}

// Messages returns what was caught, in order of arrival. The same message
// arriving twice is there twice.
func (m *MailCatcher) Messages() []Caught {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.mails)
}

// Wait returns the first mail, in order of arrival and including those that
// arrived before the call, for which match is true. It waits for one until ctx
// ends. match is called once for each mail, without locks held.
func (m *MailCatcher) Wait(ctx context.Context, match func(Caught) bool) (Caught, error) {
	defer m.wakeAtEnd(ctx)()
	seen := 0
	for {
		m.mu.Lock()
		for len(m.mails) == seen && ctx.Err() == nil && !m.stopped {
			m.arrived.Wait()
		}
		fresh, stopped := m.mails[seen:len(m.mails):len(m.mails)], m.stopped
		m.mu.Unlock()
		for _, c := range fresh {
			if match(c) {
				return c, nil
			}
		}
		seen += len(fresh)
		switch {
		case ctx.Err() != nil:
			return Caught{}, fmt.Errorf("none of the %d mails caught so far is the one waited for: %w", seen, context.Cause(ctx))
		case stopped:
			return Caught{}, fmt.Errorf("the mail catcher was stopped; none of the %d mails caught is the one waited for", seen)
		}
	}
}

// Refuse makes the server answer RCPT with the error f returns for a recipient;
// nil accepts it. A *smtp.SMTPError is answered as it is, any other error with
// 550 5.1.1 and its text. Refuse(nil) accepts everybody again. For tests.
func (m *MailCatcher) Refuse(f func(rcpt string) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refuse = f
}

// Stall makes the server call hook after a mail is stored and before its sender
// is told so: what a sender that crashes there leaves behind can be tested.
// Stall(nil) ends it. For tests.
func (m *MailCatcher) Stall(hook func(Caught)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stall = hook
}
