package onebox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"text/template"
)

// temporalPorts are where Temporal's services listen, all on 127.0.0.1.
type temporalPorts struct {
	Frontend                                                    int // the only one others connect to
	History, Matching, Worker                                   int // between the services
	FrontendMember, HistoryMember, MatchingMember, WorkerMember int // cluster membership
}

func choosePorts(frontend int) (temporalPorts, error) {
	p := temporalPorts{Frontend: frontend}
	for _, port := range []*int{&p.History, &p.Matching, &p.Worker, &p.FrontendMember, &p.HistoryMember, &p.MatchingMember, &p.WorkerMember} {
		var err error
		if *port, err = FreePort(); err != nil {
			return p, err
		}
	}
	return p, nil
}

// The pools are per service and kind of store: together they stay near 60 of
// the 200 connections PostgreSQL offers.
var temporalConfig = template.Must(template.New("config").Funcs(template.FuncMap{"quote": quote}).Parse(`# Written by Casepath at every start: changes here are lost.
log:
  stdout: true
  level: {{quote .LogLevel}}
persistence:
  defaultStore: temporal
  visibilityStore: visibility
  numHistoryShards: 4
  datastores:
    temporal:
      sql:
        pluginName: postgres12_pgx
        databaseName: temporal
        connectAddr: {{quote .Database}}
        connectProtocol: tcp
        user: temporal
        password: {{quote .Password}}
        maxConns: 12
        maxIdleConns: 12
        maxConnLifetime: 1h
    visibility:
      sql:
        pluginName: postgres12_pgx
        databaseName: temporal_visibility
        connectAddr: {{quote .Database}}
        connectProtocol: tcp
        user: temporal
        password: {{quote .Password}}
        maxConns: 4
        maxIdleConns: 4
        maxConnLifetime: 1h
global:
  membership:
    maxJoinDuration: 30s
    broadcastAddress: 127.0.0.1
services:
  frontend: {rpc: {grpcPort: {{.Ports.Frontend}}, membershipPort: {{.Ports.FrontendMember}}, bindOnIP: 127.0.0.1}}
  history: {rpc: {grpcPort: {{.Ports.History}}, membershipPort: {{.Ports.HistoryMember}}, bindOnIP: 127.0.0.1}}
  matching: {rpc: {grpcPort: {{.Ports.Matching}}, membershipPort: {{.Ports.MatchingMember}}, bindOnIP: 127.0.0.1}}
  worker: {rpc: {grpcPort: {{.Ports.Worker}}, membershipPort: {{.Ports.WorkerMember}}, bindOnIP: 127.0.0.1}}
clusterMetadata:
  enableGlobalNamespace: false
  failoverVersionIncrement: 10
  masterClusterName: active
  currentClusterName: active
  clusterInformation:
    active:
      enabled: true
      initialFailoverVersion: 1
      rpcName: frontend
      rpcAddress: "127.0.0.1:{{.Ports.Frontend}}"
dcRedirectionPolicy:
  policy: noop
archival:
  history: {state: disabled}
  visibility: {state: disabled}
namespaceDefaults:
  archival:
    history: {state: disabled}
    visibility: {state: disabled}
publicClient:
  hostPort: "127.0.0.1:{{.Ports.Frontend}}"
dynamicConfigClient:
  filepath: {{quote .DynamicConfig}}
  pollInterval: 10s
`))

// writeConfig writes temporal.yaml and dynamic.yaml and returns the path of the
// former.
func (t *Temporal) writeConfig() (string, error) {
	database, err := url.Parse(t.options.AdminURL("temporal"))
	if err != nil {
		return "", fmt.Errorf("the address of Temporal's database is not a URL: it must look like postgres://user:password@127.0.0.1:5432/temporal")
	}
	file := filepath.Join(t.options.Dir, "temporal.yaml")
	dynamic := filepath.Join(t.options.Dir, "dynamic.yaml")
	var text bytes.Buffer
	err = temporalConfig.Execute(&text, map[string]any{
		"LogLevel": "warn", "Database": database.Host, "Password": t.password, "Ports": t.ports, "DynamicConfig": dynamic,
	})
	if err != nil {
		return "", err
	}
	if err := writeFile(dynamic, dynamicConfig(t.options.TimeSkipping), 0o644); err != nil {
		return "", err
	}
	return file, writeFile(file, text.Bytes(), 0o600)
}

// dynamicConfig returns the settings that differ from Temporal's defaults.
func dynamicConfig(timeSkipping bool) []byte {
	b := bytes.NewBufferString("# Written by Casepath at every start: changes here are lost.\n")
	set := func(key string, value any, why string) {
		v, _ := json.Marshal(value) // plain values: cannot fail
		fmt.Fprintf(b, "# %s\n%s: [{value: %s}]\n", why, key, v)
	}
	set("frontend.enableServerVersionCheck", false, "No calls home.")
	set("matching.numTaskqueueReadPartitions", 1, "One machine: a second partition only adds a hop between poller and task.")
	set("matching.numTaskqueueWritePartitions", 1, "As above.")
	set("system.namespaceCacheRefreshInterval", "1s", "A new namespace is usable at once.")
	set("history.timerProcessorMaxTimeShift", "20ms", "One clock: timers under a second fire on time (the default, 1s, makes them a second late).")
	set("history.hostLevelCacheMaxSize", 10_000, "Workflows wait for weeks, about 45 kB each in memory: keep those that move. The default, 128,000, held gigabytes and the processor looked through them.")
	set("frontend.namespaceRPS.visibility", 100, "The reconciler lists running workflows.")
	set("system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute", 2, "A workflow whose task keeps failing is listed soon; one failure is a worker that died.")
	if timeSkipping {
		set("frontend.WorkflowTimeSkippingEnabled", true, "For tests: stories of weeks run in seconds.")
		set("frontend.WorkflowTimeSkippingMaxSkipPerSession", 1_000_000, "The default, 200, stops without a word.")
	}
	return b.Bytes()
}

func quote(s string) (string, error) {
	b, err := json.Marshal(s) // a JSON string is a YAML string
	return string(b), err
}

func address(port int) string { return localhost + ":" + strconv.Itoa(port) }
