# Casepath: `make run` runs it, `make test` tests it. Both set up all they need.

SHELL := /bin/sh
export GOFLAGS := -mod=readonly

# Real cases kept outside the repository; without them the tests that read
# them are the only ones skipped.
ifneq ($(wildcard ../shared/testdata),)
export CASEPATH_CASES ?= $(abspath ../shared)
endif

# Tools are built once, each from its own module.
TOOLS := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/casepath/tools
GENERATED := api/api.gen.go client/client.gen.go

.PHONY: run build test check format generate bench soak pictures

run: build
	@exec bin/casepath up

build:
	@mkdir -p bin
	@go build -o bin/casepath ./cmd/casepath

# One PostgreSQL and one Temporal serve the whole run. The longest packages
# start first, so that no core waits for one of them in the end.
LONGEST := ./web/browser ./procedures/crash ./web ./api ./desk

test:
	go run ./procedures/stack/run go test -timeout 30m $(LONGEST) ./...

# What everything costs, beside its floors, in one run (about four minutes; SHORT=1: one).
bench: build
	@go build -o bin/bench ./procedures/bench && exec bin/bench $(if $(SHORT),-short)

# Many tickets: 10,000 due at the same instant, and 100,000 that wait while
# nothing happens (about an hour; WAITING=20000: less than half of that).
soak: build
	@go build -o bin/bench ./procedures/bench && exec bin/bench -soak $(if $(WAITING),-waiting $(WAITING))

# Format, lint with the import arrows, determinism of workflow code, generated
# code, modules.
check: $(TOOLS)/golangci-lint $(TOOLS)/gofumpt $(TOOLS)/workflowcheck
	@unformatted=$$($(TOOLS)/gofumpt -l .); test -z "$$unformatted" || { echo "not formatted (make format): $$unformatted"; exit 1; }
	$(TOOLS)/golangci-lint run
	$(TOOLS)/workflowcheck -config tools/workflowcheck/config.yaml ./...
	@before=$$(cat $(GENERATED) | cksum); go generate ./...; after=$$(cat $(GENERATED) | cksum); \
		test "$$before" = "$$after" || { echo "generated code was behind openapi.yaml; it is written anew, commit it"; exit 1; }
	go mod tidy -diff
	@for m in tools/*/; do (cd $$m && go mod tidy -diff) || exit 1; done

format: $(TOOLS)/gofumpt
	$(TOOLS)/gofumpt -w .

generate:
	go generate ./...

# The documentation's pictures of pages, taken anew in Chromium.
pictures:
	go test ./web/browser -run TestPictures -count 1 -pictures $(CURDIR)/docs/pictures

$(TOOLS)/golangci-lint $(TOOLS)/gofumpt: tools/lint/go.mod
	@echo "building golangci-lint and gofumpt, about 2 minutes the first time"
	@mkdir -p $(TOOLS)
	@cd tools/lint && go build -o $(TOOLS)/ tool

$(TOOLS)/workflowcheck: tools/workflowcheck/go.mod
	@mkdir -p $(TOOLS)
	@cd tools/workflowcheck && go build -o $(TOOLS)/ tool
