package desk

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/billing"
	"github.com/casepath/casepath/invoicing"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// PaymentMessage is what the payment service has sent: the headers and the body
// of Standard Webhooks, as they came.
type PaymentMessage struct {
	ID, Timestamp, Signature string
	Body                     []byte
}

// messageAge is how old a message may be, or how far ahead its clock.
const messageAge = 5 * time.Minute

// paid is what a message says: all of an invoice was paid.
type paid struct {
	Type string `json:"type"` // payment.succeeded; others are not about an invoice being paid
	Data struct {
		Invoice   string `json:"invoice"` // number or id
		Amount    string `json:"amount"`  // "251.51"
		Currency  string `json:"currency"`
		Reference string `json:"reference"`
	} `json:"data"`
}

// taken is the outcome of a message that was believed.
const taken = "taken"

// ReceivePayment takes a message of a vendor's payment service. Who is not known,
// signs wrongly, or comes more than five minutes late is Unauthenticated, and
// leaves nothing. What is signed is kept, once for each message id: the same
// message again has the same outcome, another one under its id is
// Unprocessable. It must name an open invoice of the vendor, exactly what is open
// of it, and its currency; else it is refused, Unprocessable, and staff find why.
func (d *Desk) ReceivePayment(ctx context.Context, vendor string, m PaymentMessage) error {
	v, err := d.Store.VendorBySlug(ctx, vendor)
	if problem.CodeOf(err) == problem.NotFound {
		return notSigned()
	}
	if err != nil {
		return err
	}
	if err := d.signed(ctx, v, m); err != nil {
		return err
	}
	var refused *problem.Error
	err = d.Store.In(ctx, v.ID, func(tx *store.Tx) error {
		refused, err = d.takeMessage(ctx, tx, v, m)
		return err
	})
	if err != nil || refused == nil {
		return err
	}
	return refused
}

func notSigned() *problem.Error {
	return problem.New(problem.Unauthenticated, "payment_not_signed", nil)
}

// signed checks the signature and the age of a message.
func (d *Desk) signed(ctx context.Context, v store.Vendor, m PaymentMessage) error {
	var sealed []byte
	err := d.Store.In(ctx, v.ID, func(tx *store.Tx) (err error) {
		sealed, err = tx.PaymentKey(ctx)
		return err
	})
	switch {
	case problem.CodeOf(err) == problem.NotFound, err == nil && d.Seal == nil:
		return notSigned()
	case err != nil:
		return err
	}
	secret, err := d.Seal.Open(sealed, paymentPurpose(v.ID))
	if err != nil {
		return err
	}
	hook, err := standardwebhooks.NewWebhookRaw(secret)
	if err != nil {
		return err
	}
	headers := http.Header{}
	headers.Set(standardwebhooks.HeaderWebhookID, m.ID)
	headers.Set(standardwebhooks.HeaderWebhookTimestamp, m.Timestamp)
	headers.Set(standardwebhooks.HeaderWebhookSignature, m.Signature)
	seconds, err := strconv.ParseInt(m.Timestamp, 10, 64)
	if err != nil || d.Now().Sub(time.Unix(seconds, 0)).Abs() > messageAge || hook.VerifyIgnoringTimestamp(m.Body, headers) != nil ||
		m.ID == "" || len(m.ID) > 200 || !utf8.ValidString(m.ID) {
		return notSigned()
	}
	return nil
}

// takeMessage takes a message that is signed, once: refused says why it was not
// believed, and is kept.
func (d *Desk) takeMessage(ctx context.Context, tx *store.Tx, v store.Vendor, m PaymentMessage) (refused *problem.Error, err error) {
	sum := sha256.Sum256(m.Body)
	before, err := tx.PaymentMessage(ctx, m.ID)
	switch {
	case err == nil && subtle.ConstantTimeCompare(before.BodyHash, sum[:]) != 1:
		return nil, problem.New(problem.Unprocessable, "idempotency_key_reused", nil)
	case err == nil && before.Outcome == taken:
		return nil, nil
	case err == nil:
		return problem.New(problem.Unprocessable, "payment_refused_before", nil), nil
	case problem.CodeOf(err) != problem.NotFound:
		return nil, err
	}
	kept := store.PaymentMessage{ID: m.ID, BodyHash: sum[:], Outcome: taken, At: d.Now()}
	i, amount, said, refused, err := d.believe(ctx, tx, m)
	if err != nil {
		return nil, err
	}
	kept.Said = begin(strings.TrimSpace(said.Data.Invoice+" "+said.Data.Amount+" "+said.Data.Currency), ReferenceMax)
	if i.ID != uuid.Nil {
		kept.InvoiceID = &i.ID
	}
	if refused != nil {
		kept.Outcome = refused.Key
		return refused, tx.InsertPaymentMessage(ctx, kept)
	}
	if err := tx.InsertPaymentMessage(ctx, kept); err != nil {
		return nil, err
	}
	if err := tx.InsertPayment(ctx, store.Payment{
		ID: store.NewID(), InvoiceID: i.ID, Amount: amount, Currency: i.Currency, PaidOn: d.today(Caller{Vendor: v}), How: "card",
		Reference: begin(said.Data.Reference, ReferenceMax), MessageID: &m.ID, At: d.Now(),
	}); err != nil {
		return nil, err
	}
	if err := activities.Paid(ctx, tx, v, i.ID, d.Now()); err != nil {
		return nil, err
	}
	return nil, d.audit(ctx, tx, Caller{Vendor: v}, "payment_received", "invoice", i.ID, map[string]any{"amount": said.Data.Amount, "currency": i.Currency})
}

// begin is the beginning of a text, cleaned, in characters.
func begin(text string, most int) string {
	runes := []rune(clean(text))
	return string(runes[:min(len(runes), most)])
}

// believe finds the invoice a message is about, locked, and refuses what is not
// exactly the payment of what is open of it.
func (d *Desk) believe(ctx context.Context, tx *store.Tx, m PaymentMessage) (i store.Invoice, amount decimal.Decimal, said paid, refused *problem.Error, err error) {
	if json.Unmarshal(m.Body, &said) != nil || said.Type != "payment.succeeded" {
		return i, amount, said, problem.New(problem.Unprocessable, "payment_unreadable", nil), nil
	}
	if id, parseErr := uuid.Parse(said.Data.Invoice); parseErr == nil {
		i, err = tx.Invoice(ctx, id)
	} else if invoiceForm.MatchString(said.Data.Invoice) {
		i, err = tx.InvoiceByNumber(ctx, said.Data.Invoice)
	} else {
		err = problem.Missing()
	}
	if err == nil {
		i, _, err = invoicing.Lock(ctx, tx, i.ID)
	}
	switch {
	case problem.CodeOf(err) == problem.NotFound:
		return i, amount, said, problem.New(problem.Unprocessable, "payment_for_nothing", nil), nil
	case err != nil:
		return i, amount, said, nil, err
	}
	if e, closed := problem.As(payable(i)); closed {
		return i, amount, said, e, nil
	}
	var wrong problem.Fields
	amount = billing.Parse(&wrong, "amount", said.Data.Amount, i.Currency)
	switch {
	case said.Data.Currency != i.Currency:
		return i, amount, said, problem.New(problem.Unprocessable, "payment_currency", problem.Args{"currency": i.Currency}), nil
	case wrong.Err() != nil || !amount.Equal(i.Open()):
		return i, amount, said, problem.New(problem.Unprocessable, "payment_amount", nil), nil
	}
	return i, amount, said, nil, nil
}

// SetPaymentKey keeps what the payment service signs with, sealed, for
// administrators: "whsec_" and at least 24 bytes in base64. It is never shown.
func (d *Desk) SetPaymentKey(ctx context.Context, secret string) error {
	c, err := d.caller(ctx, OpSetPaymentKey)
	if err != nil {
		return err
	}
	seal, err := d.sealer()
	if err != nil {
		return err
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(raw) < 24 || len(raw) > 64 {
		var wrong problem.Fields
		wrong.Add("secret", "payment_key_form", nil)
		return wrong.Err()
	}
	return d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if err := tx.SetPaymentKey(ctx, seal.Seal(raw, paymentPurpose(c.Vendor.ID)), d.Now()); err != nil {
			return err
		}
		return d.audit(ctx, tx, c, "payment_key_set", "vendor", c.Vendor.ID, nil)
	})
}

func paymentPurpose(vendor uuid.UUID) string { return "payment key " + vendor.String() }
