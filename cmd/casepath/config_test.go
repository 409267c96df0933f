package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caarlos0/env/v11"
)

// docs/operations.md lists every variable with its default, and no other.
func TestOperationsTableMatchesConfig(t *testing.T) {
	raw, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]string{}
	for line := range strings.Lines(string(raw)) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 || !strings.HasPrefix(cells[1], " `") || strings.ToUpper(cells[1]) != cells[1] {
			continue
		}
		documented[strings.Trim(cells[1], " `")] = strings.Trim(cells[2], " `–")
	}
	fields, err := env.GetFieldParams(&config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fields {
		if value, ok := documented[f.Key]; !ok || value != f.DefaultValue {
			t.Errorf("%s: documented %v as %q, its default is %q", f.Key, ok, value, f.DefaultValue)
		}
		delete(documented, f.Key)
	}
	for name := range documented {
		t.Errorf("%s is documented, but nothing reads it", name)
	}
}

func TestConfigNamesTheBadVariable(t *testing.T) {
	for variable, value := range map[string]string{
		"CASEPATH_LISTEN": "here", "SMTP_TLS": "yes", "CASEPATH_DATABASE_CONNECTIONS": "many", "SMTP_PASSWORD_FILE": "/no/such/file",
		"CASEPATH_PUBLIC_URL": "support.example.com", "CASEPATH_SECRET_KEY": "short", "CASEPATH_TRUSTED_PROXIES": "10.0.0.1",
		"CASEPATH_WORKER_LISTEN": "8081", "OTEL_EXPORTER_OTLP_ENDPOINT": "127.0.0.1:4318",
	} {
		_, err := readConfig([]string{variable + "=" + value})
		if err == nil || !strings.HasPrefix(err.Error(), variable+": ") {
			t.Errorf("%s=%s: %v", variable, value, err)
		}
	}
}

func TestSecretsAreReadFromFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(path, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := readConfig([]string{"SMTP_PASSWORD_FILE=" + path})
	if err != nil || c.SMTPPassword != "s3cret" {
		t.Errorf("password %q, %v", c.SMTPPassword, err)
	}
}
