# The one list of what can be done here: `make help`.
# Every target installs what it needs itself: Python packages into build/venv, everything slow to make
# into the user's cache folder, Debian packages (as root) onto the machine.

PYTHON ?= python3
VENV := build/venv
BIN := $(VENV)/bin
SOURCES := operator local tests bench
CLUSTER ?= local
DEMO ?= demo
SLOWEST := --durations=20 --durations-min=10
TEST_IMAGES := operator:dev corda:4.10 corda:4.7 azure-stub:dev azurite:3.37.0 credit-record:1.0.0 credit-record:1.1.0 finance:4.10 credit-record-gateway:1.0.0 prometheus:3.13.5

export PYTHONDONTWRITEBYTECODE := 1

.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  %-18s %s\n", $$1, $$2} /^##@ / {printf "\n%s\n", substr($$0, 5)}' $(MAKEFILE_LIST)

##@ Checks

.PHONY: test
test: lint types imports unit cordapp integration e2e ## Everything: what CI runs

.PHONY: lint
lint: $(VENV)/ready ## Style and common mistakes (ruff)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)

.PHONY: format
format: $(VENV)/ready ## Rewrite the sources in the project's format
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

.PHONY: types
types: $(VENV)/ready ## Types (mypy --strict)
	$(BIN)/mypy

.PHONY: imports
imports: $(VENV)/ready ## Who may import whom (import-linter)
	$(BIN)/lint-imports

.PHONY: unit
unit: $(VENV)/ready ## Tests without processes or network, in seconds
	$(BIN)/pytest tests/unit

.PHONY: cordapp
cordapp: $(VENV)/ready ## Build, test and sign the credit record CorDapp
	$(BIN)/python -m local.cordapps verify
	$(BIN)/python -m local.cordapps build

.PHONY: integration
integration: prepared ## Tests against Azurite, the stub, a real API server and genuine Corda in its image
	$(BIN)/pytest --numprocesses=2 --dist=loadfile $(SLOWEST) tests/integration

.PHONY: e2e
e2e: prepared ## Tests in real pods, on a cluster of their own (E2E_KEEP=1 leaves it standing)
	$(BIN)/pytest $(SLOWEST) tests/e2e

# What takes minutes on a fresh machine is made before the tests, where its progress shows.
.PHONY: prepared
prepared: $(VENV)/ready ## Build the programs and images that tests run
	$(BIN)/python -m local.tools
	$(BIN)/python -m local.images build $(TEST_IMAGES)

.PHONY: crds
crds: $(VENV)/ready ## Write crds/ and docs/reference.md again, from the models in operator/corda_operator/api
	$(BIN)/python -m local.crds

.PHONY: charts
charts: $(VENV)/ready ## Write the charts' values.yaml and tables of values again, from values.schema.json, and the dashboards
	$(BIN)/python -m local.charts

.PHONY: screenshots
screenshots: $(VENV)/ready ## Write docs/images/network-page-*.png again, from the network page in Chromium
	WRITE_SCREENSHOTS=1 $(BIN)/pytest tests/integration/network_page/test_screenshots.py

##@ Benchmarks

.PHONY: bench-network-map
bench-network-map: $(VENV)/ready ## Measure publishing and polling at 10, 1,000 and 10,000 nodes into build/reports/network-map.json
	$(BIN)/python -m bench.network_map

.PHONY: bench-operator
bench-operator: $(VENV)/ready ## Measure the operator with 10, 100 and 500 CordaNodes into build/reports/operator.json
	$(BIN)/python -m bench.operator

.PHONY: bench-start
bench-start: $(VENV)/ready ## Measure from kubectl apply to the first transaction into build/reports/start.json
	$(BIN)/python -m bench.start

.PHONY: bench-transactions
bench-transactions: $(VENV)/ready ## Measure transactions through the gateway and by RPC into build/reports/transactions.json
	$(BIN)/python -m bench.transactions

.PHONY: bench-monitoring
bench-monitoring: $(VENV)/ready ## Measure a node with and without the exporter's agent into build/reports/monitoring.json
	$(BIN)/python -m bench.monitoring

##@ Python packages

$(VENV)/ready: requirements/run.txt requirements/dev.txt pyproject.toml
	@echo "==> Python packages into $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: requirements
requirements: $(VENV)/ready ## Pin the newest Python packages again, with hashes
	$(BIN)/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-find-links \
		--extra azure-monitor --output-file requirements/run.txt pyproject.toml
	$(BIN)/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-find-links \
		--output-file requirements/dev.txt requirements/dev.in

##@ A network on this machine

.PHONY: network
network: $(VENV)/ready ## Run identity manager and network map alone, for Corda nodes of yours to join
	$(BIN)/python -m local.network up

.PHONY: network-down
network-down: $(VENV)/ready ## Stop them; what they know stays in build/network
	$(BIN)/python -m local.network down

##@ The whole of it

.PHONY: demo
demo: $(VENV)/ready ## Two banks share credit records: cluster, operator, genuine nodes, gateways, applications
	$(BIN)/python -m local.demo up --name $(DEMO)

.PHONY: demo-down
demo-down: $(VENV)/ready ## Take the demo's cluster away with everything in it
	$(BIN)/python -m local.demo down --name $(DEMO)

##@ A cluster on this machine

.PHONY: cluster
cluster: $(VENV)/ready ## Kubernetes with real pods: kind with Docker, genuine programs without; kubeconfig in build/kubeconfig
	$(BIN)/python -m local.cluster up --name $(CLUSTER)

.PHONY: cluster-down
cluster-down: $(VENV)/ready ## Take the cluster away with everything it made
	$(BIN)/python -m local.cluster down --name $(CLUSTER)

.PHONY: cluster-fast
cluster-fast: $(VENV)/ready ## Control plane with fake nodes and pods, in seconds
	$(BIN)/python -m local.cluster fast-up

.PHONY: cluster-fast-down
cluster-fast-down: $(VENV)/ready ## End the fast cluster
	$(BIN)/python -m local.cluster fast-down

.PHONY: tools
tools: $(VENV)/ready ## Build the Go programs that clusters run; kubectl and helm land in build/bin
	$(BIN)/python -m local.tools

##@ Images and Azure's stand-ins

.PHONY: images
images: $(VENV)/ready ## Build every container image, with Docker or with buildah
	$(BIN)/python -m local.images build

.PHONY: stand-ins
stand-ins: $(VENV)/ready ## Run Azurite and the Key Vault and Entra protocol stub as processes
	$(BIN)/python -m local.azure up

.PHONY: stand-ins-down
stand-ins-down: $(VENV)/ready ## Stop them
	$(BIN)/python -m local.azure down

.PHONY: cluster-stand-ins
cluster-stand-ins: cluster ## Run the same stand-ins as pods in the cluster
	$(BIN)/python -m local.cluster stand-ins --name $(CLUSTER)
