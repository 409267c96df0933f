package api

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
)

// health serves /healthz (the process lives), /readyz (what it needs answers;
// ?only=database for whoever sends registrations on, which need no more) and
// /metrics.
func health(e *echo.Echo, c Config) {
	e.GET("/healthz", func(ctx echo.Context) error { return ctx.JSON(http.StatusOK, map[string]string{"status": "ok"}) })
	e.GET("/readyz", func(ctx echo.Context) error {
		status, report := ready(ctx.Request().Context(), c.Checks, ctx.QueryParam("only"))
		return ctx.JSON(status, report)
	})
	if c.Metrics != nil {
		e.GET("/metrics", echo.WrapHandler(c.Metrics))
	}
}

// ready asks every part at once, three seconds at most. What is wrong is in
// our logs; outside it is only "down".
func ready(ctx context.Context, checks map[string]func(context.Context) error, only string) (int, map[string]any) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	status, parts := http.StatusOK, map[string]string{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for name, check := range checks {
		if only != "" && only != name {
			continue
		}
		wg.Go(func() {
			err := check(ctx)
			mu.Lock()
			defer mu.Unlock()
			parts[name] = "ok"
			if err != nil {
				parts[name], status = "down", http.StatusServiceUnavailable
			}
		})
	}
	wg.Wait()
	word := "ok"
	if status != http.StatusOK {
		word = "not ready"
	}
	return status, map[string]any{"status": word, "parts": parts}
}
