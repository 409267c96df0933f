package onebox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// child is a server running as a child of this process.
type child struct {
	name    string
	log     string // its log file
	process *os.Process
	done    chan struct{} // closed when it has ended

	mu       sync.Mutex
	expected bool // we asked it to end
	err      error
}

// startChild runs cmd with its output in a log file (the previous one is kept
// as .1), in a process group of its own. When this process dies, the kernel
// sends the child onDeath.
func startChild(name string, cmd *exec.Cmd, log string, onDeath syscall.Signal) (*child, error) {
	out, err := freshLog(log)
	if err != nil {
		return nil, err
	}
	defer func() { _ = out.Close() }()
	cmd.Stdout, cmd.Stderr = out, out
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	cmd.SysProcAttr.Pdeathsig = onDeath

	c := &child{name: name, log: log, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		// The kernel watches the thread that started the child, not the
		// process: this goroutine keeps its thread until the child has ended.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		c.process = cmd.Process
		started <- err
		if err == nil {
			c.ended(cmd.Wait())
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("%s can't be started (%w): check that %s is there and may be executed", name, err, cmd.Path)
	}
	return c, nil
}

func (c *child) ended(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.expected {
		how := "without an error"
		if err != nil {
			how = err.Error()
		}
		c.err = fmt.Errorf("%s ended by itself (%s)%s: read %s, remove the cause and start it again", c.name, how, lastWords(c.log), c.log)
	}
	close(c.done)
}

// failure tells why the child ended; nil while it runs and when it was told to.
func (c *child) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// signal sends a signal that is meant to end the child.
func (c *child) signal(s syscall.Signal) {
	c.mu.Lock()
	c.expected = true
	c.mu.Unlock()
	_ = c.process.Signal(s) // it may have ended already
}

// stop ends the child with soft; with hard, when it has not ended before ctx.
func (c *child) stop(ctx context.Context, soft, hard syscall.Signal) error {
	c.signal(soft)
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
	}
	c.kill(hard)
	return fmt.Errorf("%s did not stop in the time given and was killed; nothing it had confirmed is lost, its next start takes a little longer", c.name)
}

// kill sends hard, then SIGKILL if that does not end the child in 10 seconds,
// and returns when it has ended.
func (c *child) kill(hard syscall.Signal) {
	c.signal(hard)
	select {
	case <-c.done:
		return
	case <-time.After(10 * time.Second):
	}
	c.signal(syscall.SIGKILL)
	<-c.done
}

// freshLog opens an empty log file, keeping the previous one as .1.
func freshLog(path string) (*os.File, error) {
	if err := os.Rename(path, path+".1"); err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("the log %s can't be moved aside (%w): check who owns it", path, err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return nil, fmt.Errorf("the log %s can't be written (%w): check that its directory exists and is writable", path, err)
	}
	return f, nil
}

// lastWords quotes the last line of a log, for an error message.
func lastWords(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	const most = 8 << 10
	if info, err := f.Stat(); err == nil && info.Size() > most {
		_, _ = f.Seek(-most, io.SeekEnd)
	}
	text, _ := io.ReadAll(io.LimitReader(f, most))
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	last := strings.TrimSpace(string(lines[len(lines)-1]))
	if last == "" {
		return ""
	}
	if len(last) > 300 {
		last = last[:300] + "…"
	}
	return fmt.Sprintf(", its last words were %q", last)
}

// lockFile takes an exclusive lock that lasts until the file is closed or this
// process ends. It returns nil and no error when somebody else holds it.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the lock %s can't be opened (%w): check that its directory is writable", path, err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	_ = f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, nil
	}
	return nil, fmt.Errorf("the lock %s can't be taken (%w): keep it on a local disk", path, err)
}

// secret returns the content of a file only this user may read, and makes one
// with a random password if it is missing.
func secret(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err == nil && len(bytes.TrimSpace(text)) > 0 {
		return string(bytes.TrimSpace(text)), nil
	}
	if err != nil && !os.IsNotExist(err) {
		return "", fmt.Errorf("the password in %s can't be read (%w): check who owns the file", path, err)
	}
	password := randomHex()
	if err := writeFile(path, []byte(password+"\n"), 0o600); err != nil {
		return "", err
	}
	return password, nil
}

// writeFile replaces a file in one step: a reader sees the old or the new one.
func writeFile(path string, content []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("%s can't be written (%w): check that its directory is writable and the disk not full", path, err)
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Chmod(mode)
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("%s can't be written (%w): check that its directory is writable and the disk not full", path, err)
	}
	return nil
}
