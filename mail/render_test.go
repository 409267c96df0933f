package mail

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestHeaders(t *testing.T) {
	m := render(t, notice(Receipt, "en-AU"))
	checkWire(t, m.Bytes(), allFields)
	e := parse(t, m.Bytes())
	for name, want := range map[string]string{
		"From": `"Posimente Support" <support@posimente.example>`, "To": `"Jeanne Martin" <jeanne@acme.example>`,
		"Reply-To": "<tickets@posimente.example>", "Date": "Fri, 20 Nov 2026 14:05:06 +0000",
		"Message-ID":  "<b2f1.receipt.1@posimente.example>",
		"In-Reply-To": "<b2f1.receipt.0@posimente.example>", "References": "<b2f1.receipt.0@posimente.example>",
		"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All", "Content-Language": "en",
		"Subject":      "[PX-2026-000123] We received your request: Labels print twice",
		"Content-Type": "text/plain; charset=UTF-8", "Content-Transfer-Encoding": "quoted-printable",
	} {
		if got := e.GetHeader(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if e.GetHeader("Subject") != m.Subject || e.Text != strings.ReplaceAll(m.Text, "\n", "\r\n") {
		t.Errorf("subject or text differ from the wire: %q\n%q\n%q", m.Subject, m.Text, e.Text)
	}
	if e.HTML != "" || len(e.Attachments)+len(e.Inlines)+len(e.OtherParts) > 0 {
		t.Error("there is more than one plain text")
	}
}

func TestOptionalHeaders(t *testing.T) {
	n := notice(Receipt, "en")
	n.Thread, n.Vendor.ReplyTo = n.MessageID, ""
	without := slices.DeleteFunc(slices.Clone(allFields), func(name string) bool {
		return name == "Reply-To" || name == "References" || name == "In-Reply-To"
	})
	checkWire(t, render(t, n).Bytes(), without)
	wantParts(t, render(t, n).Text, "Please use the link rather than replying to this mail.")
	n.Thread = ""
	checkWire(t, render(t, n).Bytes(), without)
}

func TestSameNoticeSameBytes(t *testing.T) {
	for _, kind := range Kinds {
		n := notice(kind, "fr")
		first := render(t, n).Bytes()
		stored, err := json.Marshal(n)
		if err != nil {
			t.Fatal(err)
		}
		var back Notice
		if err := json.Unmarshal(stored, &back); err != nil {
			t.Fatal(err)
		}
		back.At = back.At.In(time.FixedZone("", 3600))
		if again := render(t, back).Bytes(); !bytes.Equal(first, again) {
			t.Errorf("%s: bytes differ:\n%s\n%s", kind, first, again)
		}
		first[0] = 'x'
		if m := render(t, n); m.Bytes()[0] == 'x' || m.Bytes()[0] == 0 {
			t.Error("Bytes shares its memory")
		}
	}
}

func TestUnrenderable(t *testing.T) {
	for name, spoil := range map[string]func(*Notice){
		"unknown kind":     func(n *Notice) { n.Kind = "spam" },
		"no kind":          func(n *Notice) { n.Kind = "" },
		"no number":        func(n *Notice) { n.Number = "\r\n" },
		"no date":          func(n *Notice) { n.At = time.Time{} },
		"no vendor":        func(n *Notice) { n.Vendor.Name = "" },
		"no message id":    func(n *Notice) { n.MessageID = "" },
		"id with newline":  func(n *Notice) { n.MessageID = "a@b\r\nBcc: x@y" },
		"id with brackets": func(n *Notice) { n.MessageID = "<a@b>" },
		"bad thread":       func(n *Notice) { n.Thread = "a b@c" },
		"no recipient":     func(n *Notice) { n.To.Email = "" },
		"no sender":        func(n *Notice) { n.Vendor.From.Email = "" },
		"bad reply to":     func(n *Notice) { n.Vendor.ReplyTo = "a@b, c@d" },
		"script link":      func(n *Notice) { n.URL = "javascript:alert(1)" },
		"relative link":    func(n *Notice) { n.URL = "/tickets/1" },
		"link with text":   func(n *Notice) { n.URL = "https://x.example/\nWe call you" },
		"link with bidi":   func(n *Notice) { n.URL = "https://x.example/\u202e" },
	} {
		n := notice(Receipt, "en")
		spoil(&n)
		if m, err := Render(n); err == nil || m != nil {
			t.Errorf("%s: rendered", name)
		}
	}
}

func TestAddresses(t *testing.T) {
	for email, want := range map[string]string{
		"jeanne@acme.example": "jeanne@acme.example", "o'brien+x@acme.example": "o'brien+x@acme.example",
		"a@localhost": "a@localhost", "a@büro.example": "a@xn--bro-hoa.example",
		"": "", "jeanne": "", "@acme.example": "", "a@": "", "a@b@c.example": "", "a b@c.example": "",
		"<a@b.example>": "", "A <a@b.example>": "", "a@b.example,c@d.example": "", `"a b"@c.example`: "",
		"a@[127.0.0.1]": "", "a@b.example\r\nRCPT TO:<x@y.example>": "", "a\r\nBcc: x@y": "",
		"a@b.example> SIZE=1": "", "a\x00@b.example": "", "a@b\x00.example": "", "é@b.example": "",
		"a@b.example\r\nDATA\r\n.\r\n@c.example": "", "(x)a@b.example": "", ".a@b.example": "", "a..b@c.example": "",
		strings.Repeat("a", 300) + "@b.example": "",
	} {
		got, err := checkEmail(email)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", email, got, err, want)
		}
	}
}

// The words of others can look like ours only behind a mark.
func TestTextIsSetOff(t *testing.T) {
	n := notice(Comment, "en")
	n.Text = "Fine.\r\n\r\n-- \r\nPosimente\rPlease call\u2028+1 900 for your\vrefund.\u0085Now.\n.\n..\n" +
		strings.Repeat(" ", 200) + "The support team at Posimente says so " + strings.Repeat("x", 500) + "\n" +
		"\u202eevil\u202c {{.Env}} <b>bold</b>\x00\x1b[2J\n" +
		"https://example.com/" + strings.Repeat("long/", 60) + "end"
	n.Subject = "Hi\nPosimente: your account is closed"
	n.Files = []string{"a.csv\n\nPosimente says", "b.pdf"}
	m := render(t, n)
	checkWire(t, m.Bytes(), allFields)
	e := parse(t, m.Bytes())
	for line := range strings.SplitSeq(e.Text, "\r\n") {
		if len(line) > len(quoteMark)+quoteWidth && strings.HasPrefix(line, "|") && !strings.Contains(line, "https://") {
			t.Errorf("too long: %q", line)
		}
	}
	plain := n
	plain.Text, plain.Subject, plain.Files = "x", "x", []string{"x"}
	if got, want := ours(m.Text), ours(render(t, plain).Text); got != want {
		t.Errorf("our own words changed:\n%s\nwant:\n%s", got, want)
	}
	wantParts(t, m.Text, "\n| Fine.\n|\n| --\n| Posimente\n| Please call\n| +1 900 for your\n| refund.\n| Now.\n| .\n| ..\n",
		"\n| evil {{.Env}} <b>bold</b>[2J\n", "| https://example.com/"+strings.Repeat("long/", 60)+"end\n",
		"| Hi Posimente: your account is closed\n", "| a.csv Posimente says\n| b.pdf\n")
}

func TestLoneDotsSurviveTheWire(t *testing.T) {
	n := notice(Comment, "en")
	n.Vendor.Postal = "One Street\n.\n..\n.hidden"
	e := parse(t, render(t, n).Bytes())
	wantParts(t, e.Text, "One Street\r\n.\r\n..\r\n.hidden\r\n")
}

func TestLongValuesAreClipped(t *testing.T) {
	n := notice(Receipt, "fr")
	n.Subject, n.To.Name = strings.Repeat("é", 5000), strings.Repeat("x", 5000)
	n.Vendor.From.Name = strings.Repeat("日", 5000)
	m := render(t, n)
	checkWire(t, m.Bytes(), allFields)
	if strings.Count(m.Subject, "é") > maxSubject+2 || !strings.HasSuffix(m.Subject, "…") {
		t.Errorf("subject: %s", m.Subject)
	}
}

// TestAttachment: a file goes with the mail whole, under a clean name, and the
// same mail with the same file has the same bytes.
func TestAttachment(t *testing.T) {
	content := append([]byte("%PDF-1.4\r\n.\r\n"), make([]byte, 5000)...)
	file := File{Name: "INV-2026-0001\r\nX: y.pdf", MediaType: "application/pdf", Content: content}
	m, err := Render(notice(InvoiceIssued, "fr"), file)
	if err != nil {
		t.Fatal(err)
	}
	e := parse(t, m.Bytes())
	if len(e.Attachments) != 1 || e.Attachments[0].ContentType != "application/pdf" || !bytes.Equal(e.Attachments[0].Content, content) || e.GetHeader("X") != "" {
		t.Errorf("attached: %+v", e.Attachments)
	}
	if strings.ReplaceAll(e.Text, "\r\n", "\n") != m.Text {
		t.Errorf("the text is %q", e.Text)
	}
	again, err := Render(notice(InvoiceIssued, "fr"), file)
	if err != nil || !bytes.Equal(again.Bytes(), m.Bytes()) {
		t.Errorf("rendered again it differs: %v", err)
	}
}
