package onebox

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestMain lets this program play the Casepath that is killed in the test below.
func TestMain(m *testing.M) {
	if dir := os.Getenv("ONEBOX_VICTIM"); dir != "" {
		runVictim(dir)
		return
	}
	os.Exit(m.Run())
}

func runVictim(dir string) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	fail := func(err error) {
		if err != nil {
			fmt.Println("failed", err)
			os.Exit(1)
		}
	}
	found, err := FindParts(ctx, func(string, ...any) {})
	fail(err)
	var ports [2]int
	for i := range ports {
		ports[i], err = FreePort()
		fail(err)
	}
	p, err := StartPostgres(ctx, PostgresOptions{Bin: found.PostgresBin, DataDir: filepath.Join(dir, "pg"), Port: ports[0]})
	fail(err)
	_, err = StartTemporal(ctx, TemporalOptions{
		Server: found.TemporalServer, SQLTool: found.TemporalSQLTool,
		Dir: filepath.Join(dir, "temporal"), AdminURL: p.AdminURL, Port: ports[1],
	})
	fail(err)
	fmt.Println("ready", ports[0], ports[1])
	<-ctx.Done() // killed before
}

func TestServersEndWithAKilledParent(t *testing.T) {
	found := parts(t)
	dir := place(t)
	victim := exec.Command(os.Args[0])
	victim.Env = append(os.Environ(), "ONEBOX_VICTIM="+dir)
	out, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	words := strings.Fields(line)
	if err != nil || len(words) != 3 || words[0] != "ready" {
		_ = victim.Process.Kill()
		t.Fatalf("the victim said %q (%v)", line, err)
	}
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = victim.Wait()

	// The same data and the same ports are at once usable by the next one.
	postgresPort, _ := strconv.Atoi(words[1])
	temporalPort, _ := strconv.Atoi(words[2])
	p := startPostgres(t, PostgresOptions{Bin: found.PostgresBin, DataDir: filepath.Join(dir, "pg"), Port: postgresPort})
	startTemporal(t, TemporalOptions{Dir: filepath.Join(dir, "temporal"), AdminURL: p.AdminURL, Port: temporalPort})
	if conn, err := net.Dial("tcp", address(temporalPort)); err != nil {
		t.Error(err)
	} else {
		_ = conn.Close()
	}
}
