// Package mail renders outgoing notices and delivers them by SMTP.
//
// It knows nothing of desks, the database or Temporal: a [Notice] is plain data, [Render] turns it
// into one plain-text mail (RFC 5322, UTF-8, quoted-printable) and [Sender] hands that mail to one
// server. Customer text is only ever data of a template, never a template, and never reaches a
// header uncleaned.
package mail

import (
	"slices"
	"time"
)

// Kind says what a notice tells its reader. Its value is stored in JSON, so it never changes.
type Kind string

// The kinds of notice. All go to people at the customer, some also to staff who follow the ticket,
// except Assigned, ClockWarning and ClockBreach, which go to staff alone.
const (
	// Receipt proves to the person who registered a request that it arrived.
	Receipt Kind = "receipt"
	// ReceiptOnBehalf is the receipt of the customer for whom a partner registered a request.
	ReceiptOnBehalf Kind = "receipt_on_behalf"
	// InformationRequested asks the requester for something; Text is the question. With Release it asks them to upgrade.
	InformationRequested Kind = "information_requested"
	// Answer carries the answer to the requester; Text is the answer.
	Answer Kind = "answer"
	// Comment tells a participant of a new public comment; Text is the comment.
	Comment Kind = "comment"
	// Closed tells the requester that the ticket is closed; ReopenUntil may be given.
	Closed Kind = "closed"
	// Assigned tells the new assignee that the ticket is theirs; Actor is who assigned it.
	Assigned Kind = "assigned"
	// InformationGiven tells those who wait that the customer answered; Text is what they wrote.
	InformationGiven Kind = "information_given"
	// Reopened tells the participants that the ticket goes on; Text is the reason, if any.
	Reopened Kind = "reopened"
	// Withdrawn tells the participants that the request was taken back; Text is the reason, if any.
	Withdrawn Kind = "withdrawn"
	// Merged tells the participants that the ticket goes on as Other.
	Merged Kind = "merged"
	// Unmerged tells them that it goes on by itself again.
	Unmerged Kind = "unmerged"
	// ClockWarning tells staff that what Clock promises is due soon, by Due.
	ClockWarning Kind = "clock_warning"
	// ClockBreach tells staff that what Clock promises was missed; it was due by Due.
	ClockBreach Kind = "clock_breach"
)

// The kinds about an access authority: TheirSystem, Scopes, Details and Ends say what it is about, OnBehalfOf whose
// system it is, URL is its own page.
const (
	// AuthorityAsked asks the customer's side for an authority; Text is why.
	AuthorityAsked Kind = "authority_asked"
	// AuthorityCompleted tells both sides that Actor has granted it; Text is a partner's ground.
	AuthorityCompleted Kind = "authority_completed"
	// AuthorityDeclined tells both sides that Actor has declined it; Text is why.
	AuthorityDeclined Kind = "authority_declined"
	// AuthorityRevoked tells both sides that Actor has taken it back; Text is why.
	AuthorityRevoked Kind = "authority_revoked"
)

// The kinds about a service request of the ticket, which Service says; URL is the ticket's page, where it is decided.
const (
	// ServiceCreated tells the customer's side that chargeable work begins, or asks for their consent to the rate first.
	ServiceCreated Kind = "service_created"
	// ServiceOffered offers an estimate or a quote: Text is the note with it.
	ServiceOffered Kind = "service_offered"
	// ApprovalCode carries the code that goes with an approval link; SecretCode is it, Service.Quote what it is for.
	ApprovalCode Kind = "approval_code"
	// ServiceValidate asks the customer's side to validate the work; Text is what was done.
	ServiceValidate Kind = "service_validate"
	// ServiceDates tells both sides the dates of a training, the first or others: Service.Sessions; Text is the note with them.
	ServiceDates Kind = "service_dates"
	// ServiceReminder tells the customer's side again what is waited for.
	ServiceReminder Kind = "service_reminder"
	// ServiceEnded tells both sides that the work has ended and how: Service.Ending.
	ServiceEnded Kind = "service_ended"
	// ServiceDecided tells the vendor's side what Actor of the customer's has decided: Service.Step; Text is what they wrote.
	ServiceDecided Kind = "service_decided"
	// QuoteDecided tells the customer's side what Actor of theirs has decided on Service.Quote: Service.Step; without an Actor
	// it was the reader. Text is what they wrote.
	QuoteDecided Kind = "quote_decided"
	// ServiceAssigned tells whoever carries a service request out that it is theirs.
	ServiceAssigned Kind = "service_assigned"
	// InterestAsked asks the customer's side whether they want what is offered as paid work, or outside the support scope
	// whether they want their partner or a quote; Text is what was written with it.
	InterestAsked Kind = "interest_asked"
	// OfferWithdrawn tells the customer's side that the vendor has changed its mind; Text is why.
	OfferWithdrawn Kind = "offer_withdrawn"
	// WorkScheduled tells the customer's side the time frame of an enhancement and its invoice: Service.First, Service.Last and Invoice.
	WorkScheduled Kind = "work_scheduled"
	// PartnerTold asks the customer's partner to help them: Actor of the customer's has chosen it.
	PartnerTold Kind = "partner_told"
	// WorkSettled tells the customer's side what is kept of the price of what was stopped: Service.Kept; Text is why.
	WorkSettled Kind = "work_settled"
)

// Service is what a mail says about a service request.
type Service struct {
	Number string
	// Path is service_request, customization, training, feature_request or out_of_scope.
	Path string
	// Waits is what the customer is waited for: consent, information, approval, validation, interest, choice or payment; "" for nothing.
	Waits string `json:",omitempty"`
	// Step is what was done: the action's code.
	Step string `json:",omitempty"`
	// Ending is how it ended: completed, declined, gave_up, cancelled, withdrawn, path_changed.
	Ending string `json:",omitempty"`
	// PerHour and Currency are the rate, Minimum the least that is billed, in minutes; "" where there is none.
	PerHour, Currency string `json:",omitempty"`
	Minimum           int    `json:",omitempty"`
	// Minutes and Amount (decimal, net) are the estimate; BillsAnalysis says that its analysis is billed even when it is declined.
	Minutes       int    `json:",omitempty"`
	Amount        string `json:",omitempty"`
	BillsAnalysis bool   `json:",omitempty"`
	// Quote is the number of a quote, Version which of it, Total its amount with taxes (decimal, in Currency).
	Quote   string `json:",omitempty"`
	Version int    `json:",omitempty"`
	Total   string `json:",omitempty"`
	Taxed   bool   `json:",omitempty"` // there are taxes in it
	// Deciders are the names of those who can decide on Quote. They have a link of their own: a reader without one can't.
	Deciders []string `json:",omitempty"`
	// Round is how often adjustments were asked for.
	Round int `json:",omitempty"`
	// By is when the wait ends by itself, and Lapses says that the work counts as accepted then.
	By     *time.Time `json:",omitempty"`
	Lapses bool       `json:",omitempty"`
	// Bills says that the time so far is billed.
	Bills bool `json:",omitempty"`
	// Sessions are the dates of a training, Moved that they replace others.
	Sessions []Session `json:",omitempty"`
	Moved    bool      `json:",omitempty"`
	// Cites is what of the support policy stands behind a path, First and Last are the days of a time frame, all in words of Locale.
	Cites       string `json:",omitempty"`
	First, Last string `json:",omitempty"`
	// Schedules says that a time frame and an invoice come before the work, Settles that an invoice is to be settled; Yours that
	// it is the reader's to see to that, at URL.
	Schedules bool `json:",omitempty"`
	Settles   bool `json:",omitempty"`
	Yours     bool `json:",omitempty"`
	// Kept is what the vendor keeps of the price of what was stopped: a decimal, net, in Currency.
	Kept string `json:",omitempty"`
}

// Session is a session of a training. Place is where, or a link.
type Session struct {
	Start, End time.Time
	Place      string
}

// The kinds about money: the document comes with the mail, Invoice is its number, Amount what it is about, URL its page.
const (
	// InvoiceIssued tells the customer of an invoice, to be paid by DueDay.
	InvoiceIssued Kind = "invoice_issued"
	// CreditNoteIssued tells the customer that the invoice Credits is taken back; Text is why.
	CreditNoteIssued Kind = "credit_note_issued"
)

// The kinds that are about no ticket: a person's own access, or a request that has none (yet).
// Number and Thread are not used, and the subject names the vendor instead.
const (
	// Invitation tells a new person their user id and where to choose a password; SecretURL is that link.
	Invitation Kind = "invitation"
	// PasswordReset carries the link to choose a new password; SecretURL is that link.
	PasswordReset Kind = "password_reset"
	// AddressLeft tells a person's old address that it is theirs here no more.
	AddressLeft Kind = "address_left"
	// AddressSet tells a person's new address that it is their user id now.
	AddressSet Kind = "address_set"
	// SignIn tells of a sign-in with a browser, or by a program from a network, that is new.
	SignIn Kind = "sign_in"
	// PasswordChanged tells that the password was changed.
	PasswordChanged Kind = "password_changed"
	// SecondFactorOn tells that a second factor is asked for from now on.
	SecondFactorOn Kind = "second_factor_on"
	// SecondFactorOff tells that none is asked for any more.
	SecondFactorOff Kind = "second_factor_off"
	// RecoveryCodeUsed tells that a recovery code stood in for the second factor; Left are left.
	RecoveryCodeUsed Kind = "recovery_code_used"
	// TokenCreated tells of a new API token; Text is its name.
	TokenCreated Kind = "token_created"
	// SignOnLinked tells that a company's sign-on opens the account from now on; Text is its name.
	SignOnLinked Kind = "sign_on_linked"
	// AccessReceived tells whoever asked for access that they did. It goes to an address nobody has
	// proven, and has not a word of theirs.
	AccessReceived Kind = "access_received"
	// AccountExists tells somebody with an account, in whose name access was asked for, that they have one.
	AccountExists Kind = "account_exists"
	// AccessRequested tells staff who asks for access: Asker, Organization as written, and Text.
	AccessRequested Kind = "access_requested"
	// AccessQuestion asks whoever asks for access something; Text is the question, SecretURL is where to answer.
	AccessQuestion Kind = "access_question"
	// AccessReplied tells staff the answer; Text is what was written.
	AccessReplied Kind = "access_replied"
	// RequestIncomplete tells the requester what their request still needs: Text lists it. Subject is
	// its title, as in the four below.
	RequestIncomplete Kind = "request_incomplete"
	// RequestReminder tells them again.
	RequestReminder Kind = "request_reminder"
	// RequestExpired tells them that nothing came of it.
	RequestExpired Kind = "request_expired"
	// RequestForSuperUser asks the organization's super-user to answer or forward Actor's request; Text is its body.
	RequestForSuperUser Kind = "request_for_super_user"
	// RequestAnswered carries the super-user's answer to the requester; Actor is who, Text what they wrote.
	RequestAnswered Kind = "request_answered"
	// AccessDeclined tells whoever asked for access that they get none; Text is the reason.
	AccessDeclined Kind = "access_declined"
	// WeeklyStatement is an organization's statement of the week, to who receives it there; Statement is what it says.
	WeeklyStatement Kind = "weekly_statement"
	// StatementMissed tells staff that Actor says nobody at Organization gets the weekly statement.
	StatementMissed Kind = "statement_missed"
	// WebhookPaused tells whoever answers for a webhook that it is paused, and with Gone why; Text is its name, URL its page.
	WebhookPaused Kind = "webhook_paused"
)

// AccountKinds are the kinds that are about no ticket.
var AccountKinds = []Kind{
	Invitation, PasswordReset, AddressLeft, AddressSet,
	SignIn, PasswordChanged, SecondFactorOn, SecondFactorOff, RecoveryCodeUsed, TokenCreated, SignOnLinked,
	AccessReceived, AccountExists, AccessRequested, AccessQuestion, AccessReplied, AccessDeclined,
	RequestIncomplete, RequestReminder, RequestExpired, RequestForSuperUser, RequestAnswered,
	WeeklyStatement, StatementMissed, DevNews, FeatureDecided, WebhookPaused, EscalationTold, EscalationReceived, EscalationEnded,
}

// Kinds lists every kind that [Render] knows.
var Kinds = append([]Kind{
	Receipt, ReceiptOnBehalf, InformationRequested, Answer, Comment, Closed, Assigned,
	InformationGiven, Reopened, Withdrawn, Merged, Unmerged, ClockWarning, ClockBreach,
	AuthorityAsked, AuthorityCompleted, AuthorityDeclined, AuthorityRevoked,
	ServiceCreated, ServiceOffered, ApprovalCode, ServiceValidate, ServiceDates, ServiceReminder, ServiceEnded, ServiceDecided, QuoteDecided, ServiceAssigned,
	InterestAsked, OfferWithdrawn, WorkScheduled, PartnerTold, WorkSettled,
	InvoiceIssued, CreditNoteIssued,
	ReviewAssigned, ReviewDecided, RequestEvaluated, FeatureEvaluated, ColleagueAsked, ColleagueReminded, ColleagueAnswered,
}, AccountKinds...)

func (k Kind) account() bool { return slices.Contains(AccountKinds, k) }

// Address is a person's or a team's mail address. Name may hold anything: it is cleaned before it
// is used. Email is a bare address such as jeanne@example.com: at most 254 bytes, no quoted local
// part, no address literal (RFC 5321 4.1.2); its domain may be internationalized, its local part
// may not (no SMTPUTF8). Any other Email makes the notice unrenderable.
type Address struct {
	Name  string
	Email string
}

// Vendor is what a mail says about the vendor, taken from the pack in force when the notice was
// decided. Name and From are required; the rest may be empty and is then left out.
type Vendor struct {
	Name string
	// From is the sender, in the header and on the envelope: bounces go there.
	From Address
	// ReplyTo is a bare address like Address.Email. Empty: the mail asks to use the link instead.
	ReplyTo string
	Phone   string
	// Postal may have several lines.
	Postal string
	// PrivacyURL is shown if it is an http or https address.
	PrivacyURL string
}

// Attachment names a document: what kind of thing it is, and its id.
type Attachment struct {
	Kind string
	ID   string
}

// File is a document that is sent with a mail. Its name is cleaned before it is used.
type File struct {
	Name      string
	MediaType string
	Content   []byte
}

// Notice is all a mail needs, as plain data. It is stored as JSON when the notice is decided and
// rendered when it is delivered: the same Notice, also after a round trip through JSON, gives the
// same bytes.
type Notice struct {
	Kind Kind
	// Locale is a BCP 47 tag such as fr-CA; the nearest complete locale (en, fr) is used, else en.
	Locale string
	// TimeZone is the IANA name in which the text gives dates; empty or unknown: UTC.
	TimeZone string
	To       Address
	Vendor   Vendor
	// MessageID is the deterministic Message-ID without angle brackets (RFC 5322 3.6.4), ASCII.
	MessageID string
	// Thread is the Message-ID of the ticket's first notice, for References and In-Reply-To. It is
	// left out when empty or equal to MessageID.
	Thread string
	// At is when the notice was decided; the Date header is this instant in UTC, whole seconds.
	At time.Time
	// Number is the ticket's number; the Subject header begins with it in brackets. Required, but
	// for the kinds about a person's own access.
	Number string
	// Subject is the ticket's subject, as the requester wrote it.
	Subject string
	// URL is the ticket's page, http or https; empty: no link.
	URL string
	// SecretURL is a link that works once. It is taken out of what is stored once the mail has left.
	SecretURL string `json:",omitempty"`
	// SecretCode goes with a link that was mailed before; it is taken out likewise.
	SecretCode string `json:",omitempty"`
	// Until is when SecretURL or SecretCode stops working.
	Until *time.Time `json:",omitempty"`
	// Browser and System are with what somebody signed in or changed something, in words; IP is from
	// where. Empty when not known.
	Browser, System, IP string `json:",omitempty"`
	// Left is how many recovery codes are left.
	Left int `json:",omitempty"`
	// Gone says that a webhook answers that it is there no more.
	Gone bool `json:",omitempty"`
	// Asker is who asks for access, in what tells staff of them; Email is not checked and never mailed to.
	Asker Address `json:",omitzero"`
	// Actor is the display name of who wrote or decided; for Assigned, of the assignee; for
	// ReceiptOnBehalf, of the person at the partner.
	Actor string
	// Organization is the actor's organization (for ReceiptOnBehalf the partner); in the two staff
	// kinds, the customer.
	Organization string
	// OnBehalfOf is the customer for whom a partner registered the request. A Receipt that has it
	// is the partner's own receipt.
	OnBehalfOf string
	// Text is what was written (answer, question, comment, reason), plain text of any content.
	Text string
	// Due is the first promised instant (acknowledge): a promise in receipts, the target in the
	// two staff kinds.
	Due *time.Time
	// TheirSystem is the customer's system an access authority is about; Scopes are the codes of what may be
	// done there (read_only, configuration, data_change), Details says it in words; Ends is its last instant.
	TheirSystem string     `json:",omitempty"`
	Scopes      []string   `json:",omitempty"`
	Details     string     `json:",omitempty"`
	Ends        *time.Time `json:",omitempty"`
	// Clock is what was promised: acknowledge, start_of_work, first_response or resolution.
	Clock string `json:",omitempty"`
	// Late says that the notice was decided later than it was due.
	Late bool `json:",omitempty"`
	// Unassigned says that nobody has the ticket.
	Unassigned bool `json:",omitempty"`
	// Absent is who has the ticket and is absent.
	Absent string `json:",omitempty"`
	// Other is the number of the ticket that this one goes on as, or no longer; in a receipt, of the one it was split
	// off. OtherURL is its page.
	Other    string `json:",omitempty"`
	OtherURL string `json:",omitempty"`
	// Release is what solves the ticket and is asked to be upgraded to, as package and number.
	Release string `json:",omitempty"`
	// Watching says that the reader watches the ticket, and is told what its requester is told.
	Watching bool `json:",omitempty"`
	// Again says that it is a copy of a receipt, sent again on request; Registered is when the
	// request was registered then.
	Again      bool       `json:",omitempty"`
	Registered *time.Time `json:",omitempty"`
	// Words are what the vendor itself says on its receipts.
	Words string `json:",omitempty"`
	// Service is the service request that the service kinds are about.
	Service *Service `json:",omitempty"`
	// Review is the QA review that the review kinds are about, News what dev news says.
	Review *Review `json:",omitempty"`
	News   *News   `json:",omitempty"`
	// Escalation is what the escalation kinds are about.
	Escalation *Escalation `json:",omitempty"`
	// Statement is what a weekly statement says.
	Statement *Statement `json:",omitempty"`
	// Invoice is the number of an invoice or credit note, Credits of the invoice a credit note takes back. Amount is
	// what it is about and DueDay the last day to pay it, both in words of Locale.
	Invoice string `json:",omitempty"`
	Credits string `json:",omitempty"`
	Amount  string `json:",omitempty"`
	DueDay  string `json:",omitempty"`
	// Attachment names a document that comes with the mail; whoever sends the notice gets it.
	Attachment *Attachment `json:",omitempty"`
	// Over says that nothing can be added to the ticket any more: it is closed, withdrawn or merged.
	Over bool `json:",omitempty"`
	// Team is the vendor's team that reads a new request; "": its support.
	Team string `json:",omitempty"`
	// Closed says that the ticket is closed now, with an Answer too.
	Closed bool
	// ReopenUntil is how long a closed ticket can be reopened.
	ReopenUntil *time.Time
	// Files are the names of the files that came with it. They are not attached.
	Files []string
}
