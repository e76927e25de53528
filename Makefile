# Every target sets up what it needs: see packaging/deps.

GOLANGCI_LINT := v2.15.0
GOFUMPT       := v0.12.0
DEADCODE      := v0.52.0
GOVULNCHECK   := v1.9.0

# How long each target of "make fuzz" takes.
FUZZTIME := 1m

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# Targets share the Go build cache and the package manager.
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

export PATH := $(PATH):/usr/local/go/bin
STEP := packaging/step
TOOLS := bin/tools
JS := $(TOOLS)/js
LINUX := packaging/linux

# The keyring library connects to the session bus when it is loaded, and starts
# one that nobody ends where there is none (godbus, "autolaunch"). An address
# that leads nowhere stops that, and keeps tests off a person's own keyring;
# the desktop rig sets its own.
NO_BUS := env DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent

COMMA := ,
# The client and the agent then need no C library, which would be a tenth of what
# an idle agent has resident; HTTP/2, which AWS does not need, would be another
# fortieth. The windows have the C library all the same, for OpenGL.
# Elsewhere than on Linux the system alone knows how names are resolved.
PURE := $(if $(filter Linux,$(shell uname -s)),-tags netgo$(COMMA)osusergo$(COMMA)nethttpomithttp2)

# Without a console window behind it on Windows.
WINDOWED := -ldflags=-H=windowsgui

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

.PHONY: demo
demo: ## build all and try it on a stand-in AWS, with this desktop or one of its own
	@packaging/deps demo
	@$(STEP) build go build $(PURE) -o bin/ ./cmd/...
	@bin/daypass-demo

.PHONY: build
build: ## build all programs into bin/
	@packaging/deps build
	@$(STEP) build go build $(PURE) -o bin/ ./cmd/...

# Most tests wait for other programs, so more of them run at once than there are
# processors, those that take longest first. A program with the race detector in it
# sleeps for a second before it ends, unless it is given less: a test that starts
# commands has hundreds of them. Panics can be read without DWARF, and "make lint" vets.
SLOW := ./tray ./app ./cmd/daypass-demo ./creds/core ./cmd/...
TEST := env GORACE=atexit_sleep_ms=10 go test -race -p 4 -parallel 4 -vet=off -ldflags=-w -timeout 60m

# The date of the pages is that of the commit, so that the same source makes the same pages.
.PHONY: man
man: ## the manual pages, from the commands themselves, into bin/man/
	@packaging/deps build
	@$(STEP) client go build $(PURE) -o bin/ ./cmd/daypass
	@export SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct 2>/dev/null || true)}; \
		$(STEP) 'manual pages' go run ./packaging/man bin/daypass bin/man

.PHONY: test
test: $(JS)/.installed ## all tests, with the race detector
	@packaging/deps test
	@$(STEP) programs go build $(PURE) -o bin/ ./cmd/...
	@$(STEP) tests $(NO_BUS) $(TEST) $(SLOW) ./...

.PHONY: soak
soak: ## kills the agent at every writing system call of a rotation, an import and a rename, as root, and goes through the windows of keys
	@packaging/deps test
	@$(STEP) soak $(NO_BUS) DAYPASS_SOAK=1 $(TEST) -timeout 4h -v -run 'WhateverKillsTheAgent|WithoutItsJournal|TestKeysAre' ./cmd/daypass-tray ./cmd/daypass-demo

.PHONY: check
check: test lint cross ## what a change must pass: test, lint, cross

.PHONY: memory
memory: ## what is left in the agent's memory, also when a lease has ended: six minutes, as root
	@packaging/deps test
	@$(STEP) memory $(NO_BUS) go test ./cmd/daypass-tray -run NoSecretIsLeftInMemory -leases -v

.PHONY: desktops
desktops: ## the windows on a desktop without X11: sway, headless
	@packaging/deps desktops
	@$(STEP) sway $(NO_BUS) go test ./app -run OnWayland -sway -v

.PHONY: bench
bench: ## speed and size against plain programs that do the same, as a table
	@packaging/deps test
	@$(STEP) build go build $(PURE) -o bin/ ./cmd/...
	@go run ./packaging/bench

.PHONY: fuzz
fuzz: ## all fuzz targets, one after the other, for FUZZTIME=1m each; how many executions there were
	@packaging/deps test
	@$(STEP) fuzz $(NO_BUS) packaging/fuzz $(FUZZTIME)

.PHONY: vuln
vuln: $(TOOLS)/.govulncheck-$(GOVULNCHECK) ## known weaknesses in what the programs are made of
	@packaging/deps build
	@$(STEP) govulncheck packaging/vuln $(TOOLS)/govulncheck

.PHONY: lint
lint: $(TOOLS)/.golangci-lint-$(GOLANGCI_LINT) $(TOOLS)/.deadcode-$(DEADCODE) ## modules, vet, golangci-lint, formatting, unreachable code, desktop files, scripts
	@packaging/deps test
	@$(STEP) modules go mod verify
	@$(STEP) vet go vet ./...
	@$(STEP) lint $(TOOLS)/golangci-lint run --allow-parallel-runners --timeout 20m ./...
	@$(STEP) 'unreachable code' packaging/unreachable $(TOOLS)/deadcode
	@$(STEP) 'desktop files' $(MAKE) lint-desktop
	@for script in packaging/deps packaging/step packaging/unreachable packaging/vuln packaging/fuzz packaging/js/install .ci/run; do bash -n $$script; done

.PHONY: lint-desktop
lint-desktop:
	@desktop-file-validate --no-hints $(LINUX)/*.desktop
	@appstreamcli validate --no-net $(LINUX)/*.metainfo.xml

.PHONY: fmt
fmt: $(TOOLS)/.gofumpt-$(GOFUMPT) ## format all Go files with gofumpt
	@$(TOOLS)/gofumpt -l -w .

.PHONY: cross
cross: ## build for other systems what needs no foreign SDK, into bin/cross/
	@packaging/deps test
	@$(STEP) 'windows/amd64, client' env GOOS=windows GOARCH=amd64 CGO_ENABLED=0 go build -o bin/cross/windows-amd64/ ./cmd/daypass
	@$(STEP) 'windows/amd64, agent' env GOOS=windows GOARCH=amd64 CGO_ENABLED=0 go build $(WINDOWED) -o bin/cross/windows-amd64/ ./cmd/daypass-tray
	@$(STEP) 'windows/amd64, windows' env GOOS=windows GOARCH=amd64 CGO_ENABLED=1 CC=x86_64-w64-mingw32-gcc go build $(WINDOWED) -o bin/cross/windows-amd64/ ./cmd/daypass-ui
	@$(STEP) 'darwin/arm64, client' env GOOS=darwin GOARCH=arm64 CGO_ENABLED=0 go build -o bin/cross/darwin-arm64/ ./cmd/daypass
	@$(STEP) 'linux/arm64, client and agent' env GOOS=linux GOARCH=arm64 CGO_ENABLED=0 go build $(PURE) -o bin/cross/linux-arm64/ ./cmd/daypass ./cmd/daypass-tray

.PHONY: icons
icons: ## draw the icon set anew from its sources
	@packaging/deps icons
	@cd packaging/icons && go run ./gen

.PHONY: screenshots
screenshots: ## take the README's pictures anew, on a desktop of their own
	@packaging/deps test
	@$(STEP) build go build $(PURE) -o bin/ ./cmd/...
	@env -u DISPLAY -u WAYLAND_DISPLAY bin/daypass-demo --pictures packaging/pictures

.PHONY: clean
clean: ## remove what was built, but not the tools
	@rm -rf bin/daypass* bin/cross bin/man

# The AWS SDK for JavaScript, which tests run: see packaging/js.
$(JS)/.installed: packaging/js/package.json packaging/js/package-lock.json packaging/js/install
	@packaging/deps test
	@$(STEP) 'install the SDK for JavaScript' packaging/js/install $(JS)
	@touch $@

# A file named for the version says which one is installed.
$(TOOLS)/.golangci-lint-$(GOLANGCI_LINT):
	@$(STEP) 'install golangci-lint' env GOBIN=$(CURDIR)/$(TOOLS) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT)
	@touch $@

$(TOOLS)/.deadcode-$(DEADCODE):
	@$(STEP) 'install deadcode' env GOBIN=$(CURDIR)/$(TOOLS) go install golang.org/x/tools/cmd/deadcode@$(DEADCODE)
	@touch $@

$(TOOLS)/.govulncheck-$(GOVULNCHECK):
	@$(STEP) 'install govulncheck' env GOBIN=$(CURDIR)/$(TOOLS) go install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK)
	@touch $@

$(TOOLS)/.gofumpt-$(GOFUMPT):
	@$(STEP) 'install gofumpt' env GOBIN=$(CURDIR)/$(TOOLS) go install mvdan.cc/gofumpt@$(GOFUMPT)
	@touch $@
