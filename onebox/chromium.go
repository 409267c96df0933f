package onebox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Chromium returns the path of the browser that the tests of the pages drive.
// It is looked for on PATH; as root on a Debian system a missing one is
// installed with apt-get, telling the reader through say.
func Chromium(ctx context.Context, say func(format string, a ...any)) (string, error) {
	if path, err := exec.LookPath("chromium"); err == nil {
		return path, nil
	}
	aptGet, err := exec.LookPath("apt-get")
	switch {
	case err != nil:
		return "", errors.New("Chromium is not on this machine: install it and put chromium on PATH")
	case os.Geteuid() != 0:
		return "", errors.New("Chromium is not on this machine: install it with `sudo apt-get install chromium`, or run the tests as root once")
	}
	say("Chromium is not on this machine: installing Debian's package with apt-get")
	for _, args := range [][]string{{"update"}, {"install", "-y", "--no-install-recommends", "chromium"}} {
		cmd := exec.CommandContext(ctx, aptGet, args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C")
		if out, err := cmd.CombinedOutput(); err != nil {
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			return "", fmt.Errorf("Chromium can't be installed: `apt-get %s` failed (%w, %q): check the network and the package sources, or install chromium yourself",
				strings.Join(args, " "), err, lines[len(lines)-1])
		}
	}
	return exec.LookPath("chromium")
}
