# What this repository can do. `make` alone prints the list.
#
# Everything that is built goes to .tools/ (lint tools) and bin/ (the program).

export CGO_ENABLED = 0

# The version is the newest tag and what came after it, where git can tell.
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
REVISION := $(shell git rev-parse HEAD 2>/dev/null)
DATE     := $(shell git log -1 --format=%cI 2>/dev/null)
LDFLAGS  := -s -w -X main.version=$(VERSION) -X main.revision=$(REVISION) -X main.date=$(DATE)
FUZZTIME ?= 20s
TOOLS    := .tools
LINT     := $(TOOLS)/golangci-lint
GOFUMPT  := $(TOOLS)/gofumpt
VULN     := $(TOOLS)/govulncheck

# Tests that the race detector would falsify (allocation counts) carry the build
# tag !race. Their packages are tested a second time, without it.
NORACE = $(sort $(dir $(shell grep -rl --include='*_test.go' '^//go:build.*!race' . 2>/dev/null)))

.PHONY: help
help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build bin/hardpan, without cgo
	go build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o bin/hardpan ./cmd/hardpan

.PHONY: image
image: build ## build the container image hardpan:<version>, with docker, podman or buildah
	@scripts/image.sh $(VERSION) $(REVISION) $(DATE)

.PHONY: man
man: build ## write the manual pages into bin/man1
	@rm -rf bin/man1
	bin/hardpan man bin/man1

.PHONY: demo
demo: build ## start a server, play every story against it, and say what happened (STORY=N: only that one)
	bin/hardpan demo $(if $(STORY),--story $(STORY))

.PHONY: test
test: lint clients postgres counts ## run everything: lint, and every test with the race detector and the real clients
	$(if $(NORACE),@echo '== go test without the race detector (what counts allocations)')
	$(if $(NORACE),go test $(NORACE))
	@echo '== go test -race'
	@command -v $${CC:-cc} >/dev/null || { echo 'the race detector needs a C compiler: apt-get install gcc libc6-dev' >&2; exit 1; }
	CGO_ENABLED=1 go test -race -timeout 20m ./...

# Tests that go through many cases say how many; go test shows that only when asked.
COUNTED = ^(TestCorpus|TestEvaluateAgreesWithReference|TestGolden.*|TestOutputsAreReadByTheSDK|TestInputsOfTheSDKAreDecoded|TestOperations.*|TestPublishedVectors|TestEveryUnbuiltOperationSaysSo)$$

.PHONY: counts
counts: ## print how many cases the tests of rules and wire formats go through
	@echo '== how many cases'
	@go test -count=1 -v -run '$(COUNTED)' ./policy/eval ./internal/wire/... ./internal/sigv4 ./internal/server \
		| sed -n 's/^ *[a-z_0-9]*_test\.go:[0-9]*: \(.*[0-9].*\)/  \1/p; /^--- FAIL/p'

.PHONY: clients
clients: ## find or install the real clients that tests drive, and a real model server
	@echo '== real clients and a real model server'
	@scripts/aws-clients.sh
	@scripts/js-clients.sh
	@scripts/llama-server.sh

.PHONY: postgres
postgres: ## find or install the real PostgreSQL that tests run
	@echo '== real PostgreSQL'
	@scripts/postgres.sh

.PHONY: lint
lint: $(LINT) $(GOFUMPT) ## vet, formatting, linters, tidy modules
	@echo '== go vet'
	go vet ./...
	@echo '== gofumpt'
	@unformatted=$$($(GOFUMPT) -l .) && test -z "$$unformatted" || { echo "not formatted, run make fmt: $$unformatted" >&2; exit 1; }
	@echo '== golangci-lint'
	$(LINT) run ./...
	@echo '== go mod tidy'
	@go mod tidy -diff >/dev/null || { echo 'go.mod or go.sum is not tidy, run go mod tidy' >&2; exit 1; }

.PHONY: fmt
fmt: $(GOFUMPT) ## format all Go files
	$(GOFUMPT) -w .

.PHONY: generate
generate: ## write again what is generated: operations that AWS has, doc/operations.md
	go generate ./...

.PHONY: bench
bench: build ## measure what is promised: name value unit (target …) ok|MISSED (ONLY=subject: only that one)
	@HARDPAN_BIN=$(CURDIR)/bin/hardpan go run ./internal/bench $(ONLY)

.PHONY: fuzz
fuzz: ## fuzz every target for FUZZTIME (20s)
	@scripts/fuzz.sh $(FUZZTIME)

.PHONY: soak
soak: ## tests that take longer than make test may (build tag soak)
	go test -tags soak -timeout 60m -run '^TestSoak' ./...

.PHONY: vuln
vuln: $(VULN) ## look for known vulnerabilities; asks the Go vulnerability database over the network
	$(VULN) ./...

.PHONY: clean
clean: ## remove what was built (not the real clients in the cache folder)
	rm -rf bin $(TOOLS)

# The lint tools have a module of their own, so that nothing of theirs is in the
# program's module graph; they are rebuilt when it changes.
$(LINT) $(GOFUMPT) $(VULN): tools/go.mod tools/go.sum
	@echo '== building $(notdir $@) (golangci-lint takes a minute, once)'
	@mkdir -p $(TOOLS)
	cd tools && go build -trimpath -o ../$@ $$(go list -f '{{.ImportPath}}' tool | grep '/$(notdir $@)$$')
	@touch $@
