package importer

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// Progress shows how far an import is: a bar on a terminal, else a line each
// time another tenth is done.
func Progress(to io.Writer, terminal bool) func(done, total int) {
	if terminal {
		return bar(to)
	}
	tenths := 0
	return func(done, total int) {
		if now := done * 10 / max(total, 1); now > tenths {
			tenths = now
			fmt.Fprintf(to, "%d %% (%d of %d rows)\n", tenths*10, done, total)
		}
	}
}

func bar(to io.Writer) func(done, total int) {
	var b *progressbar.ProgressBar
	return func(done, total int) {
		if b == nil {
			b = progressbar.NewOptions(total, progressbar.OptionSetWriter(to), progressbar.OptionSetDescription("Importing"),
				progressbar.OptionSetWidth(30), progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("rows"),
				progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionOnCompletion(func() { fmt.Fprintln(to) }))
		}
		_ = b.Set(done) // it only draws
	}
}
