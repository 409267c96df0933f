package mail

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Abuse case B18: whatever a field holds, the header stays ours.
var hostile = []string{
	"x\r\nBcc: all@corp.example\r\n\r\n<body>", "x\nBcc: all@corp.example\n\nbody", "x\rBcc: all@corp.example\r\rbody",
	"x\x00Bcc: y", "x\r\n\tBcc: y", "x\r\n .\r\nMAIL FROM:<a@b.example>", "\r\n.\r\n", "\n.\n", "\r.\r",
	"=?utf-8?q?x=0D=0ABcc:_all@corp.example?=", "=?utf-8?b?eA0KQmNjOiBhQGIuYw==?=", "=\r?utf-8?q?x?=", "==??=?",
	"x%0d%0aBcc: y", "x\\r\\nBcc: y", "x\u0085Bcc: y", "x\u2028Bcc: y", "x\u2029Bcc: y", "x\v\fBcc: y",
	"\u202egnp.exe\u202c", "\u2066\u2069\u200f\u200e\u061c", "\xff\xfe\xc0\xaf", "嘊嘍Bcc: y", "\x1b[31mred", "\x7f\u0080",
	`"quoted" <a@b.example>, c@d.example`, "(comment) ; , : < > @ [ ] \\", "{{.Vendor}}{{template \"footer\" .}}",
	strings.Repeat("a", 3000), strings.Repeat("é ", 3000), "", " ", "\t", "x\u00a0y",
}

func hostileNotice(kind Kind, locale, name, subject, text, other string) Notice {
	n := notice(kind, locale)
	n.To.Name, n.Vendor.From.Name, n.Subject, n.Text = name, name, subject, text
	n.Vendor.Name, n.Vendor.Phone, n.Vendor.Postal = "V"+other, other, other
	n.Vendor.PrivacyURL, n.TimeZone = other, other
	n.Number = "PX-1" + other
	n.Actor, n.Organization, n.OnBehalfOf = name, other, other
	n.Files = []string{other, name}
	return n
}

func TestHeaderInjection(t *testing.T) {
	for _, h := range hostile {
		for _, kind := range Kinds {
			n := hostileNotice(kind, "fr", h, h, h, h)
			m := render(t, n)
			checkWire(t, m.Bytes(), allFields)
			about := "[PX-1"
			if kind.account() {
				about = "[V"
			}
			if strings.Contains(m.Subject, "\n") || !strings.HasPrefix(m.Subject, about) {
				t.Errorf("%q: subject %q", h, m.Subject)
			}
			if e := parse(t, m.Bytes()); e.Text != strings.ReplaceAll(m.Text, "\n", "\r\n") {
				t.Errorf("%q: the text changed on the wire", h)
			}
		}
		for spoil, set := range map[string]func(*Notice){
			"to":         func(n *Notice) { n.To.Email = h },
			"from":       func(n *Notice) { n.Vendor.From.Email = h },
			"reply to":   func(n *Notice) { n.Vendor.ReplyTo = h },
			"message id": func(n *Notice) { n.MessageID = h },
			"thread":     func(n *Notice) { n.Thread = h },
			"url":        func(n *Notice) { n.URL = h },
			"secret url": func(n *Notice) { n.SecretURL = h },
		} {
			n := notice(Receipt, "en")
			set(&n)
			optional := h == "" && (spoil == "reply to" || spoil == "thread" || strings.HasSuffix(spoil, "url"))
			if _, err := Render(n); (err == nil) != optional {
				t.Errorf("%s = %q: %v", spoil, h, err)
			}
		}
	}
}

func TestInjectedSubjectKeepsItsWords(t *testing.T) {
	n := notice(Receipt, "en")
	n.Subject = "x\r\nBcc: all@corp.example"
	if got := parse(t, render(t, n).Bytes()).GetHeader("Subject"); got != "[PX-2026-000123] We received your request: x Bcc: all@corp.example" {
		t.Error(got)
	}
}

func FuzzRender(f *testing.F) {
	for i, h := range hostile {
		f.Add(h, h, h, h, h, i%len(Kinds), i%2 == 0)
	}
	f.Fuzz(func(t *testing.T, name, subject, text, other, email string, kind int, inFrench bool) {
		tag := "en"
		if inFrench {
			tag = "fr"
		}
		n := hostileNotice(Kinds[(kind%len(Kinds)+len(Kinds))%len(Kinds)], tag, name, subject, text, other)
		m := render(t, n)
		checkWire(t, m.Bytes(), allFields)
		n.To.Email = email
		if m, err := Render(n); err == nil {
			checkWire(t, m.Bytes(), allFields)
		}
	})
}

func TestRenderHoldsForAnyText(t *testing.T) {
	anything := rapid.OneOf(rapid.String(), rapid.SampledFrom(hostile),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
		rapid.StringOf(rapid.SampledFrom([]rune("\r\n\x00\t .:;=?<>@,\"\\|é\u202e\u2028日a"))))
	rapid.Check(t, func(rt *rapid.T) {
		text, subject := anything.Draw(rt, "text"), anything.Draw(rt, "subject")
		kind := rapid.SampledFrom(Kinds).Draw(rt, "kind")
		n := hostileNotice(kind, "en", anything.Draw(rt, "name"), subject, text, "")
		m := render(t, n)
		checkWire(t, m.Bytes(), allFields)
		if !slices.Equal(m.Bytes(), render(t, n).Bytes()) {
			rt.Fatal("bytes differ")
		}
		// Text and subject never add a line of ours: at most they are shown or absent.
		n.Text, n.Subject = "x", "x"
		allowed := map[string]bool{}
		for line := range strings.SplitSeq(ours(render(t, n).Text), "\n") {
			allowed[line] = true
		}
		for line := range strings.SplitSeq(ours(m.Text), "\n") {
			if !allowed[line] {
				rt.Fatalf("foreign line %q in\n%s", line, m.Text)
			}
		}
		if t.Failed() {
			rt.FailNow()
		}
	})
}

func TestQuoteMarksEveryLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("ab \n\r\t日\u00a0\u2028\u0085"))).Draw(t, "text")
		quoted := quote(text)
		if quoted == "" {
			return
		}
		for line := range strings.SplitSeq(quoted, "\n") {
			columns := 0
			for _, r := range line {
				columns += columnsOf(r)
			}
			if !strings.HasPrefix(line, "|") || columns > quoteWidth+len(quoteMark) {
				t.Fatalf("%q gives %q", text, line)
			}
		}
	})
}
