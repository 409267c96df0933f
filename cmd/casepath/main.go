// Command casepath runs a software vendor's support procedure: one binary, one
// subcommand per job.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // time zones, whatever the machine has

	"github.com/alecthomas/kong"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/telemetry"
	"github.com/casepath/casepath/words"
)

var cli struct {
	Up          upCommand          `cmd:"" help:"Run everything on this machine: PostgreSQL, Temporal, a mail catcher, API and worker."`
	API         apiCommand         `cmd:"" name:"api" help:"Run the API alone."`
	Worker      workerCommand      `cmd:"" help:"Run the worker and the relay alone."`
	Migrate     migrateCommand     `cmd:"" help:"Bring the database to this build's layout."`
	Healthcheck healthcheckCommand `cmd:"" help:"Ask the API or the worker of this machine whether it is at work; for containers."`
	Import      importCommand      `cmd:"" help:"Register requests from a CSV file."`
	Calendar    calendarCommand    `cmd:"" help:"Answer questions about business time, a JSON object a line."`
	SLA         slaCommand         `cmd:"" name:"sla" help:"Answer questions about clocks, a JSON object a line."`
	Policy      policyCommand      `cmd:"" help:"Check, show and compare policy packs."`
	Admin       adminCommand       `cmd:"" help:"Look after an installation: vendors, people, tokens, deliveries."`
}

// gcPercent collects garbage when four times as much is new as was alive, unless
// GOGC says otherwise: little is alive here beside what requests leave behind.
const gcPercent = 400

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	parser := kong.Must(&cli, kong.Name("casepath"), kong.UsageOnError(),
		kong.Description("Runs a software vendor's support procedure as durable workflows."))
	command, err := parser.Parse(os.Args[1:])
	parser.FatalIfErrorf(err)
	c, err := readConfig(os.Environ())
	if err == nil {
		logTo(c)
		command.BindTo(ctx, (*context.Context)(nil))
		err = command.Run(c)
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		if !errors.Is(err, errSaid) {
			fmt.Fprintln(os.Stderr, "casepath:", plain(err))
		}
		stop()
		os.Exit(1) //nolint:gocritic // stop has run
	}
}

func logTo(c config) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		level = slog.LevelInfo
	}
	slog.SetDefault(slog.New(telemetry.Handler(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level}))))
}

// plain is an error as an administrator reads it: the sentence, each wrong
// field, and what is behind it.
func plain(err error) string {
	e, ok := problem.As(err)
	if !ok {
		return err.Error()
	}
	text := words.Say("en", e.Key, e.Args)
	for _, f := range e.Fields {
		text += fmt.Sprintf("\n  %s: %s", f.Path, words.Say("en", f.Key, f.Args))
	}
	if e.Cause != nil {
		text += " (" + e.Cause.Error() + ")"
	}
	return text
}
