package api_test

import (
	"bytes"
	"mime"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/procedures/stack"
)

func TestFiles(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	t.Run("names and types", func(t *testing.T) { namesAndTypes(t, h) })
	t.Run("sizes", func(t *testing.T) { fileSizes(t, h) })
	t.Run("refused uploads", func(t *testing.T) { refuse(t, h, h.Token(t, "interfacing", "jeanne"), badUploads()) })
	t.Run("whose", func(t *testing.T) { whoseFiles(t, h) })
	t.Run("internal", func(t *testing.T) { internalStaysInside(t, h) })
}

// namesAndTypes: whatever a file is called and is, it is kept under a name of
// ours and given back as an attachment nothing runs (abuse case B21).
func namesAndTypes(t *testing.T, h *stack.House) {
	jeanne := h.Token(t, "interfacing", "jeanne")
	html, svg := "<html><script>alert(1)</script>", `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`
	for _, f := range []struct{ name, content, kept, mediaType string }{
		{"../../../etc/passwd", "x", "passwd", "text/plain"},
		{`..\..\boot.ini`, "x", "boot.ini", "text/plain"},
		{"\u200b.htaccess", "x", "htaccess", "text/plain"},
		{"a.pdf\u202egnp.exe", "MZ", "a.pdfgnp.exe", ""},
		{"nul\x00.txt", "x", "nul\uFFFD.txt", "text/plain"},
		{"bad\xff\xfe.txt", "x", "bad\uFFFD.txt", "text/plain"},
		{"a\r\nSet-Cookie: x.txt", "x", "aSet-Cookie x.txt", "text/plain"},
		{`q"uo"te;s.txt`, "x", "quote;s.txt", "text/plain"},
		{"CON", "x", "_CON", "text/plain"},
		{"aux.log", "x", "_aux.log", "text/plain"},
		{"...", "x", "file", "text/plain"},
		{" / ", "x", "file", "text/plain"},
		{strings.Repeat("é", 4_996) + ".png", "x", strings.Repeat("é", 146) + ".png", "text/plain"},
		{"picture.png", html, "picture.png", "text/html"},
		{"picture.svg", svg, "picture.svg", "image/svg+xml"},
		{"both.gif", "GIF89a=1;/*" + html + "*/", "both.gif", "image/gif"},
		{"resumé 文件 😀.pdf", "%PDF-1.7 /JavaScript", "resumé 文件 😀.pdf", "application/pdf"},
		{"feed.xml", `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>`, "feed.xml", "text/xml"},
	} {
		t.Run(f.kept[:min(20, len(f.kept))], func(t *testing.T) {
			a := ask(t, h, jeanne, "POST", "/v1/files?name="+queryText(f.name), f.content, "Content-Type", "application/octet-stream")
			if a.Status != 201 || a.Text("name") != f.kept || !strings.HasPrefix(a.Text("media_type"), f.mediaType) || a.JSON["size"] != float64(len(f.content)) {
				t.Fatalf("%d %s; want %q %s", a.Status, a.Raw, f.kept, f.mediaType)
			}
			d := ask(t, h, jeanne, "GET", "/v1/files/"+a.Text("id")+"/content", nil)
			if d.Status != 200 || string(d.Raw) != f.content {
				t.Fatalf("download: %d %.200q", d.Status, d.Raw)
			}
			for name, value := range map[string]string{
				"Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
				"Content-Security-Policy": "sandbox; default-src 'none'", "Cache-Control": "no-store",
			} {
				if d.Header.Get(name) != value {
					t.Errorf("%s: %q, want %q", name, d.Header.Get(name), value)
				}
			}
			disposition, params, err := mime.ParseMediaType(d.Header.Get("Content-Disposition"))
			if err != nil || disposition != "attachment" || params["filename"] != f.kept || d.Header.Get("Set-Cookie") != "" {
				t.Errorf("disposition %q: %v", d.Header.Get("Content-Disposition"), err)
			}
		})
	}
}

// fileSizes: 25 MiB are taken, one byte more is not.
func fileSizes(t *testing.T, h *stack.House) {
	jeanne, db := h.Token(t, "interfacing", "jeanne"), database(t, h)
	content := bytes.Repeat([]byte("0123456789abcdef"), 25<<16)
	id := upload(t, h, jeanne, "large.bin", content)
	if d := ask(t, h, jeanne, "GET", "/v1/files/"+id+"/content", nil); !bytes.Equal(d.Raw, content) {
		t.Errorf("25 MiB came back as %d bytes", len(d.Raw))
	}
	before := rows(t, db)
	a := ask(t, h, jeanne, "POST", "/v1/files?name=larger.bin", append(content, '!'), "Content-Type", "application/octet-stream")
	if a.Status != 422 || fields(a)["file"]["key"] != "file_too_large" || rows(t, db) != before {
		t.Errorf("25 MiB and a byte: %d %s", a.Status, a.Raw)
	}
}

func badUploads() []bad {
	bytesOf := []string{"Content-Type", "application/octet-stream"}
	of := func(name, query string, body any, status int, key string, fields map[string]string, headers []string) bad {
		return bad{name: name, method: "POST", path: "/v1/files" + query, body: body, status: status, key: key, fields: fields, headers: headers}
	}
	return []bad{
		of("no name", "", "x", 422, "", map[string]string{"name": "field_missing"}, bytesOf),
		of("empty name", "?name=", "x", 422, "", map[string]string{"name": "field_empty"}, bytesOf),
		of("5,001 characters", "?name="+strings.Repeat("n", 5_001), "x", 422, "", map[string]string{"name": "field_too_long"}, bytesOf),
		of("two names", "?name=a&name=b", "x", 422, "", map[string]string{"name": "field_repeated"}, bytesOf),
		of("nothing", "?name=a", "", 422, "", map[string]string{"file": "field_empty"}, bytesOf),
		of("no body", "?name=a", nil, 422, "", map[string]string{"file": "field_empty"}, nil),
		of("a form", "?name=a", "--x\r\nContent-Disposition: form-data; name=f\r\n\r\nx\r\n--x--\r\n", 400, "upload_in_form", nil, []string{"Content-Type", "multipart/form-data; boundary=x"}),
		of("key too long", "?name=a", "x", 422, "", map[string]string{"Idempotency-Key": "field_too_long"}, append(bytesOf, "Idempotency-Key", strings.Repeat("k", 201))),
		of("key not printable", "?name=a", "x", 422, "", map[string]string{"Idempotency-Key": "field_wrong_form"}, append(bytesOf, "Idempotency-Key", "a\tb")),
	}
}

// whoseFiles: an upload is its uploader's until a message names it; then it is
// read by whoever sees the ticket, by their rights of the moment (B22).
func whoseFiles(t *testing.T, h *stack.House) {
	jeanne, super, agent := h.Token(t, "interfacing", "jeanne"), h.Token(t, "interfacing", "super"), h.Token(t, "interfacing", "agent")
	foreign := h.Token(t, "posimente", "agent")
	read := func(token, id string) int { return ask(t, h, token, "GET", "/v1/files/"+id+"/content", nil).Status }
	id := upload(t, h, jeanne, "mine.txt", "mine")
	if got := []int{read(jeanne, id), read(super, id), read(agent, id), read(foreign, id)}; !slices.Equal(got, []int{200, 404, 404, 404}) {
		t.Errorf("unattached: %v", got)
	}
	a := ask(t, h, super, "POST", "/v1/tickets", registration(map[string]any{"files": []string{id}}))
	if a.Status != 422 || fields(a)["files"]["key"] != "files_unknown" {
		t.Errorf("another's upload in my request: %d %s", a.Status, a.Raw)
	}
	ticket := ask(t, h, jeanne, "POST", "/v1/tickets", registration(map[string]any{"files": []string{id}}))
	wants(t, "register", ticket, 201, "")
	if got := []int{read(jeanne, id), read(super, id), read(agent, id), read(foreign, id)}; !slices.Equal(got, []int{200, 200, 200, 404}) {
		t.Errorf("attached: %v", got)
	}
	db := database(t, h)
	execute(t, db, `update people set sees_organization = false, roles = '{}' where email = 'super@interfacing.example'`)
	if got := read(super, id); got != 404 {
		t.Errorf("rights lost: %d", got)
	}
	execute(t, db, `update people set sees_organization = true, roles = '{super_user}' where email = 'super@interfacing.example'`)
	second := ask(t, h, jeanne, "POST", "/v1/tickets/"+ticket.Text("number")+"/comments", map[string]any{"text": "again", "files": []string{id}})
	if second.Status != 422 || fields(second)["files"]["key"] != "files_unknown" {
		t.Errorf("a file used twice: %d %s", second.Status, second.Raw)
	}
}

// internalStaysInside: nothing of an internal note, its file included, shows
// anywhere on the customer's side (abuse case B11).
func internalStaysInside(t *testing.T, h *stack.House) {
	jeanne, agent := h.Token(t, "interfacing", "jeanne"), h.Token(t, "interfacing", "agent")
	number := register(t, h, jeanne)
	canary := "canary-" + uuid.NewString()
	id := upload(t, h, agent, canary+".txt", canary)
	note := ask(t, h, agent, "POST", "/v1/tickets/"+number+"/notes", map[string]any{"text": canary, "files": []string{id}})
	wants(t, "note", note, 201, "")
	for _, path := range []string{
		"/v1/tickets/" + number, "/v1/tickets/" + number + "/comments", "/v1/tickets/" + number + "/history", "/v1/tickets",
		"/v1/files/" + id + "/content",
	} {
		a := ask(t, h, jeanne, "GET", path, nil)
		for _, secret := range []string{canary, id, note.Text("id")} {
			if bytes.Contains(a.Raw, []byte(secret)) {
				t.Errorf("%s shows the customer %s", path, secret)
			}
		}
		if staff := ask(t, h, agent, "GET", path, nil); staff.Status != 200 {
			t.Errorf("%s of staff: %d", path, staff.Status)
		}
	}
	if comments := ask(t, h, agent, "GET", "/v1/tickets/"+number+"/comments", nil); !bytes.Contains(comments.Raw, []byte(canary)) {
		t.Error("staff do not see the note")
	}
	if n := count(t, database(t, h), `select count(*) from outbox where payload::text like '%' || $1 || '%'`, canary); n != 0 {
		t.Errorf("%d mails carry the note", n)
	}
}
