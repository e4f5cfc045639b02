# A fresh clone needs Go, g++, make and Python's pip; the first target of these that runs sets up the rest.

GO = go
export GOWORK = $(CURDIR)/go.work

# Threads that wait for work sleep instead of spinning: on a machine with other load spinning is several times slower.
export OMP_WAIT_POLICY ?= PASSIVE

help:
	@echo 'make demo    adapt a small pretrained checkpoint four ways, and compare them over languages'
	@echo 'make build   bin/xpt'
	@echo 'make dist    dist/xpt-*.tar.gz, for machines with a libtorch and without Go; make release: a .deb and checksums too;'
	@echo '             TESTS=1 adds dist/xpt-*-tests.tar.xz: the same with the tests of what computes (docs/gpu.md)'
	@echo 'make man     manual pages into bin/man'
	@echo 'make test    all tests, those of what computes in every tier of processors up to this one'
	@echo 'make fuzz    every fuzz target for a minute; FUZZTIME=10s for less'
	@echo 'make setup   find or download libtorch and fit gotch to it; XPT_LIBTORCH=DIR chooses one'
	@echo 'make race    the tests of what needs no libtorch under the race detector'
	@echo 'make sanitize  the C++ kernels under the sanitizers of addresses and of undefined behaviour'
	@echo 'make vuln    known vulnerabilities of the modules that are called'
	@echo 'make lint    gofmt, go vet, staticcheck, and shellcheck where it is installed'
	@echo 'make bench   speed and memory of 564M into docs/speed.md; XPT_PEER=PYTHON beside HF transformers and PEFT'

# Without a workspace: the one that an earlier set-up wrote may name a folder that is gone.
setup:
	@if [ -z "$$HOME" ] && { [ -z "$$GOPATH" ] || [ -z "$$GOCACHE" ]; }; then echo 'HOME is not set: Go keeps modules and what it has compiled below it; set HOME to a folder of yours'; exit 1; fi
	@echo 'compiling the set-up, which takes a minute or two the first time'
	@GOWORK=off $(GO) run ./cmd/xpt-setup

# The revision, for xpt --version; empty outside of git. Go itself refuses to name it in a clone that another user owns.
COMMIT = $(shell git describe --always --exclude '*' --abbrev=12 --dirty=+ 2>/dev/null)
STAMP = -X main.commit=$(COMMIT)

# bin/xpt starts bin/xpt-main once it has found a libtorch, and says what is missing where there is none.
build: setup
	@echo 'compiling xpt'
	$(GO) build -buildvcs=false -ldflags '$(STAMP)' -o bin/xpt-main ./cmd/xpt
	CGO_ENABLED=0 $(GO) build -buildvcs=false -ldflags '-s -w' -o bin/xpt ./cmd/xpt-launcher

# What runs on a machine without compiler and Go: dist/xpt-... and its tar.gz; release has a Debian package and checksums too.
# With TESTS=1 the folder and a second tar file hold the tests of the packages that compute.
dist release: setup
	@echo 'compiling xpt'
	$(GO) build -buildvcs=false -ldflags '-s -w $(STAMP)' -o dist/bin/xpt-main ./cmd/xpt
	CGO_ENABLED=0 $(GO) build -buildvcs=false -ldflags '-s -w' -o dist/bin/xpt ./cmd/xpt-launcher
	@rm -rf dist/tests
	$(if $(TESTS),$(GO) test -c -ldflags '-s -w' -o dist/tests/ $(COMPUTE))
	internal/release/dist.sh $@ $(if $(TESTS),$(COMPUTE))

# The manual pages: man -l bin/man/xpt.1
man: build
	bin/xpt man bin/man

# The packages that compute run once in every tier of processors that this one has (see internal/kernels), the others once.
COMPUTE = xpt xpt/internal/kernels xpt/libtorch xpt/internal/optim xpt/internal/prepack xpt/internal/doctor xpt/xglm xpt/softprompt xpt/heads xpt/internal/train xpt/internal/transfer xpt/internal/zeroshot xpt/internal/bench

test: setup
	$(GO) test -timeout 30m $$($(GO) list ./... | grep -vxF "$$(printf '%s\n' $(COMPUTE))")
	@set -e; for tier in $$($(GO) run ./internal/kernels/tiers); do \
		echo "computing in the tier $$tier:"; \
		XPT_CPU=$$tier $(GO) test -timeout 30m -count=1 $(COMPUTE); \
	done

# To make an input smaller may take no minute of a large one: it would be all of the time.
FUZZTIME = 1m

# What a target finds stays in testdata/fuzz of its package, and go test runs it from then on.
fuzz: setup
	@set -e; for folder in $$(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n 1 dirname | sort -u); do \
		for target in $$($(GO) test -list '^Fuzz' $$folder | grep '^Fuzz'); do \
			echo "$$folder: $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 100x $$folder; \
		done; \
	done

demo: build
	./testdata/mini/demo.sh

# Some minutes of xpt, and an hour of the peer; the machine should have nothing else to do.
bench: build
	bin/xpt bench --out docs/speed.md $(if $(XPT_PEER),--peer "$(XPT_PEER)")

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.7.0
SCRIPTS = .ci/run $(wildcard testdata/*/*.sh testdata/gpu/dry/*.sh internal/*/*.sh)

lint: setup
	@unformatted=$$(gofmt -l $$($(GO) list -f '{{.Dir}}' ./...)); if [ -n "$$unformatted" ]; then echo "gofmt -w $$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	@if command -v shellcheck >/dev/null; then shellcheck $(SCRIPTS); fi

# Packages that link no libtorch: the race detector knows nothing of the threads of one.
race: setup
	$(GO) test -race $$($(GO) list -f '{{.ImportPath}} {{join .Deps " "}} ' ./... | grep -v ' github.com/sugarme/gotch/libtch ' | cut -d' ' -f1)

# Errors end the test: -fno-sanitize-recover. What lives to the end of the process is no leak.
SANITIZE = ASAN_OPTIONS=detect_leaks=0 CGO_CXXFLAGS='-O1 -g -fsanitize=undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer' CGO_LDFLAGS=-fsanitize=undefined

sanitize: setup
	@set -e; for tier in $$($(GO) run ./internal/kernels/tiers); do \
		echo "sanitized in the tier $$tier:"; \
		$(SANITIZE) XPT_CPU=$$tier $(GO) test -asan -count=1 ./internal/kernels; \
	done

GOVULNCHECK = golang.org/x/vuln/cmd/govulncheck@v1.9.0

vuln: setup
	$(GO) run $(GOVULNCHECK) ./...

.PHONY: help setup build dist release man test fuzz race sanitize vuln demo bench lint
