#!/usr/bin/env bash
# A training set with STILTS: it submits a match of a table sent before, waits, fetches, and looks at the result.
#
#   TSM_URL=https://data.example.org/tsm TSM_TOKEN=gt-... ./stilts.sh specz.fits training_set.fits
#
# What STILTS cannot do: upload and sign in within one request (before 3.5), so curl sends the table; ask for other
# results than the VOTable `result` (it writes any format itself); read Parquet (in Debian's package).
set -euo pipefail
redshifts=$1
target=$2
base=${TSM_URL%/}/crossmatch

# The first two sign STILTS in before 3.5, the others since. Other users of this machine can see them while STILTS
# runs: where that matters, leave them out and use STILTS 3.5, which asks for user name (any) and password (the token).
sign_in=(-Dstar.basicauth.user=x-oauth-basic "-Dstar.basicauth.password=$TSM_TOKEN"
         -Dauth.username=x-oauth-basic "-Dauth.password=$TSM_TOKEN")

# Send the table once; it can be matched many times.
source=$(curl -fsS -H @<(printf 'Authorization: Bearer %s' "$TSM_TOKEN") \
  -F "file=@$redshifts" "${TSM_URL%/}/api/v1/uploads?wait=30" | sed -E 's/.*"source": *"([^"]+)".*/\1/')

# The parameters of the match stand in the query string; the query itself is a dash. `delete=never` leaves the job.
stilts "${sign_in[@]}" tapquery tapurl="$base" sync=false adql=- poll=1000 delete=never \
  asyncurl="$base/async?CATALOG=mock_object&REDSHIFTS=$source&RADIUS=1&SPLIT=train=0.7,test=0.3&SEED=1" \
  out="$target"

# From here on it is a table like any other.
stilts tpipe in="$target" cmd='select is_training_set' cmd='keepcols "redshift separation_arcsec"' omode=stats
