package activities

import (
	"go.temporal.io/sdk/temporal"

	"github.com/casepath/casepath/problem"
)

// Refusal is what an application error carries through the engine: codes and
// values a message names, never what a person wrote.
type Refusal struct {
	Key  string
	Args problem.Args
	Data map[string]any
}

// AsApplication turns an error into one the engine understands: its type is
// the problem code. Unavailable and Internal are tried again; anything else
// is permanent. nil stays nil.
func AsApplication(err error) error {
	if err == nil {
		return nil
	}
	e, ok := problem.As(err)
	if !ok {
		return temporal.NewApplicationErrorWithCause(err.Error(), string(problem.Internal), err)
	}
	detail := Refusal{Key: e.Key, Args: e.Args, Data: e.Data}
	switch e.Code {
	case problem.Unavailable, problem.Internal:
		return temporal.NewApplicationErrorWithCause(e.Error(), string(e.Code), err, detail)
	}
	return temporal.NewNonRetryableApplicationError(e.Error(), string(e.Code), nil, detail)
}
