package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/casepath/casepath/policy"
)

type policyCommand struct {
	Check policyCheckCommand `cmd:"" help:"Say what is wrong in policy packs, with file and line."`
	Show  policyShowCommand  `cmd:"" help:"Print everything a pack says, with a diagram of each path."`
	Diff  policyDiffCommand  `cmd:"" help:"Say in words what differs between two packs."`

	Publish policyPublishCommand `cmd:"" help:"Make a pack a vendor's procedure, and say what it would move."`
	List    policyListCommand    `cmd:"" help:"List what a vendor has published."`
	Move    policyMoveCommand    `cmd:"" help:"Move open tickets to the version in force."`
}

// errSaid ends a command whose answer has been printed and is bad.
var errSaid = errors.New("")

type policyCheckCommand struct {
	Files []string `arg:"" help:"YAML files, or names of built-in packs."`
}

// Run prints each file's faults, or that it is whole and which version. It
// fails when one is not whole.
func (c policyCheckCommand) Run() error { return checkPacks(os.Stdout, c.Files) }

func checkPacks(out io.Writer, files []string) error {
	bad := 0
	for _, file := range files {
		pack, err := readPack(file)
		var faults policy.Faults
		switch {
		case err == nil:
			fmt.Fprintf(out, "%s: whole, version %s\n", file, policy.ShortVersion(pack.Version))
			continue
		case errors.As(err, &faults):
			for _, f := range faults {
				fmt.Fprintf(out, "%s:%d: %s\n", file, max(f.Line, 1), f.Text)
			}
		default:
			fmt.Fprintf(out, "%v\n", err)
		}
		bad++
	}
	if bad > 0 {
		return errSaid
	}
	return nil
}

// readPack reads a pack from a file, or a built-in one by its name. What a file
// holds goes before what a built-in pack of that name does.
func readPack(nameOrFile string) (*policy.Pack, error) {
	text, err := os.ReadFile(nameOrFile)
	if errors.Is(err, os.ErrNotExist) && slices.Contains(policy.BuiltIns(), nameOrFile) {
		text, err = policy.BuiltIn(nameOrFile)
	}
	if errors.Is(err, os.ErrNotExist) {
		_, unknown := policy.BuiltIn(nameOrFile)
		return nil, fmt.Errorf("%s: there is no such file; %w", nameOrFile, unknown)
	}
	if err != nil {
		return nil, err
	}
	return policy.ParsePack(text)
}

// packOrFaults is readPack, with the faults as lines that name the file.
func packOrFaults(nameOrFile string) (*policy.Pack, error) {
	pack, err := readPack(nameOrFile)
	var faults policy.Faults
	if errors.As(err, &faults) {
		return nil, fmt.Errorf("%s is not whole:\n%w", nameOrFile, err)
	}
	return pack, err
}

type policyDiffCommand struct {
	A      string `arg:"" help:"A file, or the name of a built-in pack."`
	B      string `arg:"" help:"What to compare it with."`
	Locale string `help:"Language of the words: en or fr." default:"en"`
}

// Run prints what the second pack says otherwise than the first, a line each.
// It fails when they differ.
func (c policyDiffCommand) Run() error { return diffPacks(os.Stdout, c.A, c.B, c.Locale) }

func diffPacks(out io.Writer, a, b, locale string) error {
	before, err := packOrFaults(a)
	if err != nil {
		return err
	}
	after, err := packOrFaults(b)
	if err != nil {
		return err
	}
	changes := policy.Diff(before, after, locale)
	for _, change := range changes {
		fmt.Fprintln(out, change.In(locale))
	}
	if len(changes) > 0 {
		return errSaid
	}
	return nil
}
