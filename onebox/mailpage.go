package onebox

import (
	"bytes"
	"embed"
	"html/template"
	"mime"
	"net"
	"net/http"
	"slices"
)

//go:embed mailpage
var mailPageFiles embed.FS

var mailPages = template.Must(template.New("").Funcs(template.FuncMap{"decode": decodeHeader}).ParseFS(mailPageFiles, "mailpage/*.html"))

// The list shows the newest mails only, so that it stays quick.
const mostListed = 500

func (m *MailCatcher) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", m.showList)
	mux.HandleFunc("GET /mail/{id}", m.showMail)
	mux.HandleFunc("GET /mail/{id}/raw", m.showRaw)
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, mailPageFiles, "mailpage/style.css")
	})
	return guard(mux)
}

// guard refuses other host names, which a page elsewhere could make resolve to
// this machine in order to read the mails.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if host != "localhost" && host != localhost {
			http.Error(w, "This page answers to localhost only.", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (m *MailCatcher) showList(w http.ResponseWriter, _ *http.Request) {
	mails := m.Messages()
	total := len(mails)
	mails = mails[max(0, total-mostListed):]
	slices.Reverse(mails)
	render(w, "list.html", map[string]any{"Mails": mails, "Total": total})
}

func (m *MailCatcher) showMail(w http.ResponseWriter, r *http.Request) {
	if c, ok := m.find(r.PathValue("id")); ok {
		render(w, "mail.html", c)
		return
	}
	http.NotFound(w, r)
}

func (m *MailCatcher) showRaw(w http.ResponseWriter, r *http.Request) {
	c, ok := m.find(r.PathValue("id"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(c.Raw)
}

func (m *MailCatcher) find(id string) (Caught, bool) {
	mails := m.Messages()
	i := slices.IndexFunc(mails, func(c Caught) bool { return c.ID == id })
	if i < 0 {
		return Caught{}, false
	}
	return mails[i], true
}

// decodeHeader shows the words of a header field; what can't be decoded stays.
func decodeHeader(field string) string {
	words, err := new(mime.WordDecoder).DecodeHeader(field)
	if err != nil {
		return field
	}
	return words
}

func render(w http.ResponseWriter, name string, data any) {
	var page bytes.Buffer
	if err := mailPages.ExecuteTemplate(&page, name, data); err != nil {
		http.Error(w, "The page can't be shown.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(page.Bytes())
}
