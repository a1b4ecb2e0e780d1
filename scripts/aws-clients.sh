#!/usr/bin/env bash
# aws-clients.sh: have the real AWS CLI v2 and boto3 at hand for the tests.
#
#   scripts/aws-clients.sh          find them, or install them into the cache folder
#   scripts/aws-clients.sh --where  print the cache folder and do nothing else
#
# The tests drive clients that other people wrote, so that Hardpan cannot agree
# with itself about the wire and be wrong. An AWS CLI of at least version 2.31 and
# a Python with boto3 on this machine are used as they are; else, on Debian, its
# packages are downloaded and unpacked into a folder of their own. The host's own
# packages are never touched (debian-packages.sh says how). internal/realtools looks
# in the same places in the same order.
#
# Environment:
#   HARDPAN_TEST_AWS      an aws to use        HARDPAN_TEST_PYTHON  a python to use
#   HARDPAN_AWS_CLIENTS   the cache folder     HARDPAN_DEBIAN_SUITE the suite to take from (sid)
set -euo pipefail

readonly min_cli=2.31 min_boto=1.39   # boto3 reads bearer keys from 1.39 on
readonly place=${HARDPAN_AWS_CLIENTS:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/hardpan/aws-clients}

say() { printf 'aws-clients: %s\n' "$*"; }
die() { printf 'aws-clients: %s\n' "$@" >&2; exit 1; }
. "$(dirname "$0")/debian-packages.sh"

at_least() { # at_least WANTED FOUND: is version FOUND at least WANTED?
  [ -n "$2" ] && [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
}
cli_version() { "$1" --version 2>/dev/null | sed -n 's,^aws-cli/\([0-9.]*\).*,\1,p'; }
boto_version() { "$1" -c 'import boto3; print(boto3.__version__)' 2>/dev/null; }

# usable CLI PYTHON: prints what it found and succeeds if both are there and new enough.
usable() {
  local cli boto
  cli=$(cli_version "$1" || true) && at_least "$min_cli" "$cli" || return 1
  boto=$(boto_version "$2" || true) && at_least "$min_boto" "$boto" || return 1
  say "using aws-cli $cli ($1) and boto3 $boto ($2)"
}

what_to_install() {
  die "no AWS CLI >= $min_cli with a Python that has boto3 >= $min_boto was found, and $1" \
    "install both, for example from https://docs.aws.amazon.com/cli/ and with 'pip install boto3'," \
    "or name them: HARDPAN_TEST_AWS=/path/to/aws HARDPAN_TEST_PYTHON=/path/to/python3" \
    "to leave out the tests that need them, on purpose: HARDPAN_TEST_WITHOUT=aws-clients (refused where CI=true)"
}

# wrap DIR: writes bin/python and bin/aws. They run the unpacked interpreter with the
# unpacked loader and libraries, and find them from their own place, so that the folder can be moved.
wrap() {
  local loader libs python
  loader=$(loader "$1")
  libs=$(libraries "$1")
  python=$(cd "$1" && ls root/usr/bin/python3.* | grep -E '/python3\.[0-9]+$' | head -n 1)
  [ -n "$loader" ] && [ -n "$libs" ] && [ -n "$python" ] || die "the unpacked packages hold no loader, libraries or Python"
  mkdir -p "$1/bin"
  cat >"$1/bin/python" <<WRAPPER
#!/bin/sh
here=\$(dirname "\$(dirname "\$(readlink -f "\$0")")")
unset PYTHONPATH PYTHONSTARTUP
PYTHONHOME=\$here/root/usr PYTHONNOUSERSITE=1 exec "\$here/$loader" --library-path "\$here/$libs" "\$here/$python" "\$@"
WRAPPER
  cat >"$1/bin/aws" <<'WRAPPER'
#!/bin/sh
here=$(dirname "$(dirname "$(readlink -f "$0")")")
exec "$here/bin/python" "$here/root/usr/bin/aws" "$@"
WRAPPER
  chmod +x "$1/bin/python" "$1/bin/aws"
}

# install_debian builds everything in a folder beside the cache and renames it into
# place when it is whole and has run, so that a half-unpacked folder is never used.
install_debian() {
  local began=$SECONDS
  mkdir -p "$(dirname "$place")"
  exec 9>"$place.lock"
  flock 9
  if usable "$place/bin/aws" "$place/bin/python"; then return; fi   # another process was faster
  work=$(mktemp -d "$place.partial.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  say "installing awscli and python3-boto3 of Debian $suite into $place (some 100 MB to download)"
  download "$work/apt" awscli python3-boto3
  say "downloaded $(ls "$work"/apt/cache/archives/*.deb | wc -l) packages, unpacking"
  unpack "$work/apt" "$work/root"
  rm -rf "$work/apt"
  wrap "$work"
  usable "$work/bin/aws" "$work/bin/python" >/dev/null ||
    die "what was unpacked does not run, or suite $suite has an AWS CLI older than $min_cli or a boto3 older than $min_boto"
  rm -rf "$place"
  mv "$work" "$place"
  usable "$place/bin/aws" "$place/bin/python"
  say "took $((SECONDS - began)) s"
}

if [ "${1:-}" = --where ]; then printf '%s\n' "$place"; exit; fi

if [[ ,${HARDPAN_TEST_WITHOUT:-}, == *,aws-clients,* ]]; then
  [ "${CI:-}" != true ] || die "HARDPAN_TEST_WITHOUT is refused where CI=true"
  say "NOT LOOKED FOR, as HARDPAN_TEST_WITHOUT asks: the tests that drive the real AWS clients will be skipped"
  exit
fi
if [ -n "${HARDPAN_TEST_AWS:-}${HARDPAN_TEST_PYTHON:-}" ]; then
  usable "${HARDPAN_TEST_AWS:-aws}" "${HARDPAN_TEST_PYTHON:-python3}" ||
    die "HARDPAN_TEST_AWS or HARDPAN_TEST_PYTHON names a client that does not run or is too old: need aws-cli >= $min_cli and boto3 >= $min_boto"
  exit
fi
if usable "$place/bin/aws" "$place/bin/python"; then exit; fi
if usable aws python3; then exit; fi
on_debian || what_to_install "this is not Debian, where they could be unpacked from its packages"
install_debian
