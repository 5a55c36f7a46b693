#!/usr/bin/env bash
# The whole life of a job with curl alone: submit, start, follow, fetch, remove.
#
#   TSM_URL=https://data.example.org/tsm TSM_TOKEN=gt-... ./curl.sh specz.fits training_set.vot
#
# docs/curl.md explains each step, and the JSON interface beside it.
set -euo pipefail
redshifts=$1
target=$2
base=${TSM_URL%/}/crossmatch

# The token reaches curl as a file, so that no other user of this machine sees it in the list of processes.
ask() { curl -fsS -H @<(printf 'Authorization: Bearer %s' "$TSM_TOKEN") "$@"; }

job=$(ask -o /dev/null -w '%{redirect_url}' \
  -F CATALOG=mock_object -F RADIUS=1 -F SPLIT=train=0.7,test=0.3 -F SEED=1 \
  -F REDSHIFTS=mine -F UPLOAD=mine,param:table -F "table=@$redshifts" "$base/async")
echo "Job $job"
ask -o /dev/null -d PHASE=RUN "$job/phase"

# WAIT answers when the phase is no longer the given one, or after 30 seconds.
phase=QUEUED
while [ "$phase" = QUEUED ] || [ "$phase" = EXECUTING ]; do
  ask -o /dev/null "$job?WAIT=30&PHASE=$phase"
  phase=$(ask "$job/phase")
done
if [ "$phase" != COMPLETED ]; then
  echo "The job is $phase:" >&2
  ask "$job/error" >&2
  exit 1
fi

# -C - goes on where an earlier download broke off.
ask -C - -o "$target" "$job/results/result"
ask -o "${target%.*}.provenance.json" "$job/results/provenance"
echo "Training set: $target"

# Results stay for 30 days; this removes them at once.
ask -o /dev/null -X DELETE "$job"
