package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"reflect"
	"strings"

	"github.com/caarlos0/env/v11"

	"github.com/casepath/casepath/identity"
	"github.com/casepath/casepath/mail"
)

// config is everything a process is told by its environment. Each variable can
// be given as NAME_FILE too: then its value is read from that file. The table
// in docs/operations.md is compared with this struct by a test.
type config struct {
	Listen            string `env:"CASEPATH_LISTEN" envDefault:"127.0.0.1:8080"`
	Database          string `env:"CASEPATH_DATABASE_URL"`
	RelayDatabase     string `env:"CASEPATH_RELAY_DATABASE_URL"`
	OwnerDatabase     string `env:"CASEPATH_OWNER_DATABASE_URL"`
	AdminDatabase     string `env:"CASEPATH_ADMIN_DATABASE_URL"`
	TemporalDatabase  string `env:"TEMPORAL_DATABASE_URL"`
	Connections       int    `env:"CASEPATH_DATABASE_CONNECTIONS" envDefault:"20"`
	Temporal          string `env:"TEMPORAL_ADDRESS" envDefault:"127.0.0.1:7233"`
	TemporalNamespace string `env:"TEMPORAL_NAMESPACE" envDefault:"casepath"`
	SMTP              string `env:"SMTP_ADDRESS" envDefault:"127.0.0.1:1025"`
	SMTPUsername      string `env:"SMTP_USERNAME"`
	SMTPPassword      string `env:"SMTP_PASSWORD"`
	SMTPTLS           string `env:"SMTP_TLS" envDefault:"none"`
	SMTPHello         string `env:"SMTP_HELLO" envDefault:"localhost"`
	Files             string `env:"CASEPATH_FILES" envDefault:"files"`
	PublicURL         string `env:"CASEPATH_PUBLIC_URL"`
	SecretKey         string `env:"CASEPATH_SECRET_KEY"`
	PrivateSignOn     bool   `env:"CASEPATH_PRIVATE_SIGN_ON" envDefault:"false"`
	PrivateWebhooks   bool   `env:"CASEPATH_PRIVATE_WEBHOOKS" envDefault:"false"`
	Proxies           string `env:"CASEPATH_TRUSTED_PROXIES"`
	LogLevel          string `env:"CASEPATH_LOG_LEVEL" envDefault:"info"`
	MetricsToken      string `env:"CASEPATH_METRICS_TOKEN"`
	WorkerListen      string `env:"CASEPATH_WORKER_LISTEN" envDefault:"127.0.0.1:8081"`
	Traces            string `env:"OTEL_EXPORTER_OTLP_ENDPOINT"`
}

// readConfig reads the environment. A bad value names its variable.
func readConfig(environ []string) (config, error) {
	variables := env.ToMap(environ)
	for name, path := range variables {
		plain, isFile := strings.CutSuffix(name, "_FILE")
		if !isFile || !ours(plain) || path == "" {
			continue
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return config{}, fmt.Errorf("%s: %w", name, err)
		}
		variables[plain] = strings.TrimSpace(string(content))
	}
	c, err := env.ParseAsWithOptions[config](env.Options{Environment: variables})
	if err != nil {
		return c, nameVariable(err)
	}
	return c, c.check()
}

// nameVariable says which variable could not be read, not which field of ours.
func nameVariable(err error) error {
	var wrong env.ParseError
	if errors.As(err, &wrong) {
		if field, ok := reflect.TypeFor[config]().FieldByName(wrong.Name); ok {
			return fmt.Errorf("%s: %w", field.Tag.Get("env"), wrong.Err)
		}
	}
	return fmt.Errorf("environment: %w", err)
}

// ours says whether a variable is one of the config's.
func ours(name string) bool {
	fields, err := env.GetFieldParams(&config{})
	if err != nil {
		return false
	}
	for _, f := range fields {
		if f.Key == name {
			return true
		}
	}
	return false
}

func (c config) check() error {
	for name, address := range map[string]string{"CASEPATH_LISTEN": c.Listen, "CASEPATH_WORKER_LISTEN": c.WorkerListen} {
		if _, _, err := net.SplitHostPort(address); err != nil {
			return fmt.Errorf("%s: %q is not host:port", name, address)
		}
	}
	if u, err := url.Parse(c.Traces); c.Traces != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
		return fmt.Errorf("OTEL_EXPORTER_OTLP_ENDPOINT: %q is not an address such as http://127.0.0.1:4318", c.Traces)
	}
	if c.SMTPTLS != "none" && c.SMTPTLS != "starttls" && c.SMTPTLS != "tls" {
		return fmt.Errorf("SMTP_TLS: %q is none of none, starttls, tls", c.SMTPTLS)
	}
	if u, err := url.Parse(c.publicURL()); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.Trim(u.Path, "/") != "" {
		return fmt.Errorf("CASEPATH_PUBLIC_URL: %q is not an address such as https://support.example.com", c.PublicURL)
	}
	if _, err := c.sealer(); err != nil {
		return fmt.Errorf("CASEPATH_SECRET_KEY: %w", err)
	}
	if _, err := c.proxies(); err != nil {
		return fmt.Errorf("CASEPATH_TRUSTED_PROXIES: %w", err)
	}
	if c.Connections < 2 {
		return fmt.Errorf("CASEPATH_DATABASE_CONNECTIONS: %d is fewer than 2", c.Connections)
	}
	return nil
}

// publicURL is the address users know; without one it is where the API
// listens.
func (c config) publicURL() string {
	if c.PublicURL == "" {
		return "http://" + c.Listen
	}
	return strings.TrimSuffix(c.PublicURL, "/")
}

// sealer keeps secrets that have to be read again; nil without a key.
func (c config) sealer() (*identity.Sealer, error) {
	if c.SecretKey == "" {
		return nil, nil
	}
	return identity.NewSealer(c.SecretKey)
}

// proxies are the networks named, parted by commas.
func (c config) proxies() (networks []*net.IPNet, err error) {
	for text := range strings.SplitSeq(c.Proxies, ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		_, network, err := net.ParseCIDR(text)
		if err != nil {
			return nil, fmt.Errorf("%q is not a network such as 10.0.0.0/8", text)
		}
		networks = append(networks, network)
	}
	return networks, nil
}

// need says which variables a command can't do without.
func need(variables map[string]string) error {
	for name, value := range variables {
		if value == "" {
			return fmt.Errorf("%s is not set: it is the PostgreSQL address to use (see docs/operations.md)", name)
		}
	}
	return nil
}

func (c config) sender() *mail.Sender {
	return &mail.Sender{Address: c.SMTP, Username: c.SMTPUsername, Password: c.SMTPPassword, TLS: c.SMTPTLS, Hello: c.SMTPHello, Timeout: mail.SendTimeout}
}

// loopback says whether only this machine can reach an address.
func loopback(address string) bool {
	host, _, _ := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
