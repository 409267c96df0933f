package main

import (
	"context"
	"errors"
)

type importCommand struct {
	File string `arg:"" type:"existingfile"`
}

// Run imports.
func (importCommand) Run(_ context.Context, _ config) error { return errors.New("not yet") }
