#!/usr/bin/env bash
# Install preflight into an environment of its own: from the index where a version is asked for, else from the action's own files.
set -euo pipefail

python=${PYTHON:-python3}
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "::error title=preflight::Python 3.11 or newer is needed; use actions/setup-python before this action"
  exit 2
fi
if [[ -n ${INPUT_VERSION:-} && ! $INPUT_VERSION =~ ^[0-9]+(\.[0-9]+)*[a-z0-9.]*$ ]]; then
  echo "::error title=preflight::The input version must look like 0.1.0"
  exit 2
fi

home=${RUNNER_TEMP:?}/preflight-environment
wanted=${GITHUB_ACTION_PATH:?}[yaml] # a source may be YAML
[[ -z ${INPUT_VERSION:-} ]] || wanted=mms-preflight[yaml]==$INPUT_VERSION
"$python" -m venv "$home"
"$home/bin/python" -m pip install --quiet --disable-pip-version-check "$wanted"
echo "bin=$home/bin" >>"${GITHUB_OUTPUT:?}"
