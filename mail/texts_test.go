package mail

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCatalogsAreComplete(t *testing.T) {
	names := func(loc *locale) (out []string) {
		for _, text := range loc.texts.Templates() {
			if text.Name() != loc.tag { // the file itself
				out = append(out, text.Name())
			}
		}
		slices.Sort(out)
		return out
	}
	if en, fr := names(english), names(french); !slices.Equal(en, fr) {
		t.Errorf("keys differ:\n%v\n%v", en, fr)
	}
	for _, loc := range locales {
		for _, kind := range Kinds {
			for _, part := range []string{".subject", ".body"} {
				if loc.texts.Lookup(string(kind)+part) == nil {
					t.Errorf("%s lacks %s%s", loc.tag, kind, part)
				}
			}
		}
	}
}

// Every kind in both languages, with everything and with next to nothing.
func TestEveryKind(t *testing.T) {
	for _, kind := range Kinds {
		for _, loc := range locales {
			full := notice(kind, loc.tag)
			bare := Notice{
				Kind: kind, Locale: loc.tag, To: Address{Email: "a@b.example"},
				Vendor:    Vendor{Name: "V", From: Address{Email: "v@b.example"}},
				MessageID: "1@b.example", At: full.At, Number: "PX-1",
			}
			for _, n := range []Notice{full, bare} {
				m := render(t, n)
				text := m.Text
				about := n.Number
				if kind.account() {
					about = n.Vendor.Name
				}
				if !strings.HasPrefix(m.Subject, "["+about+"] ") {
					t.Errorf("%s %s: subject %q", kind, loc.tag, m.Subject)
				}
				if strings.Contains(text, "\n\n\n") || strings.Contains(text, "<no value>") ||
					strings.Contains(text, "  ") || strings.Contains(text, " .") || strings.Contains(text, "()") {
					t.Errorf("%s %s: untidy:\n%s", kind, loc.tag, text)
				}
				wantParts(t, text, "\n\n-- \n"+n.Vendor.Name+"\n")
				if !kind.account() {
					wantParts(t, text, n.Number)
				}
			}
			if !kind.account() {
				wantParts(t, render(t, full).Text, full.URL, "| Labels print twice\n")
			}
			wantParts(t, render(t, full).Text, "Jeanne Martin,\n",
				"+61 3 9000 0000\n1 Collins Street\nMelbourne VIC 3000\n", "https://posimente.example/privacy\n")
			t.Log("\n" + render(t, full).Subject + "\n\n" + render(t, full).Text)
		}
	}
}

func TestEnglishSentences(t *testing.T) {
	for kind, parts := range map[Kind][]string{
		Receipt: {
			"Hello Jeanne Martin,", "Its ticket number is PX-2026-000123.", "it is the proof that your request arrived",
			"The support team at Posimente will read it. Somebody there will take it up by " +
				"Monday 23 November 2026, 10:00 (Europe/Berlin) at the latest.",
			"You registered it on behalf of Acme", "| labels.csv\n| screen.png\n",
			"If you did not send this request, please tell us at once: +61 3 9000 0000, tickets@posimente.example",
			"Phone: +61 3 9000 0000", "Privacy: https://posimente.example/privacy",
		},
		ReceiptOnBehalf: {
			"Paul Roy of Groupe Nord registered this on your behalf (for Acme).",
			"it is the proof that the request arrived", "by Monday 23 November 2026, 10:00 (Europe/Berlin) at the latest",
		},
		InformationRequested: {"The ticket waits for your answer.", "Paul Roy wrote:\n| First line.\n| Second line.\n", "Please answer here:\nhttps://"},
		Answer:               {"Here is the answer to your request.", "| First line.", "you can reopen the ticket until Tuesday 1 December 2026, 17:30 (Europe/Berlin)"},
		Comment:              {"There is a new comment", "Paul Roy wrote:\n| First line."},
		Closed:               {"Paul Roy closed your request.", "until Tuesday 1 December 2026, 17:30 (Europe/Berlin)"},
		Assigned:             {"Paul Roy assigned this ticket to you."},
		InformationGiven:     {"Paul Roy of Groupe Nord gave the information that was asked for.", "| Second line."},
		Reopened:             {"Paul Roy of Groupe Nord reopened the ticket."},
		Withdrawn:            {"Paul Roy of Groupe Nord withdrew the request."},
		AuthorityAsked: {
			"Posimente has to enter a system of Acme", "The system:\n| Salesforce org 00D5g000004XYZ1\n", "What may be done there: look at it, change its configuration.",
			"| Objects Case and Account.", "It is wanted until Tuesday 15 December 2026, 23:59 (Europe/Berlin).", "for a signatory of Acme to answer",
			"complete or decline it here:\nhttps://",
		},
		AuthorityCompleted: {"Paul Roy of Groupe Nord has completed an access authority for Acme.", "It is good until Tuesday 15 December 2026, 23:59", "On this ground:\n| First line."},
		AuthorityDeclined:  {"Paul Roy of Groupe Nord has declined an access authority for Acme. Nobody at Posimente may enter", "Paul Roy wrote:\n| First line."},
		AuthorityRevoked:   {"Paul Roy of Groupe Nord has taken back an access authority of Acme.", "Paul Roy wrote:\n| First line."},
		ServiceDates: {
			"These replace those before:", "Tuesday 8 December 2026, 15:00 (Europe/Berlin), 3" + nbsp + "h" + nbsp + "30" + nbsp + "min\n| Room 4, Montréal\n",
			"Wednesday 9 December 2026, 15:00 (Europe/Berlin), 45" + nbsp + "min\n| https://meet.example/4\n", "Paul Roy wrote:\n| First line.",
		},
		ClockWarning: {"The first response that was promised on this ticket is due by Monday 23 November 2026, 10:00 (Europe/Berlin).", "| Groupe Nord\n"},
		ClockBreach: {
			"The first response that was promised on this ticket was missed: it was due by Monday 23 November 2026, 10:00 (Europe/Berlin).",
			"You read this late:", "Nobody has the ticket:", "| Groupe Nord\n",
		},
	} {
		wantParts(t, render(t, notice(kind, "en")).Text, parts...)
	}
}

func TestFrenchSentences(t *testing.T) {
	due := "lundi 23 novembre 2026 à 10" + nbsp + "h" + nbsp + "00 (Europe/Berlin)"
	until := "mardi 1er décembre 2026 à 17" + nbsp + "h" + nbsp + "30 (Europe/Berlin)"
	for kind, parts := range map[Kind][]string{
		Receipt: {
			"Bonjour Jeanne Martin,", "Le numéro du billet est PX-2026-000123.",
			"il prouve que votre demande nous est parvenue",
			"Chez Posimente, l’équipe d’assistance la lira. Quelqu’un la prendra en charge au plus tard le " + due + ".",
			"au nom du client «" + nbsp + "Acme" + nbsp + "»", "Fichiers joints" + nbsp + ":\n| labels.csv",
			"Si vous n’avez pas envoyé cette demande, prévenez-nous sans attendre" + nbsp + ": +61 3 9000 0000",
			"Téléphone" + nbsp + ": ", "Confidentialité" + nbsp + ": ",
		},
		ReceiptOnBehalf: {"Paul Roy (Groupe Nord) a enregistré cette demande en votre nom (pour Acme).", due},
		InformationRequested: {
			"Le billet attend votre réponse.", "Paul Roy a écrit" + nbsp + ":\n| First line.",
			"Merci de répondre ici" + nbsp + ":\nhttps://",
		},
		Answer:           {"Voici la réponse à votre demande.", "jusqu’au " + until},
		Comment:          {"Il y a un nouveau commentaire"},
		Closed:           {"Paul Roy a clos votre demande.", "la rouvrir jusqu’au " + until + nbsp + "; le même billet"},
		Assigned:         {"Paul Roy vous a assigné ce billet."},
		InformationGiven: {"Paul Roy (Groupe Nord) a donné le renseignement demandé."},
		Reopened:         {"Paul Roy (Groupe Nord) a rouvert le billet."},
		Withdrawn:        {"Paul Roy (Groupe Nord) a retiré la demande."},
		ServiceDates: {
			"Celles-ci remplacent les précédentes" + nbsp + ":", "mardi 8 décembre 2026 à 15" + nbsp + "h" + nbsp + "00 (Europe/Berlin), 3" + nbsp + "h" + nbsp + "30" + nbsp + "min\n| Room 4, Montréal\n",
		},
		AuthorityAsked: {
			"Posimente doit accéder à un système du client «" + nbsp + "Acme" + nbsp + "»", "Le système" + nbsp + ":\n| Salesforce org 00D5g000004XYZ1\n",
			"Ce qui peut y être fait" + nbsp + ": le consulter, modifier sa configuration.",
		},
		AuthorityCompleted: {"Paul Roy (Groupe Nord) a accordé une autorisation d’accès au nom du client", "valable jusqu’au mardi 15 décembre 2026"},
		AuthorityDeclined:  {"Paul Roy (Groupe Nord) a refusé une autorisation d’accès"},
		AuthorityRevoked:   {"Paul Roy (Groupe Nord) a révoqué une autorisation d’accès"},
		ClockWarning:       {"arrive à échéance" + nbsp + ": première réponse, au plus tard le " + due + ".", "| Groupe Nord\n"},
		ClockBreach: {
			"n’est pas tenue" + nbsp + ": première réponse, au plus tard le " + due + ".", "Vous le lisez en retard" + nbsp + ":",
			"Personne n’a ce billet" + nbsp + ":",
		},
	} {
		wantParts(t, render(t, notice(kind, "fr-CA")).Text, parts...)
	}
	m := render(t, notice(Receipt, "fr-CA"))
	if want := "[PX-2026-000123] Nous avons reçu votre demande" + nbsp + ": Labels print twice"; m.Subject != want ||
		parse(t, m.Bytes()).GetHeader("Subject") != want {
		t.Errorf("subject %q", m.Subject)
	}
}

// Typography is for our words: a customer's spaces stay as they were typed.
func TestFrenchTypography(t *testing.T) {
	address := regexp.MustCompile(`https?://\S+`)
	bad := regexp.MustCompile(`[^` + nbsp + `][:;?!»]|«[^` + nbsp + `]|'`)
	for _, kind := range Kinds {
		n := notice(kind, "fr")
		n.Text, n.Subject = "Vraiment ? Oui !", "Erreur : pourquoi ?"
		m := render(t, n)
		if hit := bad.FindString(address.ReplaceAllString(ours(m.Text), "")); hit != "" {
			t.Errorf("%s: %q in\n%s", kind, hit, m.Text)
		}
		if kind.account() {
			continue // says nothing of a ticket
		}
		wantParts(t, m.Text, "| Erreur : pourquoi ?\n")
		if !strings.HasSuffix(m.Subject, nbsp+": Erreur : pourquoi ?") {
			t.Errorf("%s: %q", kind, m.Subject)
		}
	}
}

func TestLocales(t *testing.T) {
	for tag, want := range map[string]string{
		"en": "en", "en-AU": "en", "en-CA": "en", "fr": "fr", "fr-CA": "fr", "fr-FR": "fr", "FR-ca": "fr",
		"": "en", "de": "en", "es": "en", "zh-Hant": "en", "xx": "en", "fr\r\nX: y": "en", "%": "en",
	} {
		if got := localeFor(tag).tag; got != want {
			t.Errorf("%q: %s, want %s", tag, got, want)
		}
	}
}

func TestDates(t *testing.T) {
	instant := *at("2026-10-25T01:30:00Z") // after the clocks went back in Berlin
	for name, want := range map[string][2]string{
		"Europe/Berlin":   {"Sunday 25 October 2026, 02:30 (Europe/Berlin)", "dimanche 25 octobre 2026 à 2_h_30 (Europe/Berlin)"},
		"America/Toronto": {"Saturday 24 October 2026, 21:30 (America/Toronto)", "samedi 24 octobre 2026 à 21_h_30 (America/Toronto)"},
		"":                {"Sunday 25 October 2026, 01:30 (UTC)", "dimanche 25 octobre 2026 à 1_h_30 (UTC)"},
		"Local":           {"Sunday 25 October 2026, 01:30 (UTC)", "dimanche 25 octobre 2026 à 1_h_30 (UTC)"},
		"../etc/passwd":   {"Sunday 25 October 2026, 01:30 (UTC)", "dimanche 25 octobre 2026 à 1_h_30 (UTC)"},
		"Mars/Olympus":    {"Sunday 25 October 2026, 01:30 (UTC)", "dimanche 25 octobre 2026 à 1_h_30 (UTC)"},
	} {
		if got := englishDate(instant.In(zone(name))); got != want[0] {
			t.Errorf("%s: %s", name, got)
		}
		if got := frenchDate(instant.In(zone(name))); got != strings.ReplaceAll(want[1], "_", nbsp) {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := frenchDate(time.Date(2027, 8, 1, 0, 5, 0, 0, time.UTC)); got != "dimanche 1er août 2027 à 0"+nbsp+"h"+nbsp+"05 (UTC)" {
		t.Error(got)
	}
}

// What an invitation asks its reader to mark as known is what their mail
// program sees as the sender: the address alone.
func TestInvitationNamesItsSender(t *testing.T) {
	for _, loc := range locales {
		n := notice(Invitation, loc.tag)
		n.Vendor.Phone, n.Vendor.ReplyTo = "1 844-849-7746", "answers@b.example"
		for line := range strings.SplitSeq(render(t, n).Text, "\n") {
			if strings.Contains(line, "junk") || strings.Contains(line, "indésirables") {
				if !strings.Contains(line, " "+n.Vendor.From.Email+" ") || strings.Contains(line, n.Vendor.Phone) {
					t.Errorf("%s: %s", loc.tag, line)
				}
			}
		}
	}
}

func TestWhoAnswersForTheAbsent(t *testing.T) {
	for locale, part := range map[string]string{
		"en": "Agnes Noor has the ticket and is absent: please see who can take it.",
		"fr": "Agnes Noor, à qui ce billet est confié, est en absence",
	} {
		n := notice(ClockWarning, locale)
		n.Unassigned, n.Absent = false, "Agnes Noor"
		wantParts(t, render(t, n).Text, part)
	}
}

// The next version of a quote says so where the mails are listed, and that it
// takes the place of the one before; taxes are said of a quote that has some.
func TestNextVersionOfAQuote(t *testing.T) {
	n := notice(ServiceOffered, "en")
	n.Service = &Service{Number: "SR-1", Path: "customization", Quote: "QUO-1", Version: 2, Total: "1200", Currency: "CAD"}
	m := render(t, n)
	if !strings.Contains(m.Subject, "Quote QUO-1, version 2, to decide on") {
		t.Errorf("subject %q", m.Subject)
	}
	wantParts(t, m.Text, "1,200.00\u00a0CAD. It replaces the version before.")
	n.Service.Version, n.Service.Taxed = 1, true
	first := render(t, n)
	wantParts(t, first.Text, "1,200.00\u00a0CAD with taxes.")
	if strings.Contains(first.Subject, "version") || strings.Contains(first.Text, "replaces") {
		t.Errorf("the first version replaces none: %q\n%s", first.Subject, first.Text)
	}
}
