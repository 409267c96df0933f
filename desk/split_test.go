package desk_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

func uploaded(t *testing.T, h *stack.House, who, name string) uuid.UUID {
	t.Helper()
	f, err := h.Desk.Upload(as(t, h, "athento", who), "", name, strings.NewReader("content of "+name))
	if err != nil {
		t.Fatal(err)
	}
	return f.ID
}

func commented(t *testing.T, h *stack.House, who, number, text string, files ...uuid.UUID) uuid.UUID {
	t.Helper()
	v, err := h.Desk.Comment(as(t, h, "athento", who), "", number, text, files)
	if err != nil {
		t.Fatal(err)
	}
	return v.ID
}

// said are the comments somebody reads on a ticket.
func said(t *testing.T, h *stack.House, who, number string) (texts []string) {
	t.Helper()
	list, _, err := h.Desk.LatestComments(as(t, h, "athento", who), number, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		texts = append(texts, c.Body)
	}
	return texts
}

// TestSplit: chosen comments and files move as they are to a ticket with clocks
// of its own; the customer hears of it once and never of a note.
func TestSplit(t *testing.T) {
	t.Parallel()
	h, contract := merging(t, "")
	agent := as(t, h, "athento", "agent")
	file, other := uploaded(t, h, "jeanne", "first.txt"), uploaded(t, h, "jeanne", "second.txt")
	v, err := h.Desk.Register(as(t, h, "athento", "jeanne"), "", desk.Registration{
		Type: "question", Severity: "medium", Title: "Two things at once", Body: "Versions, and printing.", Channel: "api", Files: []uuid.UUID{file, other},
	})
	if err != nil {
		t.Fatal(err)
	}
	number := v.Row.Number
	if _, err := h.Desk.AddWatcher(agent, number, desk.NewWatcher{Email: "super@athento.example"}); err != nil {
		t.Fatal(err)
	}
	stays, moves := commented(t, h, "jeanne", number, "About versions"), commented(t, h, "jeanne", number, "About printing", uploaded(t, h, "jeanne", "print.txt"))
	note, err := h.Desk.Note(agent, "", number, "The canary sings of their unpaid invoices all the day", nil)
	if err != nil {
		t.Fatal(err)
	}
	before := read(t, h, "agent", number).Row
	in := desk.SplitInput{Title: "Printing stops", Type: "question", Severity: "low", Text: "Printing, by itself.", Comments: []uuid.UUID{note.ID, moves}, Files: []uuid.UUID{other}}
	var made desk.TicketView
	for range 2 {
		if made, err = h.Desk.Split(agent, "s", number, in); err != nil {
			t.Fatal(err)
		}
	}
	row := made.Row
	if row.Number == number || row.RequesterID != before.RequesterID || row.OrganizationID != before.OrganizationID || row.Title != "Printing stops" || row.State != ticket.Registered {
		t.Errorf("%+v", row)
	}
	if len(row.Clocks) == 0 || !row.RegisteredAt.After(before.RegisteredAt) || fmt.Sprint(row.Watchers) != fmt.Sprint(before.Watchers) {
		t.Errorf("clocks %+v, watchers %v", row.Clocks, row.Watchers)
	}
	if made.Request.Body != "Separado de "+number+".\n\nPrinting, by itself." || len(made.Files) != 1 || made.Files[0].ID != other {
		t.Errorf("%q, %+v", made.Request.Body, made.Files)
	}
	if after := read(t, h, "agent", number); fmt.Sprint(after.Row.Clocks) != fmt.Sprint(before.Clocks) || after.Row.Version != before.Version || len(after.Links) != 1 || after.Links[0].As != desk.SplitInto {
		t.Errorf("the original is touched: %+v", after.Row)
	}
	for _, c := range []struct {
		who, number string
		want        []string
	}{
		{"jeanne", number, []string{"About versions"}},
		{"agent", number, []string{"About versions"}},
		{"jeanne", row.Number, []string{"About printing"}},
		{"agent", row.Number, []string{"About printing", note.Body}},
	} {
		if got := said(t, h, c.who, c.number); !slices.Equal(got, c.want) {
			t.Errorf("%s reads on %s: %q", c.who, c.number, got)
		}
	}
	stands(t, h, contract.ID, store.Balance{Included: 4, Available: 2, Reserved: 2})
	receiptOfSplit(t, h, number, row.Number)
	refusedSplits(t, h, number, stays, note.ID, file)
}

// receiptOfSplit wants one, naming the original, and no word of a note in any
// mail.
func receiptOfSplit(t *testing.T, h *stack.House, original, number string) {
	t.Helper()
	if _, err := h.Relay.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	receipts := 0
	for _, m := range h.Mail.Messages() {
		if strings.Contains(m.Text, number) && strings.Contains(m.Text, original) && slices.Contains(m.To, "jeanne@athento.example") {
			receipts++
		}
		if strings.Contains(string(m.Raw), "canary") {
			t.Errorf("a note in %s", m.Subject)
		}
	}
	if receipts != 1 {
		t.Errorf("%d receipts of %v", receipts, subjects(h.Mail))
	}
}

func refusedSplits(t *testing.T, h *stack.House, number string, stays, moved, file uuid.UUID) {
	t.Helper()
	agent := as(t, h, "athento", "agent")
	if _, err := h.Desk.Triage(agent, "", number, desk.TriageInput{Reason: "question", Level: 1, Severity: "medium", Path: "answer"}); err != nil {
		t.Fatal(err)
	}
	asked, err := h.Desk.AskInformation(agent, "", number, "Which version?", nil)
	if err != nil {
		t.Fatal(err)
	}
	held, err := h.Desk.Reply(agent, "", number, "It is held", nil)
	if err != nil {
		t.Fatal(err)
	}
	list, _, err := h.Desk.LatestComments(agent, number, 10)
	if err != nil {
		t.Fatal(err)
	}
	var question uuid.UUID
	for _, c := range list {
		if c.Kind == "question" {
			question = c.ID
		}
	}
	for name, c := range map[string]struct {
		change func(*desk.SplitInput)
		want   string
	}{
		"nothing":          {func(in *desk.SplitInput) { in.Comments = nil }, "split_nothing"},
		"a foreign one":    {func(in *desk.SplitInput) { in.Comments = append(in.Comments, uuid.New()) }, "comment_stays"},
		"a moved one":      {func(in *desk.SplitInput) { in.Comments = []uuid.UUID{moved} }, "comment_stays"},
		"a question":       {func(in *desk.SplitInput) { in.Comments = []uuid.UUID{question} }, "comment_stays"},
		"a held one":       {func(in *desk.SplitInput) { in.Comments = []uuid.UUID{held.ID} }, "comment_stays"},
		"an unknown file":  {func(in *desk.SplitInput) { in.Files = []uuid.UUID{file, uuid.New()} }, "files_unknown"},
		"an unknown kind":  {func(in *desk.SplitInput) { in.Type = "x" }, "field_not_a_choice"},
		"a quoted note":    {func(in *desk.SplitInput) { in.Text = "The canary sings of their unpaid invoices all the day" }, "note_quoted"},
		"a title too long": {func(in *desk.SplitInput) { in.Title = strings.Repeat("x", 301) }, "field_too_long"},
	} {
		in := desk.SplitInput{Title: "Another one", Type: "question", Severity: "low", Comments: []uuid.UUID{stays}}
		c.change(&in)
		if _, err := h.Desk.Split(agent, "", number, in); keyOf(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if _, err := h.Desk.Answer(agent, "", number, "The canary sings of their unpaid invoices all the day", nil); keyOf(err) != "note_quoted" {
		t.Errorf("a note of the other is quoted: %v", err)
	}
	if _, err := h.Desk.Withdraw(as(t, h, "athento", "jeanne"), "", asked.Row.Number, ""); err != nil {
		t.Fatal(err)
	}
	in := desk.SplitInput{Title: "Another one", Type: "question", Severity: "low", Comments: []uuid.UUID{stays}}
	if _, err := h.Desk.Split(agent, "", number, in); keyOf(err) != "split_ended" {
		t.Errorf("off a withdrawn one: %v", err)
	}
}

// TestSplitIsTaken: what is split off takes a ticket though none is left, and
// none where the plan gives it back.
func TestSplitIsTaken(t *testing.T) {
	t.Parallel()
	for more, want := range map[string]store.Balance{
		"":        {Included: 4, Available: -1, Reserved: 5},
		", split": {Included: 4, Available: 0, Reserved: 4},
	} {
		h, contract := merging(t, more)
		var number string
		for i := range 4 {
			number = askedBy(t, h, "jeanne", fmt.Sprint("A question, number ", i))
		}
		v, err := h.Desk.Split(as(t, h, "athento", "agent"), "", number, desk.SplitInput{Title: "Another one", Type: "question", Severity: "low", Text: "x"})
		if err != nil {
			t.Fatal(err)
		}
		stands(t, h, contract.ID, want)
		e, err := h.Desk.TicketEntitlement(as(t, h, "athento", "jeanne"), v.Row.Number)
		if err != nil || e.Below != policy.AtZeroOverrun || (e.State == "released") != (more != "") {
			t.Errorf("%s: %+v (%v)", more, e, err)
		}
	}
}

// TestAnyMerging: however tickets are merged, split and set free again, each
// comment is there once, the books sum to zero, and only who is concerned
// watches.
func TestAnyMerging(t *testing.T) {
	t.Parallel()
	h, contract := merging(t, "")
	agent, random := as(t, h, "athento", "agent"), rand.New(rand.NewPCG(11, 7))
	var numbers []string
	comments := 0
	for i := range 5 {
		n := askedBy(t, h, []string{"jeanne", "super"}[i%2], fmt.Sprint("A question, number ", i))
		numbers = append(numbers, n)
		for range 2 {
			commented(t, h, "agent", n, "A word of ours")
			comments++
		}
	}
	for range 60 {
		a, b := numbers[random.IntN(len(numbers))], numbers[random.IntN(len(numbers))]
		var err error
		switch random.IntN(5) {
		case 0, 1:
			_, err = h.Desk.Merge(agent, "", a, b, "x")
		case 2, 3:
			_, err = h.Desk.Unmerge(agent, "", a)
		default:
			list, _, readErr := h.Desk.LatestComments(agent, a, 100)
			if readErr != nil {
				t.Fatal(readErr)
			}
			in := desk.SplitInput{Title: "Another one", Type: "question", Severity: "low", Text: "x"}
			if len(list) > 0 {
				in.Comments = []uuid.UUID{list[random.IntN(len(list))].ID}
			}
			var v desk.TicketView
			if v, err = h.Desk.Split(agent, "", a, in); err == nil {
				numbers = append(numbers, v.Row.Number)
			}
		}
		if err != nil && keyOf(err) == "internal" {
			t.Fatal(err)
		}
	}
	var sum, there, lost, merged, open int
	query(t, h, &sum, `select coalesce(sum(amount), 0) from entitlement_entries`)
	query(t, h, &there, `select count(*) from comments`)
	query(t, h, &lost, `select count(*) from files f join comments c on c.id = f.comment_id where c.ticket_id <> f.ticket_id`)
	query(t, h, &merged, `select count(*) from tickets where state = 'merged'`)
	query(t, h, &open, `select count(*) from tickets where state <> 'merged'`)
	if sum != 0 || there != comments || lost != 0 || merged+open != len(numbers) || merged == 0 {
		t.Errorf("the entries sum to %d, %d of %d comments, %d files lost, %d merged and %d open of %d", sum, there, comments, lost, merged, open, len(numbers))
	}
	stands(t, h, contract.ID, store.Balance{Included: 4, Available: 4 - open, Reserved: open})
	var wrong int
	if query(t, h, &wrong, `select count(*) from ticket_watchers w join tickets t on t.id = w.merged_from where t.merged_into is null`); wrong != 0 {
		t.Errorf("%d watch for what is merged no more", wrong)
	}
	for _, n := range numbers {
		if _, err := h.Desk.Unmerge(agent, "", n); err != nil && keyOf(err) != "action_out_of_order" {
			t.Error(err)
		}
	}
	stands(t, h, contract.ID, store.Balance{Included: 4, Available: 4 - len(numbers), Reserved: len(numbers)})
	if query(t, h, &wrong, `select count(*) from ticket_watchers`); wrong != 0 {
		t.Errorf("%d watch when all is set free", wrong)
	}
}
