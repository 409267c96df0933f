package onebox

import (
	"errors"
	"io"
	"log"
	"time"

	"github.com/emersion/go-smtp"
)

func (m *MailCatcher) newSMTP() *smtp.Server {
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.senders++
		return &smtpSession{catcher: m}, nil
	}))
	s.Domain = "localhost"
	s.MaxMessageBytes = maxMail
	s.EnableSMTPUTF8 = true
	s.ReadTimeout = time.Minute
	s.WriteTimeout = time.Minute
	s.ErrorLog = log.New(io.Discard, "", 0)
	return s
}

// smtpSession is one sender's connection.
type smtpSession struct {
	catcher *MailCatcher
	from    string
	to      []string
	busy    bool // counted in catcher.delivering
}

// Reset is called after each mail, when its answer has been written.
func (s *smtpSession) Reset() {
	s.from, s.to = "", nil
	m := s.catcher
	m.mu.Lock()
	defer m.mu.Unlock()
	if s.busy {
		s.busy = false
		m.delivering--
		m.arrived.Broadcast()
	}
}

// Logout is called once, when the connection ends.
func (s *smtpSession) Logout() error {
	s.Reset()
	m := s.catcher
	m.mu.Lock()
	defer m.mu.Unlock()
	m.senders--
	m.arrived.Broadcast()
	return nil
}

func (s *smtpSession) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

func (s *smtpSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.catcher.mu.Lock()
	refuse := s.catcher.refuse
	s.catcher.mu.Unlock()
	if refuse != nil {
		if err := refuse(to); err != nil {
			var as *smtp.SMTPError
			if errors.As(err, &as) {
				return as
			}
			return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: err.Error()}
		}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *smtpSession) Data(r io.Reader) error {
	if !s.begin() {
		return &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "The mail catcher is stopping"}
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return err // go-smtp's own: too large, or the sender is gone
	}
	caught, err := s.catcher.keep(time.Now().UTC(), s.from, s.to, raw)
	if err != nil {
		return &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 3, 1}, Message: err.Error()}
	}
	s.catcher.mu.Lock()
	stall := s.catcher.stall
	s.catcher.mu.Unlock()
	if stall != nil {
		stall(caught)
	}
	return nil
}

// begin counts this mail as under way, unless the catcher is stopping.
func (s *smtpSession) begin() bool {
	m := s.catcher
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stopped {
		return false
	}
	s.busy = true
	m.delivering++
	return true
}
