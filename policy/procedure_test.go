package policy_test

import (
	"slices"
	"testing"

	"github.com/casepath/casepath/policy"
)

// TestProceduresHoldTogether: each step is reached from the first and leads to
// an end, nobody is named twice, and every way has its two ends.
func TestProceduresHoldTogether(t *testing.T) {
	for _, name := range policy.BuiltIns() {
		p := pack(t, name)
		on := []string{"registration"}
		on = append(on, paths(p)...)
		var drawn []string
		for _, procedure := range p.Procedures() {
			drawn = append(drawn, procedure.Path)
			whole(t, name, procedure)
		}
		if !slices.Equal(drawn, on) {
			t.Errorf("%s: drawn %v, switched on %v", name, drawn, on)
		}
	}
}

// TestLadderDrawn: the ladder goes from the complaint rung by rung, each with its
// limit, and a missed promise pulls it where the pack says so.
func TestLadderDrawn(t *testing.T) {
	p := pack(t, "advendio")
	p.Ladders[0].OnBreach = []string{"first_response"}
	all := p.LadderProcedures()
	if len(all) != 1 {
		t.Fatalf("%d ladders", len(all))
	}
	var codes []string
	for _, s := range all[0].Steps {
		codes = append(codes, s.Code)
		if s.Label.In("fr") == "" || s.Actor.In("fr") == "" || s.Waits && s.Note.In("en") == "" {
			t.Errorf("%s lacks words", s.Code)
		}
	}
	if !slices.Equal(codes, []string{"complain", "miss", "rung_1", "rung_2", "rung_3", "resolve", "withdraw"}) {
		t.Errorf("steps %v", codes)
	}
	for _, w := range all[0].Ways {
		if all[0].Index(w.From) < 0 || all[0].Index(w.To) < 0 {
			t.Errorf("a way from %s to %s", w.From, w.To)
		}
	}
}

func whole(t *testing.T, name string, p policy.Procedure) {
	t.Helper()
	at := name + ", " + p.Path
	codes := map[string]bool{}
	for _, s := range p.Steps {
		if codes[s.Code] {
			t.Errorf("%s: %s stands twice", at, s.Code)
		}
		codes[s.Code] = true
		if s.Label["en"] == "" || s.Label["fr"] == "" || s.Who == "" || s.Actor.In("en") == "" {
			t.Errorf("%s: %s lacks words", at, s.Code)
		}
	}
	reached, ends := map[string]bool{p.Steps[0].Code: true}, map[string]bool{}
	for range p.Steps {
		for _, w := range p.Ways {
			if !codes[w.From] || !codes[w.To] || w.From == w.To {
				t.Errorf("%s: a way from %s to %s", at, w.From, w.To)
			}
			reached[w.To] = reached[w.To] || reached[w.From]
		}
	}
	for _, s := range slices.Backward(p.Steps) {
		ways := p.Next(s.Code)
		ends[s.Code] = !slices.ContainsFunc(ways, func(w policy.Way) bool { return p.Index(w.To) > p.Index(w.From) })
		for _, w := range ways {
			ends[s.Code] = ends[s.Code] || ends[w.To]
		}
		if count(ways) > 1 {
			t.Errorf("%s: %s leads to several steps without a condition", at, s.Code)
		}
		if !reached[s.Code] || !ends[s.Code] {
			t.Errorf("%s: %s is reached: %v, comes to an end: %v", at, s.Code, reached[s.Code], ends[s.Code])
		}
		if s.Waits && len(ways) == 0 {
			t.Errorf("%s: %s waits for ever", at, s.Code)
		}
	}
}

func count(ways []policy.Way) (n int) {
	for _, w := range ways {
		if w.When == nil {
			n++
		}
	}
	return n
}

// way finds the condition of a way; none, "no way".
func way(p *policy.Pack, path, from, to string) string {
	procedure, on := p.Procedure(path)
	if !on {
		return "no path"
	}
	for _, w := range procedure.Next(from) {
		if w.To == to {
			return w.When.In("en")
		}
	}
	return "no way"
}

// TestOptionsChangeTheSteps: what a pack switches is drawn.
func TestOptionsChangeTheSteps(t *testing.T) {
	posimente, prim := pack(t, "posimente"), pack(t, "primlogix")
	interfacing, athento := pack(t, "interfacing"), pack(t, "athento")
	steps := func(p *policy.Pack, path string) (codes []string) {
		procedure, _ := p.Procedure(path)
		for _, s := range procedure.Steps {
			codes = append(codes, s.Code)
		}
		return codes
	}
	facts{
		"PRIM Logix closes with the answer":          {way(prim, "answer", "answer", "close"), "at once"},
		"Interfacing's assignee closes":              {way(interfacing, "answer", "answer", "close"), "the assignee closes it"},
		"Athento's closes by itself, too":            {way(athento, "answer", "answer", "close"), "the assignee closes it, or after 7 days"},
		"a closed ticket is reopened":                {way(athento, "answer", "close", "work"), "the requester reopens it within 14 days"},
		"PRIM Logix: cost by notice":                 {slices.Contains(steps(prim, "service_request"), "notice"), true},
		"a declined estimate is billed":              {way(prim, "service_request", "estimate_decision", "bill"), "declined, and the estimate is billed"},
		"adjustments go back to work":                {way(prim, "service_request", "validate", "work"), "adjustments are asked for"},
		"service request from triage to its end":     {steps(prim, "service_request"), []string{"triage", "notice", "service_request", "estimate", "estimate_decision", "work", "ask", "validate", "bill", "close"}},
		"a defect's version ships later":             {way(prim, "defect", "ship", "verify"), ""},
		"a failed verification goes back to QA":      {way(prim, "defect", "verify", "qa_check"), "it still fails, and the ticket reopens"},
		"features: invoice before work":              {way(posimente, "feature_request", "invoice", "work"), ""},
		"features: not interested, nothing billed":   {way(posimente, "feature_request", "interest", "close"), "not interested or no answer, and nothing is billed"},
		"features: a declined quote is not billed":   {way(posimente, "feature_request", "approve", "close"), "declined or expired"},
		"out of scope: partner or quote":             {[]string{way(posimente, "out_of_scope", "choose", "partner"), way(posimente, "out_of_scope", "choose", "quote")}, []string{"their partner helps", "a quote for paid support, agreeing to the rate"}},
		"PRIM Logix: help, super-user, form, ticket": {steps(prim, "registration"), []string{"help", "fill_in", "super_user", "check", "incomplete", "register", "refuse", "expire", "solved"}},
		"Athento: authorized contacts":               {way(athento, "registration", "check", "refuse"), "no authorized contact, or the channel is not in the plan"},
		"paths that are off are not drawn":           {way(athento, "training", "triage", "contact"), "no path"},
	}.hold(t)
}

// TestWorkWhenPaid: the invoice is paid before work is done.
func TestWorkWhenPaid(t *testing.T) {
	p := pack(t, "posimente")
	for _, path := range []string{"feature_request", "out_of_scope"} {
		of := p.Paths[path]
		of.WorkWhenPaid, of.BillDeclined = true, true
		p.Paths[path] = of
		if way(p, path, "invoice", "pay") != "" || way(p, path, "pay", "work") != "" || way(p, path, "approve", "bill_estimate") == "no way" {
			t.Errorf("%s: work does not wait for the payment, or the declined estimate is free", path)
		}
		procedure, _ := p.Procedure(path)
		whole(t, "posimente", procedure)
	}
	p = pack(t, "primlogix")
	for _, change := range []func(*policy.Path){
		func(of *policy.Path) { of.WorkWhenPaid = true },
		func(of *policy.Path) { of.Consent, of.BillDeclined = "notice", true },
		func(of *policy.Path) { of.Consent = ""; of.AcceptAfter = &policy.Amount{Days: 5} },
	} {
		of := p.Paths["customization"]
		change(&of)
		p.Paths["customization"] = of
		procedure, _ := p.Procedure("customization")
		whole(t, "primlogix", procedure)
	}
}
