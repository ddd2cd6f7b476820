# Every target sets up what it needs. On a fresh machine that takes Node.js with npm (20 or newer), Python 3, and for the real
# API server and actionlint Go (1.25 or newer).
# The locked Node.js, or the machine's own where there is no package of it.
NODE = PATH="$(CURDIR)/node_modules/.bin:$$PATH" node
INSTALLED = node_modules/.package-lock.json

.PHONY: test unit demo bench scale sweep build lint format setup

## everything that CI runs; the last line counts it
test: $(INSTALLED)
	@node scripts/test.mjs

## the inner loop; ARGS goes to jest: make unit ARGS='__tests__/checks -t wait'
unit: $(INSTALLED)
	@node scripts/test.mjs unit $(if $(ARGS),-- $(ARGS))

## a cluster from unknown to green, on an emulated API server or with REAL=1 on a real one
demo: $(INSTALLED)
	@node scripts/setup.mjs vault $(if $(REAL),kubernetes)
	@REAL="$(REAL)" $(NODE) sandbox/demo.ts

## a bind against the runbook's commands, on the same servers
bench: $(INSTALLED)
	@node scripts/setup.mjs vault kubernetes
	@$(NODE) sandbox/bench.ts

## verify over 100, 1,000 and 10,000 of everything; SIZES="100 1000" for less
scale: $(INSTALLED)
	@node scripts/setup.mjs vault
	@SIZES="$(or $(SIZES),100 1000 10000)" $(NODE) sandbox/scale.ts

## bind and rotate stopped at every request by each signal, and 50 pairs of runs on one mount; SHARE=2/6 for the second sixth
sweep: $(INSTALLED)
	@node scripts/setup.mjs vault
	@FULL=$(or $(SHARE),1) NODE_OPTIONS=--experimental-vm-modules $(NODE) node_modules/jest/bin/jest.js --runInBand --verbose \
		__tests__/e2e/interruption.test.ts __tests__/e2e/concurrency.test.ts

## dist/ from src/
build: $(INSTALLED)
	@node scripts/build.mjs

lint: $(INSTALLED)
	@node scripts/test.mjs lint types

format: $(INSTALLED)
	@node_modules/.bin/biome check --write

setup: $(INSTALLED)
	@node scripts/setup.mjs

$(INSTALLED): package-lock.json
	npm ci --loglevel=error
	@touch $@
