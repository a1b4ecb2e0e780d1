#!/usr/bin/env bash
# postgres.sh: have a real PostgreSQL at hand for the tests.
#
#   scripts/postgres.sh          find one, or install Debian's
#   scripts/postgres.sh --where  print the folder of its programs and do nothing else
#
# The tests make clusters of their own in temporary folders and run them on
# loopback ports; only the programs are needed, and no server has to run. As root
# on Debian they are installed from its packages, without the cluster and the
# service that the package would set up. internal/realtools looks in the same
# places in the same order.
#
# Environment:
#   HARDPAN_TEST_POSTGRES  the folder with initdb, postgres and psql to use
set -euo pipefail

readonly min=14

say() { printf 'postgres: %s\n' "$*"; }
die() { printf 'postgres: %s\n' "$@" >&2; exit 1; }

# version FOLDER: prints the release of the PostgreSQL in it.
version() { "$1/postgres" --version 2>/dev/null | sed -n 's/^postgres (PostgreSQL) \([0-9]*\).*/\1/p'; }

# find_it: prints the first folder whose PostgreSQL is new enough.
find_it() {
  local place places=() have
  if [ -n "${HARDPAN_TEST_POSTGRES:-}" ]; then
    places=("$HARDPAN_TEST_POSTGRES")
  else
    if place=$(command -v initdb); then places+=("$(dirname "$(readlink -f "$place")")"); fi
    for place in /usr/lib/postgresql/*/bin; do places+=("$place"); done
  fi
  for place in "${places[@]}"; do
    have=$(version "$place" || true)
    if [ -n "$have" ] && [ "$have" -ge "$min" ] && [ -x "$place/initdb" ] && [ -x "$place/psql" ]; then
      printf '%s\n' "$place"
      return
    fi
  done
  return 1
}

what_to_install() {
  die "no PostgreSQL >= $min was found (initdb, postgres, psql), and $1" \
    "install it, on Debian as root: apt-get install postgresql" \
    "or name the folder of its programs: HARDPAN_TEST_POSTGRES=/path/to/bin" \
    "to leave out the tests that need it, on purpose: HARDPAN_TEST_WITHOUT=postgres (refused where CI=true)"
}

if [ "${1:-}" = --where ]; then find_it; exit; fi

if [[ ,${HARDPAN_TEST_WITHOUT:-}, == *,postgres,* ]]; then
  [ "${CI:-}" != true ] || die "HARDPAN_TEST_WITHOUT is refused where CI=true"
  say "NOT LOOKED FOR, as HARDPAN_TEST_WITHOUT asks: the tests that need PostgreSQL will be skipped"
  exit
fi
if place=$(find_it); then say "using PostgreSQL $(version "$place") ($place)"; exit; fi
[ -z "${HARDPAN_TEST_POSTGRES:-}" ] || what_to_install "HARDPAN_TEST_POSTGRES names a folder without one"
[ "$(. /etc/os-release 2>/dev/null && printf %s "${ID:-}")" = debian ] || what_to_install "this is not Debian, where it could be installed"
[ "$(id -u)" = 0 ] || what_to_install "installing it needs root"

say "installing Debian's postgresql, without a cluster"
mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
apt-get -qq update
DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends postgresql >/dev/null
place=$(find_it) || what_to_install "Debian's package has none that is new enough"
say "using PostgreSQL $(version "$place") ($place)"
