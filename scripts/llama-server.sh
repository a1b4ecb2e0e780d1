#!/usr/bin/env bash
# llama-server.sh: have llama.cpp's server at hand for the tests.
#
#   scripts/llama-server.sh          find one, or install it into the cache folder
#   scripts/llama-server.sh --where  print the cache folder and do nothing else
#
# It is a server with OpenAI's API that other people wrote, so that the openai
# backend cannot agree with itself about that API and be wrong. A llama-server on this
# machine is used as it is; else, on Debian, its package is unpacked into a folder of
# its own (debian-packages.sh says how). The tests make the model that it serves: a
# few hundred kilobytes of random weights. internal/realtools looks in the same places
# in the same order.
#
# Environment:
#   HARDPAN_TEST_LLAMA_SERVER  a llama-server to use
#   HARDPAN_LLAMA              the cache folder
set -euo pipefail

readonly place=${HARDPAN_LLAMA:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/hardpan/llama}

say() { printf 'llama-server: %s\n' "$*"; }
die() { printf 'llama-server: %s\n' "$@" >&2; exit 1; }
. "$(dirname "$0")/debian-packages.sh"

# usable PROGRAM: prints what it found and succeeds if it runs.
usable() {
  local said
  said=$("$1" --version 2>&1 | sed -n 's/^version: //p') && [ -n "$said" ] || return 1
  say "using llama-server $said ($1)"
}

what_to_install() {
  die "no llama-server was found, and $1" \
    "install llama.cpp, for example from https://github.com/ggml-org/llama.cpp, or name it: HARDPAN_TEST_LLAMA_SERVER=/path/to/llama-server" \
    "to leave out the tests that need it, on purpose: HARDPAN_TEST_WITHOUT=llama-server (refused where CI=true)"
}

# wrap DIR: writes bin/llama-server. It finds loader, libraries and the plainest of its
# processor back ends from its own place, so that the folder can be moved.
wrap() {
  local loader libs backend
  loader=$(loader "$1")
  libs=$(libraries "$1")
  backend=$(cd "$1" && ls "$libs"/ggml/backends0/libggml-cpu-x64.so "$libs"/ggml/backends0/libggml-cpu*.so 2>/dev/null | head -n 1)
  [ -n "$loader" ] && [ -n "$libs" ] && [ -n "$backend" ] || die "the unpacked packages hold no loader, libraries or processor back end"
  mkdir -p "$1/bin"
  cat >"$1/bin/llama-server" <<WRAPPER
#!/bin/sh
here=\$(dirname "\$(dirname "\$(readlink -f "\$0")")")
GGML_BACKEND_PATH=\$here/$backend exec "\$here/$loader" --library-path "\$here/$libs:\$here/$libs/llama:\$here/$libs/blas" "\$here/root/usr/bin/llama-server" "\$@"
WRAPPER
  chmod +x "$1/bin/llama-server"
}

# install_debian builds everything in a folder beside the cache and renames it into
# place when it is whole and has run, so that a half-unpacked folder is never used.
install_debian() {
  local began=$SECONDS
  mkdir -p "$(dirname "$place")"
  exec 9>"$place.lock"
  flock 9
  if usable "$place/bin/llama-server"; then return; fi   # another process was faster
  work=$(mktemp -d "$place.partial.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  say "installing llama.cpp of Debian $suite into $place (some 40 MB to download)"
  download "$work/apt" llama.cpp
  unpack "$work/apt" "$work/root"
  rm -rf "$work/apt"
  wrap "$work"
  usable "$work/bin/llama-server" >/dev/null || die "what was unpacked does not run"
  rm -rf "$place"
  mv "$work" "$place"
  usable "$place/bin/llama-server"
  say "took $((SECONDS - began)) s"
}

if [ "${1:-}" = --where ]; then printf '%s\n' "$place"; exit; fi

if [[ ,${HARDPAN_TEST_WITHOUT:-}, == *,llama-server,* ]]; then
  [ "${CI:-}" != true ] || die "HARDPAN_TEST_WITHOUT is refused where CI=true"
  say "NOT LOOKED FOR, as HARDPAN_TEST_WITHOUT asks: the test that runs llama.cpp's server will be skipped"
  exit
fi
if [ -n "${HARDPAN_TEST_LLAMA_SERVER:-}" ]; then
  usable "$HARDPAN_TEST_LLAMA_SERVER" || what_to_install "HARDPAN_TEST_LLAMA_SERVER names a program that does not run"
  exit
fi
if usable "$place/bin/llama-server"; then exit; fi
if usable llama-server; then exit; fi
on_debian || what_to_install "this is not Debian, where it could be unpacked from its package"
install_debian
