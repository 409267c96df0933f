// Command run starts the servers tests share, runs a command that finds them
// in its environment, stops them, and ends with the command's exit status:
//
//	go run ./procedures/stack/run go test ./...
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/casepath/casepath/procedures/stack"
)

func main() { os.Exit(run()) }

func run() int {
	ctx, cancel := stack.UntilSignal()
	defer cancel()
	servers, err := stack.Start(ctx, true)
	if err != nil {
		fmt.Fprintln(os.Stderr, "test servers:", err)
		return 1
	}
	defer servers.Stop()
	command := exec.CommandContext(ctx, os.Args[1], os.Args[2:]...)
	command.Env = append(os.Environ(), servers.Environment()...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = command.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
