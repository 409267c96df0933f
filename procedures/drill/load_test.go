package drill

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// span is from when something was asked for to when it was acknowledged.
type span struct{ began, acked time.Time }

// life is what one ticket went through, as its people know it.
type life struct {
	title, number, id string
	registered        span
	steps             []span // triaged, answered
	file              string // id of the file it was registered with, "" for none
}

// states are a ticket's after so many steps.
var states = []string{"registered", "triaged", "answered"}

// load registers and works on tickets until it is ended.
type load struct {
	box           *box
	jeanne, agent string // tokens
	acknowledged  atomic.Int64
	stop          chan struct{}
	workers       sync.WaitGroup

	mu    sync.Mutex
	lives []*life
}

func (b *box) load(t *testing.T) *load {
	t.Helper()
	l := &load{box: b, jeanne: b.signIn(t, "jeanne"), agent: b.signIn(t, "agent"), stop: make(chan struct{})}
	var next atomic.Int64
	for range 4 {
		l.workers.Go(func() {
			for {
				select {
				case <-l.stop:
					return
				default:
					l.live(t, int(next.Add(1)))
				}
			}
		})
	}
	return l
}

// end lets what was begun finish and answers every life.
func (l *load) end() []*life {
	close(l.stop)
	l.workers.Wait()
	return l.lives
}

// more returns when so many more tickets are acknowledged.
func (l *load) more(t *testing.T, n int64) {
	t.Helper()
	until := l.acknowledged.Load() + n
	eventually(t, 5*time.Minute, fmt.Sprintf("%d more tickets", n), func() bool { return l.acknowledged.Load() >= until })
}

func content(i int) string { return fmt.Sprintf("what belongs to ticket %d", i) }

// live registers ticket i, every fifth with a file, triages every second and
// answers every fourth.
func (l *load) live(t *testing.T, i int) {
	one := &life{title: fmt.Sprintf("Request %d of the drill", i)}
	body := map[string]any{"type": "bug", "severity": "medium", "title": one.title, "body": "It is about to be lost."}
	if i%5 == 0 {
		a := l.box.insist(t, l.jeanne, http.MethodPost, "/v1/files?name=evidence.txt", content(i), fmt.Sprintf("file-%d", i))
		if one.file = a.field("id"); one.file == "" {
			t.Errorf("upload: %d %s", a.status, a.raw)
			return
		}
		body["files"] = []string{one.file}
	}
	a := l.timed(t, &one.registered, l.jeanne, "/v1/tickets", body, fmt.Sprintf("register-%d", i))
	one.number, one.id = a.field("number"), a.field("id")
	for n, step := range []struct {
		action string
		every  int
		body   any
	}{{"triage", 2, triage}, {"answer", 4, map[string]any{"text": "A setting."}}} {
		if i%step.every == 0 {
			one.steps = append(one.steps, span{})
			l.timed(t, &one.steps[n], l.agent, "/v1/tickets/"+one.number+"/"+step.action, step.body, step.action)
		}
	}
	l.mu.Lock()
	l.lives = append(l.lives, one)
	l.mu.Unlock()
	l.acknowledged.Add(1)
}

var triage = map[string]any{"reason": "bug", "level": 1, "severity": "medium", "path": "answer"}

func (l *load) timed(t *testing.T, s *span, token, path string, body any, key string) answer {
	s.began = time.Now()
	a := l.box.insist(t, token, http.MethodPost, path, body, key)
	s.acked = time.Now()
	if a.status >= http.StatusMultipleChoices {
		t.Errorf("POST %s: %d %s", path, a.status, a.raw)
	}
	return a
}
