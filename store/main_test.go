package store_test

import (
	"os"
	"testing"

	"github.com/casepath/casepath/procedures/stack"
)

func TestMain(m *testing.M) { os.Exit(stack.Main(m)) }

func TestDatabaseIsMigrated(t *testing.T) {
	s := stack.NewDatabase(t).Store(t)
	ids, err := s.VendorIDs(t.Context())
	if err != nil || len(ids) != 0 {
		t.Errorf("vendors of a fresh database: %v, %v", ids, err)
	}
}
