package web_test

import (
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"github.com/casepath/casepath/procedures/stack"
)

// TestNoReceipt: who got no receipt looks for what has arrived, has it sent
// again, and is told when nothing arrived.
func TestNoReceipt(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	jeanne, super, agent := signedIn(t, h, "interfacing", "jeanne"), signedIn(t, h, "interfacing", "super"), signedIn(t, h, "interfacing", "agent")
	number := ask(t, h, "jeanne", "Export stops at page two")
	v := jeanne.open(t, jeanne.get(t, "").link(t, "I got no receipt"))
	v.says(t, 200, "A receipt with a ticket number is the proof that a request arrived.")
	jeanne.get(t, "/register").link(t, "I got no receipt")
	v = jeanne.submit(t, v.form(t, "/receipts"), "subject", "export")
	v.says(t, 200, "What has arrived", number, "Jeanne Martin <jeanne@interfacing.example> · taken by the mail server")
	before := len(mails(t, h, "jeanne"))
	f := v.form(t, "/tickets/"+number+"/receipt")
	for range 2 { // sent twice, mailed once
		jeanne.submit(t, f).says(t, 200, "The receipt is on its way again.")
	}
	if got := mails(t, h, "jeanne")[before:]; len(got) != 1 || !strings.Contains(got[0], "This is a copy of the receipt, sent again on request.") {
		t.Errorf("mailed %q", got)
	}
	jeanne.get(t, "/receipts?subject=labels").says(t, 200, "Nothing arrived", "Please register it.")
	jeanne.get(t, "/receipts?subject=+").says(t, 422, "Name a mail address or words of the subject.")

	v = super.get(t, "/receipts?subject=export")
	v.says(t, 200, number, "Jeanne Martin · ") // French, and without the address
	if strings.Contains(v.raw, "/receipt\"") || strings.Contains(v.raw, "jeanne@") {
		t.Errorf("a colleague's receipt: %s", v.text())
	}
	v = agent.submit(t, agent.get(t, "/console/receipts").form(t, "/console/receipts"), "address", "Jeanne@INTERFACING.example")
	v.says(t, 200, number, "sent again")
	agent.submit(t, v.form(t, "/receipt")).says(t, 200, "The receipt is on its way again.", "Alex Agent had the receipt sent again.")
	agent.get(t, "/console/receipts?address=nobody@interfacing.example").says(t, 200, "Nothing arrived", "nothing is registered")
	agent.get(t, "/console/receipts?address=nobody").says(t, 422, "Mail address")
	agent.get(t, "/receipts?subject=export").says(t, 200, number, "Send again")
	for range 3 {
		agent.submit(t, agent.get(t, "/console/receipts?subject=export").form(t, "/receipt"))
	}
	agent.submit(t, agent.get(t, "/console/receipts?subject=export").form(t, "/receipt")).says(t, 429, "The receipt was sent again 5 times within a day.", number)
	jeanne.submit(t, jeanne.get(t, "/receipts?subject=export").form(t, "/receipt")).says(t, 429, "It can be sent again from", number)
}

// TestBouncedReceipt: a receipt that the mail server refuses is told of on the
// ticket, on either side, and stays on a list until somebody has acted.
func TestBouncedReceipt(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	h.Mail.Refuse(func(string) error {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such <mailbox>"}
	})
	jeanne, agent, qa := signedIn(t, h, "interfacing", "jeanne"), signedIn(t, h, "interfacing", "agent"), signedIn(t, h, "interfacing", "qa")
	agent.get(t, "/console/receipts/bounced").says(t, 200, "There is none: every receipt was taken by a mail server")
	number, other := ask(t, h, "jeanne", "Export stops at page two"), ask(t, h, "jeanne", "Labels are not printed")
	jeanne.get(t, "/tickets/"+number).says(t, 200, "Your receipt could not be delivered to jeanne@interfacing.example")
	if v := signedIn(t, h, "interfacing", "super").get(t, "/tickets/"+number); strings.Contains(v.raw, "n’a pas pu être remis") {
		t.Error("a colleague reads where the receipt went")
	}
	agent.get(t, "/console/tickets/"+number).says(t, 200, "The receipt did not arrive at jeanne@interfacing.example", "no such <mailbox>", "Receipts (2)")
	v := qa.get(t, "/console/receipts/bounced")
	v.says(t, 200, number, other, "no such <mailbox>")
	if strings.Contains(v.raw, "dealt-with") {
		t.Error("who may not deal with it is offered to")
	}
	v = agent.get(t, "/console/receipts/bounced")
	f := v.formWith(t, "/dealt-with")
	agent.submit(t, f, "note", " ").says(t, 422, "This can't be empty.", number, other)
	for range 2 {
		agent.submit(t, f, "note", "Told her by phone.").says(t, 200, "It is noted.", "Receipts (1)")
	}
	h.Mail.Refuse(nil)
	left := agent.get(t, "/console/receipts/bounced").form(t, "/receipt")
	agent.submit(t, left).says(t, 200, "The receipt is on its way again.")
	if v := agent.get(t, "/console/receipts/bounced"); strings.Contains(v.text(), "Receipts (") || strings.Contains(v.raw, number) || strings.Contains(v.raw, other) {
		t.Errorf("left: %s", v.text())
	}
	if n := about(mails(t, h, "jeanne"), "This is a copy"); n != 1 {
		t.Errorf("%d copies", n)
	}
	agent.get(t, "/console/receipts?subject=labels").says(t, 200, "dealt with by", "Told her by phone.")
}
