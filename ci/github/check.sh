#!/usr/bin/env bash
# Run the check with the action's inputs, which come as variables and are never read by a shell; leave the reports and the outputs.
# The exit code is an output: verdict.sh ends the job with it, after the reports are handed over.
set -euo pipefail

# A folder of its own: an earlier use in the same job must not pass for this one, where this one cannot run.
reports=$(mktemp -d "${RUNNER_TEMP:?}/preflight.XXXXXX")
arguments=(--no-progress)
for name in json html sarif; do
  arguments+=(-f "$name=$reports/preflight.$name")
done
arguments+=(-f "junit=$reports/preflight.xml")

# The github format writes annotations to the log, and the summary where GITHUB_STEP_SUMMARY says; each can be had alone.
[[ ${INPUT_SUMMARY:-true} == true ]] || unset GITHUB_STEP_SUMMARY
if [[ ${INPUT_ANNOTATIONS:-true} == true ]]; then
  arguments+=(-f github)
else
  arguments+=(-f text -f github=/dev/null)
fi

[[ -z ${INPUT_PROFILE:-} ]] || arguments+=("--profile=$INPUT_PROFILE")
[[ -z ${INPUT_CONFIG:-} ]] || arguments+=("--config=$INPUT_CONFIG")
[[ -z ${INPUT_FAIL_ON:-} ]] || arguments+=("--fail-on=$INPUT_FAIL_ON")
[[ ${INPUT_OFFLINE:-false} != true ]] || arguments+=(--offline)
[[ ${INPUT_ALLOW_EMPTY:-false} != true ]] || arguments+=(--allow-empty)

sources=()
while read -r line; do
  [[ -z $line ]] || sources+=("$line")
done < <(tr -d '\r' <<<"${INPUT_SOURCES:-}")

code=0
"${PREFLIGHT_BIN:?}/preflight" check "${arguments[@]}" -- "${sources[@]}" </dev/null || code=$?

# Counts are there only where a report was finished.
counts=$("$PREFLIGHT_BIN/python" - "$reports/preflight.json" <<'PYTHON' || true
import json, sys

try:
    with open(sys.argv[1], encoding="utf-8") as file:
        summary = json.load(file)["summary"]
except (OSError, ValueError, KeyError):
    sys.exit()
print(f"rejected={summary['rejected']}\nunknown={summary['unknown']}\nsarif={sys.argv[1].removesuffix('json')}sarif")
PYTHON
)
{
  echo "exit-code=$code"
  echo "report=$reports"
  [[ -z $counts ]] || echo "$counts"
} >>"${GITHUB_OUTPUT:?}"
