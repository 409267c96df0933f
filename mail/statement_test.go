package mail

import (
	"strings"
	"testing"
)

// The whole mail: what its reader sees on Monday.
func TestWeeklyStatement(t *testing.T) {
	m := render(t, notice(WeeklyStatement, "en"))
	const want = `Hello Jeanne Martin,

This is the weekly statement of Acme. Its figures are of Monday 23 November 2026, 08:00 (Europe/Berlin).

OPEN REQUESTS: 33, of which 1 waits for you

PX-2026-000123, waiting for you since Friday 20 November 2026, 15:05 (Europe/Berlin) (Jeanne Martin)
| Labels print twice
What we asked or answered:
| Which printer?
| Which driver?
Service request SR-2026-000007, work done, waiting for your validation
Billable so far: 1_h_30_min

PX-2026-000124, we are working on it since Saturday 21 November 2026, 09:00 (Europe/Berlin)
| Export stops

And 31 more open ones, which the page below lists.

Billable on open requests so far: 2_h_30_min

COMPLETED SINCE Monday 26 October 2026, 08:00 (Europe/Berlin): 1

PX-2026-000100, closed since Monday 2 November 2026, 11:00 (Europe/Berlin)
| Colours
Billable so far: 45_min

Billable on completed requests: 45_min

TICKETS LEFT: 12 of 50, until Thursday 31 December 2026 (contract PX-7)

The same on a page, with who else receives it:
https://support.posimente.example/tickets/PX-2026-000123

You receive it because you are named as a receiver of the weekly statement. To change that, tell us: +61 3 9000 0000, tickets@posimente.example

-- 
`
	if m.Subject != "[Posimente] Weekly statement: 33 open, 1 waiting for you, 1 completed" {
		t.Error(m.Subject)
	}
	wantParts(t, m.Text, strings.ReplaceAll(want, "_", nbsp))
	french := render(t, notice(WeeklyStatement, "fr"))
	wantParts(t, french.Text,
		" EN COURS"+nbsp+": 33, dont 1 en attente de vous\n",
		"Demande de service SR-2026-000007, travail fait, en attente de votre validation\nFacturable à ce jour"+nbsp+": 1"+nbsp+"h"+nbsp+"30"+nbsp+"min\n",
		"BILLETS RESTANTS"+nbsp+": 12 sur 50, jusqu’au jeudi 31 décembre 2026 (contrat PX-7)")
	if french.Subject != "[Posimente] Suivi hebdomadaire"+nbsp+": 33 en cours, 1 en attente de vous, 1 complétée" {
		t.Error(french.Subject)
	}
}

// A week with nothing open and no contract says so and no more.
func TestStatementOfAQuietWeek(t *testing.T) {
	n := notice(WeeklyStatement, "en")
	n.Statement.Open, n.Statement.OpenCount, n.Statement.Yours, n.Statement.OpenMinutes, n.Statement.Tickets = nil, 0, 0, 0, nil
	text := render(t, n).Text
	wantParts(t, text, "OPEN REQUESTS: none\n\nCOMPLETED SINCE", "Billable on completed requests: 45"+nbsp+"min\n\nThe same on a page")
}
