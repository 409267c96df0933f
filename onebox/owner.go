package onebox

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// owner is the user PostgreSQL runs as: it refuses to run as root.
type owner struct {
	name     string
	uid, gid uint32
	dropped  bool // differs from the user this process runs as
}

// dataOwner decides who runs PostgreSQL. When this process is root that is
// whoever owns the data directory already, else the user `postgres`, else
// `nobody`; otherwise it is the user this process runs as.
func dataOwner(dataDir string) (owner, error) {
	if os.Geteuid() != 0 {
		return owner{name: "this user", uid: uint32(os.Geteuid()), gid: uint32(os.Getegid())}, nil
	}
	var info syscall.Stat_t
	if err := syscall.Stat(dataDir, &info); err == nil && info.Uid != 0 {
		return owner{name: fmt.Sprintf("user %d", info.Uid), uid: info.Uid, gid: info.Gid, dropped: true}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil && uid != 0 {
			return owner{name: "user " + name, uid: uint32(uid), gid: uint32(gid), dropped: true}, nil
		}
	}
	return owner{}, fmt.Errorf("PostgreSQL refuses to run as root and this machine has neither a user postgres nor nobody: create one with `useradd --system postgres`, or start Casepath as an ordinary user")
}

// attributes make a child run as this user.
func (o owner) attributes() *syscall.SysProcAttr {
	if !o.dropped {
		return &syscall.SysProcAttr{}
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: o.uid, Gid: o.gid}}
}

// take makes path belong to this user.
func (o owner) take(path string) error {
	if !o.dropped {
		return nil
	}
	if err := os.Chown(path, int(o.uid), int(o.gid)); err != nil {
		return fmt.Errorf("%s can't be given to %s (%w): keep it on a local file system that knows owners", path, o.name, err)
	}
	return nil
}

// mayEnter returns an error naming the first directory on the way to path
// (itself included) that this user may not enter.
func (o owner) mayEnter(path string) error {
	if !o.dropped {
		return nil
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("the working directory is gone (%w): start Casepath from a directory that exists", err)
	}
	if up := filepath.Dir(path); up != path {
		if err := o.mayEnter(up); err != nil {
			return err
		}
	}
	var info syscall.Stat_t
	if err := syscall.Stat(path, &info); err != nil {
		return fmt.Errorf("the directory %s can't be looked at (%w): create it", path, err)
	}
	need := uint32(0o001)
	switch {
	case info.Uid == o.uid:
		need = 0o100
	case info.Gid == o.gid:
		need = 0o010
	}
	if info.Mode&need == 0 {
		return fmt.Errorf("PostgreSQL runs as %s, who may not enter %s (mode %04o): use a directory that everybody may pass through, such as one in /var/lib, or run `chmod o+x %s`",
			o.name, path, info.Mode&0o7777, path)
	}
	return nil
}

func randomHex() string {
	b := make([]byte, 24)
	_, _ = rand.Read(b) // never fails (Go 1.24)
	return hex.EncodeToString(b)
}
