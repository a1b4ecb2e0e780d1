#!/usr/bin/env bash
# fuzz.sh TIME: fuzzes every target of the repository for TIME each, one after
# another, and stops at the first that finds something.
set -euo pipefail
readonly time=${1:?how long, for example 20s}

count=0
while IFS=: read -r file target; do
  printf '== %s %s\n' "$(dirname "$file")" "$target"
  go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "./$(dirname "$file")"
  count=$((count + 1))
done < <(grep -roE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sed 's/:func /:/; s,^\./,,' | sort)
printf 'fuzzed %d targets for %s each\n' "$count" "$time"
