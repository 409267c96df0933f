package web_test

import (
	"log/slog"
	"os"
	"testing"

	"github.com/casepath/casepath/procedures/stack"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // what goes wrong on purpose is logged too
	os.Exit(stack.Main(m))
}
