package main

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
)

func TestMain(m *testing.M) {
	code := stack.Main(m)
	if imageBinary != "" {
		_ = os.RemoveAll(filepath.Dir(imageBinary))
	}
	os.Exit(code)
}

// The outbox of every vendor is counted: the application's role would see none
// of it.
func TestMetersCountTheOutbox(t *testing.T) {
	h := stack.NewHouse(t, stack.Parts{}) // nothing delivers
	for _, slug := range []string{"interfacing", "posimente"} {
		vendor, err := h.Store.VendorBySlug(t.Context(), slug)
		if err != nil {
			t.Fatal(err)
		}
		effect := store.Effect{Kind: store.EffectMail, Key: "k", Payload: json.RawMessage(`{}`)}
		if err := h.Store.In(t.Context(), vendor.ID, func(tx *store.Tx) error { return tx.InsertEffect(t.Context(), effect) }); err != nil {
			t.Fatal(err)
		}
	}
	outbox, err := openOutbox(t.Context(), config{RelayDatabase: h.DB.Relay})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = outbox.Close() })
	answer := httptest.NewRecorder()
	newMeters(outbox).handler(config{Listen: "127.0.0.1:8080"}).ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	if !strings.Contains(answer.Body.String(), "\ncasepath_outbox_waiting 2\n") {
		t.Errorf("metrics:\n%s", answer.Body)
	}
	if newMeters(outbox).handler(config{Listen: "0.0.0.0:8080"}) != nil {
		t.Error("everybody may read the metrics")
	}
}
