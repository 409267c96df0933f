package desk

import "context"

// Origin is from where somebody asks. It is kept with what they change, and
// what is limited is counted by it; it decides no permission.
type Origin struct {
	IP        string // as the configured proxies tell it; "" from the command line
	UserAgent string // cut to 200 characters
	RequestID string
	Device    string // secret of a browser that signed in before; "" for none
}

type originKey struct{}

// WithOrigin says from where a request comes.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

// OriginFrom is from where a request comes; zero from the command line.
func OriginFrom(ctx context.Context) Origin {
	o, _ := ctx.Value(originKey{}).(Origin)
	return o
}
