# Casepath: `make run` runs it, `make test` tests it. Both set up all they need.

SHELL := /bin/sh
export GOFLAGS := -mod=readonly

# Real cases kept outside the repository; without them the tests that read
# them are the only ones skipped.
ifneq ($(wildcard ../shared/testdata),)
export CASEPATH_CASES ?= $(abspath ../shared)
endif

.PHONY: run build test check generate

run: build
	@exec bin/casepath up

build:
	@mkdir -p bin
	@go build -o bin/casepath ./cmd/casepath

# One PostgreSQL and one Temporal serve the whole run.
test:
	go run ./procedures/stack/run go test -timeout 30m ./...

generate:
	go generate ./...
