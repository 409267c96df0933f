package importer

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestRejectedRowsSayWhyAndCanBeCorrected(t *testing.T) {
	o := newOffice(t)
	if _, err := o.db.ExecContext(t.Context(), `update people set active = false where email = 'super@posimente.example'`); err != nil {
		t.Fatal(err)
	}
	rows := []struct{ cells, reason string }{
		{"1,Good row,text,,,,", ""},
		{"2,Hey,,,,,", "title (column subject): At least 5 characters. body (column question): This can't be empty."},
		{"3,Bad choice,text,,banana,extreme,", "type: Choose one of: technical, feature. severity: Choose one of: high, medium, low."},
		{"4,Bad date,text,04/01/2023,,,", `date (column created): "04/01/2023" is not a date that can be read without doubt; write it like 2023-04-01 15:08:48 -0700 or 2023-04-01.`},
		{"5,Unknown,text,,,,nobody@posimente.example", "requester (column email): Nobody here has the address nobody@posimente.example."},
		{"6,Other vendor,text,,,,jeanne@athento.example", "requester (column email): Nobody here has the address jeanne@athento.example."},
		{"7,Staff,text,,,,agent@posimente.example", "requester (column email): agent@posimente.example is staff; requests are registered for contacts."},
		{"8,Inactive,text,,,,super@posimente.example", "requester (column email): super@posimente.example is not active any more."},
		{"9,Not authorized,text,,,,reader@posimente.example", "requester (column email): reader@posimente.example is not authorized to register requests for their organization."},
		{"10,No mail,text,,,,jeanne", `requester (column email): "jeanne" is not a mail address.`},
		{"11,Short", "This row has 2 columns, the header has 7."},
		{"12,Too,many,,,,,columns", "This row has 8 columns, the header has 7."},
		{"13,Caf\xe9 order,text,,,,", "title (column subject): These bytes are not UTF-8 text. Save the file as UTF-8, or name its encoding with --encoding, for example --encoding windows-1252."},
		{"14,Two faults,,yesterday,,,nobody@posimente.example", `date (column created): "yesterday" is not a date that can be read without doubt; write it like 2023-04-01 15:08:48 -0700 or 2023-04-01. requester (column email): Nobody here has the address nobody@posimente.example.`},
		{"15,Date and body,,yesterday,,,", `date (column created): "yesterday" is not a date that can be read without doubt; write it like 2023-04-01 15:08:48 -0700 or 2023-04-01. body (column question): This can't be empty.`},
		{"16,Long body," + strings.Repeat("x", 60_001) + ",,,,", "body (column question): At most 60000 characters."},
		{"17,NUL \x00 inside,text,,,,", ""},
		{"18,=cmd|' /C calc'!A0,=1+1,,,,", ""},
	}
	content := "id,subject,question,created,type,severity,email\n"
	for _, r := range rows {
		content += r.cells + "\n"
	}
	path := file(t, content)
	result := o.run(path, posimente(), 3, 0, len(rows)-3)
	if result.RejectedFile != strings.TrimSuffix(path, ".csv")+".rejected.csv" {
		t.Errorf("rejected rows are in %s", result.RejectedFile)
	}
	got := parse(t, result.RejectedFile)
	if want := []string{"id", "subject", "question", "created", "type", "severity", "email", "line", "reason"}; !slices.Equal(got[0], want) {
		t.Errorf("columns %q, want %q", got[0], want)
	}
	next := 1
	for i, r := range rows {
		if r.reason == "" {
			continue
		}
		row := got[next]
		next++
		n := len(row)
		if row[n-2] != fmt.Sprint(i+2) || row[n-1] != r.reason {
			t.Errorf("line %s: %q\nwant line %d: %q", row[n-2], row[n-1], i+2, r.reason)
		}
		if cells := strings.Split(r.cells, ","); !slices.Equal(row[:len(cells)], cells) {
			t.Errorf("copied as %q, was %q", row[:len(cells)], cells)
		}
	}
	if next != len(got) {
		t.Errorf("%d rejected rows, want %d", len(got)-1, next-1)
	}
	correct(t, o, result.RejectedFile)
}

// correct imports the file of rejected rows as it is, then corrected.
func correct(t *testing.T, o *office, rejected string) {
	t.Helper()
	again := o.run(rejected, posimente(), 0, 0, 15)
	if again.RejectedFile != strings.TrimSuffix(rejected, ".csv")+".rejected.csv" {
		t.Errorf("rejected again: %s", again.RejectedFile)
	}
	if header := parse(t, again.RejectedFile)[0]; len(header) != 9 {
		t.Errorf("its notes were not replaced but repeated: %q", header)
	}
	lines := "id,subject,question,created,type,severity,email,line,reason\n"
	for _, row := range parse(t, rejected)[1:] {
		lines += row[0] + ",Corrected title,corrected body,2023-04-01,Technical Request,LOW,jeanne@posimente.example,1,whatever\n"
	}
	before := o.tickets("posimente")
	corrected := filepath.Join(filepath.Dir(rejected), "corrected.csv")
	write(t, corrected, lines)
	o.run(corrected, posimente(), 15, 0, 0)
	if n := o.tickets("posimente"); n != before+15 {
		t.Errorf("%d tickets more, want 15", n-before)
	}
}

func parse(t *testing.T, path string) [][]string {
	t.Helper()
	r := csv.NewReader(strings.NewReader(read(t, path)))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%s: %d rows, %v", path, len(rows), err)
	}
	return rows
}

// What registers nothing shares one house.
func TestNothingIsRegistered(t *testing.T) {
	o := newOffice(t)
	t.Run("in a dry run", func(t *testing.T) { dryRun(t, o) })
	t.Run("when the import can't begin", func(t *testing.T) { refuseToBegin(t, o) })
}

func dryRun(t *testing.T, o *office) {
	options := posimente()
	options.DryRun = true
	path := file(t, "subject,body,email\nGood row,text,\nBad,,\nUnknown one,text,x@y.example\n")
	r := o.run(path, options, 1, 0, 2)
	if rows := parse(t, r.RejectedFile); len(rows) != 3 || rows[1][4] != "title (column subject): At least 5 characters. body: This can't be empty." {
		t.Errorf("rejected rows: %q", rows)
	}
	for _, table := range []string{"requests", "tickets", "events", "outbox", "commands"} {
		if n := o.count(`select count(*) from ` + table); n != 0 {
			t.Errorf("%d rows in %s after a dry run", n, table)
		}
	}
}

// refuseToBegin: what can be known before the first row is said before it.
func refuseToBegin(t *testing.T, o *office) {
	good := "subject,body\nGood row,text\n"
	for name, c := range map[string]struct {
		content string
		change  func(*Options)
		want    string
	}{
		"vendor":            {good, func(o *Options) { o.Vendor = "nobody" }, `there is no vendor "nobody"`},
		"no type":           {good, func(o *Options) { o.Type = "" }, "no column names the type: give --type with one of technical, feature, or name the column with --map type=COLUMN"},
		"no severity":       {good, func(o *Options) { o.Severity = "" }, "no column names the severity: give --severity with one of high, medium, low"},
		"wrong type":        {good, func(o *Options) { o.Type = "banana" }, "--type banana: the vendor has no such type; choose one of technical, feature"},
		"wrong severity":    {good, func(o *Options) { o.Severity = "!" }, "--severity !: the vendor has no such severity"},
		"no requester":      {good, func(o *Options) { o.Requester = "" }, "no column names who asked: give --requester"},
		"wrong requester":   {good, func(o *Options) { o.Requester = "x@y.example" }, "--requester x@y.example: Nobody here has the address x@y.example."},
		"staff as such":     {good, func(o *Options) { o.Requester = "agent@posimente.example" }, "is staff"},
		"no body":           {"subject\nGood row\n", func(*Options) {}, "no column for the body"},
		"map":               {good, func(o *Options) { o.Map = map[string]string{"body": "text"} }, `the file has no column "text"; it has subject, body`},
		"quotes at its end": {good + "\"open,text\n", func(*Options) {}, "nothing was imported: the row that begins on line 3 has quotes that don't match"},
		"where to":          {good, func(o *Options) { o.Rejected = "/nowhere/at/all.csv" }, "name another file with --rejected"},
	} {
		options := posimente()
		c.change(&options)
		if _, err := Run(t.Context(), o.Desk, file(t, c.content), options); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
	}
	if n := o.tickets("posimente"); n != 0 {
		t.Errorf("%d tickets", n)
	}
	path := file(t, good)
	options := posimente()
	options.Rejected = path
	if _, err := Run(t.Context(), o.Desk, path, options); err == nil || read(t, path) != good {
		t.Errorf("the file itself was taken for rejected rows: %v, %q", err, read(t, path))
	}
}

func TestSmallFiles(t *testing.T) {
	o := newOffice(t)
	t.Run("a default only for rows that need it", func(t *testing.T) { missingCells(t, o) })
	t.Run("no rejected rows, no file", func(t *testing.T) { noRejectedFile(t, o) })
	t.Run("old dates start no old clocks", func(t *testing.T) { oldDates(t, o) })
}

func missingCells(t *testing.T, o *office) {
	options := posimente()
	options.Type, options.Requester = "", ""
	path := file(t, "subject,body,type,email\nGood row,text,feature,jeanne@posimente.example\nNo type,text,,jeanne@posimente.example\nNobody,text,feature,\n")
	r := o.run(path, options, 1, 0, 2)
	rows := parse(t, r.RejectedFile)
	if rows[1][5] != "type: Choose one of: technical, feature." || rows[2][5] != "requester (column email): The row names none, and --requester is not given." {
		t.Errorf("rejected rows: %q", rows)
	}
}

// noRejectedFile: a stale one does not outlive a run without rejected rows.
func noRejectedFile(t *testing.T, o *office) {
	path := file(t, "subject,body\nAnother good row,text\n")
	stale := rejectedPath(path)
	write(t, stale, "old")
	if r := o.run(path, posimente(), 1, 0, 0); r.RejectedFile != "" {
		t.Errorf("rejected rows: %s", r.RejectedFile)
	}
	if _, err := os.Stat(stale); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", stale, err)
	}
}

func TestProgress(t *testing.T) {
	var lines strings.Builder
	show := Progress(&lines, false)
	for i := range 25 {
		show(i+1, 25)
	}
	if got := strings.Count(lines.String(), "\n"); got != 10 || !strings.HasPrefix(lines.String(), "10 % (3 of 25 rows)\n") || !strings.HasSuffix(lines.String(), "100 % (25 of 25 rows)\n") {
		t.Errorf("lines:\n%s", lines.String())
	}
	var drawn strings.Builder
	show = Progress(&drawn, true)
	for i := range 3 {
		show(i+1, 3)
	}
	if !strings.Contains(drawn.String(), "100%") || !strings.Contains(drawn.String(), "(3/3") {
		t.Errorf("bar: %q", drawn.String())
	}
}

// oldDates: the clocks of an import start now, whatever its dates say.
func oldDates(t *testing.T, o *office) {
	o.run(file(t, "subject,body,created\nOld request,text,1999-12-31 23:59:59 -0500\n"), posimente(), 1, 0, 0)
	var original, registered, due time.Time
	if err := o.db.QueryRowContext(t.Context(), `select r.original_at, t.registered_at, t.promised_at from requests r join tickets t on t.id = r.id where r.title = 'Old request'`).
		Scan(&original, &registered, &due); err != nil {
		t.Fatal(err)
	}
	if original.UTC().Format(time.RFC3339) != "2000-01-01T04:59:59Z" || time.Since(registered) > time.Minute || time.Until(due) < time.Hour {
		t.Errorf("first asked %s, registered %s, due %s", original, registered, due)
	}
}
