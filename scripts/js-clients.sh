#!/usr/bin/env bash
# js-clients.sh: have the real JavaScript clients at hand for the tests.
#
#   scripts/js-clients.sh          find them, or install them into the cache folder
#   scripts/js-clients.sh --where  print the cache folder and do nothing else
#
# They are AWS's SDK v3, @anthropic-ai/bedrock-sdk and @ai-sdk/amazon-bedrock, the Model
# Context Protocol's SDK, its inspector and two of its servers, with the Node that runs
# them, in the versions that js-clients/package-lock.json pins and
# with its checksums. npm takes them from whatever registry its configuration on this
# machine names; no install script of theirs runs. internal/realtools looks in the
# same place.
#
# Environment:
#   HARDPAN_JS_CLIENTS  the cache folder
set -euo pipefail

readonly place=${HARDPAN_JS_CLIENTS:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/hardpan/js-clients}
pinned=$(cd "$(dirname "$0")" && pwd)/js-clients
readonly pinned

say() { printf 'js-clients: %s\n' "$*"; }
die() { printf 'js-clients: %s\n' "$@" >&2; exit 1; }

node_of() { ls "$1"/node_modules/node-linux-*/bin/node 2>/dev/null | head -n 1; }

# usable DIR: prints what it found and succeeds if what is pinned today is there and runs.
usable() {
  local node
  node=$(node_of "$1") && [ -n "$node" ] && cmp -s "$pinned/package-lock.json" "$1/package-lock.json" || return 1
  say "using $(cd "$1" && "$node" --input-type=module -e '
    const names = ["@aws-sdk/client-bedrock-runtime", "@aws-sdk/client-bedrock", "@aws-sdk/client-iam", "@aws-sdk/client-sts",
      "@anthropic-ai/bedrock-sdk", "@ai-sdk/amazon-bedrock", "ai", "@modelcontextprotocol/sdk/client/index.js"]
    for (const name of names) await import(name)
    console.log("Node " + process.version + " and " + names.length + " packages")') ($1)"
}

what_to_install() {
  die "the JavaScript clients are not in $place, and $1" \
    "install npm (on Debian as root: apt-get install npm) and run scripts/js-clients.sh" \
    "to leave out the tests that need them, on purpose: HARDPAN_TEST_WITHOUT=js-clients (refused where CI=true)"
}

need_npm() {
  if command -v npm >/dev/null; then return; fi
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || what_to_install "there is no npm to install them with"
  say "installing Debian's npm"
  apt-get -qq update
  DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends npm ca-certificates >/dev/null
}

# install_pinned builds everything in a folder beside the cache and renames it into
# place when it is whole and has run, so that a half-installed folder is never used.
install_pinned() {
  local began=$SECONDS
  mkdir -p "$(dirname "$place")"
  exec 9>"$place.lock"
  flock 9
  if usable "$place" 2>/dev/null; then return; fi   # another process was faster
  need_npm
  work=$(mktemp -d "$place.partial.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  cp "$pinned/package.json" "$pinned/package-lock.json" "$work"
  say "installing into $place (some 150 MB to download)"
  npm ci --prefix "$work" --ignore-scripts --no-audit --no-fund --loglevel=error >"$work/log" 2>&1 ||
    { tail -n 20 "$work/log" >&2; what_to_install "npm could not install them"; }
  rm -rf "$work"/node_modules/node-linux-*/{include,share} "$work"/node_modules/node-linux-*/{CHANGELOG,README}.md "$work/log"
  usable "$work" >/dev/null || die "what was installed does not run"
  rm -rf "$place"
  mv "$work" "$place"
  usable "$place"
  say "took $((SECONDS - began)) s"
}

if [ "${1:-}" = --where ]; then printf '%s\n' "$place"; exit; fi

if [[ ,${HARDPAN_TEST_WITHOUT:-}, == *,js-clients,* ]]; then
  [ "${CI:-}" != true ] || die "HARDPAN_TEST_WITHOUT is refused where CI=true"
  say "NOT LOOKED FOR, as HARDPAN_TEST_WITHOUT asks: the tests that drive the JavaScript clients will be skipped"
  exit
fi
if usable "$place" 2>/dev/null; then exit; fi
install_pinned
