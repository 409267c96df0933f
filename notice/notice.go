// Package notice decides who is told what when something happens to a ticket,
// and writes it down as mail effects: plain data, rendered when it is sent.
// Each notice has one identity per event and recipient, so deciding it again
// adds nothing.
package notice

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/store"
)

// About is the ticket a notice is about.
type About struct {
	Vendor store.Vendor
	Ticket store.Ticket
	Other  *store.Ticket // what it was merged into, or goes on without; nil for other notices
	Also   []uuid.UUID   // who else waits for what a transition brings
	Held   store.Held    // what lets its mails wait; zero: they leave at once
}

// Mail is one mail effect. event is the identity of what happened (a command's
// key, a comment's id, or the ticket for its receipt); fill adds what this
// kind of notice says beyond the ticket itself.
func (a About) Mail(kind mail.Kind, event string, to store.Person, at time.Time, fill func(*mail.Notice)) (store.Effect, error) {
	payload, err := json.Marshal(a.Notice(kind, event, to, at, fill))
	if err != nil {
		return store.Effect{}, fmt.Errorf("write notice: %w", err)
	}
	return store.Effect{Kind: store.EffectMail, Key: effectKey(kind, event, to.ID), TicketID: &a.Ticket.ID, Payload: payload, Held: a.Held}, nil
}

// Notice is what the mail effect of the same arguments says.
func (a About) Notice(kind mail.Kind, event string, to store.Person, at time.Time, fill func(*mail.Notice)) mail.Notice {
	n := mail.Notice{
		Kind: kind, Locale: to.Locale, TimeZone: to.TimeZone, At: at.UTC(),
		To:        mail.Address{Name: to.Name, Email: to.Email},
		Vendor:    sender(a.Vendor),
		MessageID: a.messageID(effectKey(kind, event, to.ID)),
		Thread:    a.messageID(effectKey("receipt", a.Ticket.ID.String(), to.ID)),
		Number:    a.Ticket.Number, Subject: a.Ticket.Title, URL: a.url(), Watching: a.watching(to.ID),
		Over: !a.Ticket.State.Open(),
	}
	if kind == mail.Receipt || kind == mail.ReceiptOnBehalf {
		n.Team = a.Vendor.Settings.TeamCalled(a.Ticket.Team, to.Locale)
	}
	if fill != nil {
		fill(&n)
	}
	return n
}

// watching says whether somebody has to do with the ticket by watching it
// alone.
func (a About) watching(person uuid.UUID) bool {
	t := a.Ticket
	for _, id := range []*uuid.UUID{&t.RequesterID, t.ContactID, t.AssigneeID} {
		if id != nil && *id == person {
			return false
		}
	}
	return slices.Contains(t.Watchers, person)
}

func effectKey(kind mail.Kind, event string, to uuid.UUID) string {
	return fmt.Sprintf("mail/%s/%s/%s", kind, event, to)
}

func (a About) messageID(key string) string { return messageID(a.Vendor, key) }

// messageID is the same for the same notice, whenever it is asked for.
func messageID(v store.Vendor, key string) string {
	_, domain, _ := strings.Cut(v.Settings.MailFrom, "@")
	sum := sha256.Sum256([]byte(v.ID.String() + "/" + key))
	return hex.EncodeToString(sum[:16]) + "@" + domain
}

func sender(v store.Vendor) mail.Vendor {
	s := v.Settings
	return mail.Vendor{
		Name: v.Name, From: mail.Address{Name: v.Name, Email: s.MailFrom}, ReplyTo: s.ReplyTo,
		Phone: s.Phone, Postal: s.Postal, PrivacyURL: s.PrivacyURL,
	}
}

func (a About) url() string { return a.urlOf(a.Ticket) }

func (a About) urlOf(t store.Ticket) string {
	if a.Vendor.Portal == "" {
		return ""
	}
	return a.Vendor.Portal + "/tickets/" + t.Number
}
