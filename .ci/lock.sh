#!/usr/bin/env bash
# Resolve pyproject.toml anew into the two lock files: hashes, no index address.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/python -m venv .soundings/uv && .soundings/uv/bin/pip -q install uv
options=(-q --upgrade --generate-hashes --no-header --no-emit-index-url --no-annotate --python-version 3.11 --extra cluster)
.soundings/uv/bin/uv pip compile "${options[@]}" pyproject.toml -o requirements.lock
.soundings/uv/bin/uv pip compile "${options[@]}" --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock
