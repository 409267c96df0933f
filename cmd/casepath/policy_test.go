package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/casepath/casepath/diagram"
	"github.com/casepath/casepath/policy"
)

// changed is a built-in pack in a file of its own, with one place changed.
func changed(t *testing.T, name, from, to string) string {
	t.Helper()
	text, err := policy.BuiltIn(name)
	if err != nil {
		t.Fatal(err)
	}
	other := strings.Replace(string(text), from, to, 1)
	if from != "" && other == string(text) {
		t.Fatalf("%q does not stand in %s", from, name)
	}
	file := filepath.Join(t.TempDir(), name+".yaml")
	if err := os.WriteFile(file, []byte(other), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestPolicyCheck(t *testing.T) {
	whole := changed(t, "posimente", "", "")
	broken := changed(t, "posimente", "default_plan: licence", "default_plan: gold\ncolour: red")
	twice := changed(t, "athento", "  may_exclude: [bad_registration", "  may_exclude: [rain, bad_registration")
	var out bytes.Buffer
	if err := checkPacks(&out, []string{whole, "athento"}); err != nil || !regexp.MustCompile(`^\S+/posimente\.yaml: whole, version [0-9a-f]{12}\nathento: whole, version [0-9a-f]{12}\n$`).MatchString(out.String()) {
		t.Errorf("%v\n%s", err, &out)
	}
	out.Reset()
	err := checkPacks(&out, []string{broken, twice, whole, "nowhere.yaml"})
	if !errors.Is(err, errSaid) {
		t.Errorf("faults do not fail: %v", err)
	}
	for _, want := range []string{
		`/posimente\.yaml:\d+: "colour" is no key here\n`,
		`/athento\.yaml:\d+: "rain" is not a reason to exclude a breach; they are bad_registration, missing_information\n`,
		`/posimente\.yaml: whole, version`,
		`nowhere\.yaml: there is no such file; there is no built-in pack`,
	} {
		if !regexp.MustCompile(want).MatchString(out.String()) {
			t.Errorf("%s is not said in\n%s", want, &out)
		}
	}
}

func TestPolicyDiff(t *testing.T) {
	faster := changed(t, "posimente", "acknowledge: {high: 1 business day", "acknowledge: {high: 4 business hours")
	var out bytes.Buffer
	if err := diffPacks(&out, "posimente", faster, "en"); !errors.Is(err, errSaid) || out.String() != "plan licence: acknowledge for high: 1 business day → 4 business hours\n" {
		t.Errorf("%v\n%s", err, &out)
	}
	out.Reset()
	if err := diffPacks(&out, faster, changed(t, "posimente", "acknowledge: {high: 1 business day", "acknowledge: {high: 4 business hours"), "en"); err != nil || out.Len() > 0 {
		t.Errorf("the same: %v\n%s", err, &out)
	}
	if err := diffPacks(&out, "posimente", changed(t, "posimente", "default_plan: licence", "default_plan: gold"), "en"); errors.Is(err, errSaid) || err == nil || !strings.Contains(err.Error(), "is not whole:\nline ") {
		t.Errorf("a pack that is not whole: %v", err)
	}
}

// TestPolicyShowText: what a pack says, its marks, and each path.
func TestPolicyShowText(t *testing.T) {
	for name, wants := range map[string][]string{
		"posimente": {
			"Posimente: procedure\n====", "time zone: Australia/Melbourne (assumed)\n", "plan licence\n", "  acknowledge for High: 1 business day\n",
			"  can be reopened for: 14 days (assumed)\n", "Feature request and paid enhancement\n", "Issue the invoice",
		},
		"primlogix": {
			"PRIM Logix\u00a0: procédure\n", "TVQ, taux\u00a0: 9,975\u00a0% (supposé)\n", "  se ferme avec la réponse\u00a0: oui\n", "jour\u00a0: lundi\n", "Niveau 2, demande de services\n",
		},
		"athento":  {"called: Incidencia\n"},
		"advendio": {"rung 1: Customer Success Manager\n", "ladder complaints\n"},
	} {
		pack, err := readPack(name)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		show(pack, "").text(&out)
		for _, want := range wants {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: %q is not said in\n%s", name, want, &out)
			}
		}
		if strings.Contains(out.String(), "(MISSING)") || strings.Contains(out.String(), "%!") {
			t.Errorf("%s: a phrase lacks an argument\n%s", name, &out)
		}
	}
}

// TestPolicyShowHTML: one page that needs nothing else, with every path drawn
// and as a table, and every line of the pack.
func TestPolicyShowHTML(t *testing.T) {
	for _, name := range policy.BuiltIns() {
		pack, err := readPack(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, locale := range []string{"", "en", "fr"} {
			s := show(pack, locale)
			var out bytes.Buffer
			if err := s.html(&out); err != nil {
				t.Fatal(err)
			}
			page := out.String()
			if strings.Count(page, "<svg ") != len(s.Graphs) || len(s.Graphs) != len(pack.Paths)+1+len(pack.Ladders) {
				t.Errorf("%s: %d drawings of %d paths", name, strings.Count(page, "<svg "), len(pack.Paths))
			}
			if foreign := regexp.MustCompile(`<(script|link|img|iframe|object)\b| (src|style|on[a-z]+)=|@import|url\([^#]`).FindString(page); foreign != "" {
				t.Errorf("%s: the page has %q", name, foreign)
			}
			rows := strings.Count(page, "<tbody>\n<tr><td>") // one table a path
			if rows != len(s.Graphs) {
				t.Errorf("%s: %d tables of steps, %d paths", name, rows, len(s.Graphs))
			}
			wellFormed(t, name, page)
			if lines := strings.Count(page, `<th scope="row">`); lines != len(pack.Lines(s.Locale)) {
				t.Errorf("%s: %d lines, the pack says %d things", name, lines, len(pack.Lines(s.Locale)))
			}
			if marks := strings.Count(page, `class="assumed"`); marks == 0 {
				t.Errorf("%s: nothing is marked as assumed", name)
			}
			for _, g := range s.Graphs {
				steps(t, name, page, g)
			}
		}
	}
}

// steps wants the table of a path to hold the steps of its drawing.
func steps(t *testing.T, name, page string, g diagram.Graph) {
	t.Helper()
	_, section, _ := strings.Cut(page, `<section id="path-`+g.ID+`">`)
	section, _, _ = strings.Cut(section, "</section>")
	if drawn, listed := strings.Count(section, `<g class="step`), strings.Count(section, "<tr><td>"); drawn != len(g.Boxes) || listed != len(g.Boxes) {
		t.Errorf("%s, %s: %d steps drawn, %d in the table, %d in all", name, g.ID, drawn, listed, len(g.Boxes))
	}
}

// wellFormed wants the body to be XML, but for the tags HTML leaves open.
func wellFormed(t *testing.T, name, page string) {
	t.Helper()
	_, body, _ := strings.Cut(page, "<body>")
	d := xml.NewDecoder(strings.NewReader("<body>" + strings.TrimSuffix(strings.TrimSpace(body), "</html>")))
	d.Entity = xml.HTMLEntity
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
	}
}

// TestVendorsWordsAreText: markup in a pack is shown, not obeyed.
func TestVendorsWordsAreText(t *testing.T) {
	pack, err := readPack(changed(t, "posimente", "{en: High}", `{en: "<script>alert(1)</script>"}`))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := show(pack, "").html(&out); err != nil || strings.Contains(out.String(), "<script") || !strings.Contains(out.String(), "&lt;script&gt;") {
		t.Errorf("%v\n%s", err, &out)
	}
}

func TestPolicyShowWritesThePage(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pack.html")
	if err := (policyShowCommand{Pack: "athento", HTML: file}).Run(); err != nil {
		t.Fatal(err)
	}
	if page, err := os.ReadFile(file); err != nil || !bytes.HasPrefix(page, []byte("<!doctype html>\n<html lang=\"en\">")) {
		t.Errorf("%v\n%.80s", err, page)
	}
	if err := (policyShowCommand{Pack: "nobody"}).Run(); err == nil || !strings.Contains(err.Error(), "there are advendio, athento") {
		t.Errorf("unknown pack: %v", err)
	}
}
