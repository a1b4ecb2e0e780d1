#!/usr/bin/env bash
# image.sh: build the container image hardpan:VERSION, and hardpan:latest.
#
#   scripts/image.sh VERSION [REVISION [DATE]]   make image calls it, after make build
#   scripts/image.sh --context                   fill bin/image, from which it is built, and no more
#
# docker, podman or buildah builds it, whichever answers first; HARDPAN_IMAGE_ENGINE
# names one. The image holds what is in bin/image and no base image, so nothing is
# fetched: the program, which is static, and this machine's certificate authorities.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly context=bin/image

say() { printf 'image: %s\n' "$*"; }
die() { printf 'image: %s\n' "$@" >&2; exit 1; }

# fill_context: lays out the image's files, owned by nobody in particular.
fill_context() {
  local authorities
  for authorities in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
    [ ! -r "$authorities" ] || break
  done
  [ -r "$authorities" ] || die 'this machine has no certificate authorities to put into the image' 'install them, on Debian: apt-get install ca-certificates'
  [ -x bin/hardpan ] || die 'there is no bin/hardpan: run make image, or make build first'
  ! grep -aq 'ld-linux' bin/hardpan || die 'bin/hardpan needs a dynamic loader, which the image has not: build it with make build'
  rm -rf "$context"
  mkdir -p "$context/data" "$context/tmp" "$context/etc/ssl/certs"
  chmod 700 "$context/data"
  cp bin/hardpan "$context/hardpan"
  cp -L "$authorities" "$context/etc/ssl/certs/ca-certificates.crt"
  chmod 644 "$context/etc/ssl/certs/ca-certificates.crt"
}

# engine prints the first program that can build an image here.
engine() {
  local name
  for name in ${HARDPAN_IMAGE_ENGINE:-docker podman buildah}; do
    command -v "$name" >/dev/null || { tried+=("$name: not installed"); continue; }
    if "$name" info >/dev/null 2>&1; then engine=$name; return; fi
    tried+=("$name: installed, but it does not answer ('$name info' fails; is its service running, and may you use it?)")
  done
  die 'no container engine can build the image:' "${tried[@]/#/  }" \
    "install docker, podman or buildah, or build with another one from Dockerfile and the folder $context"
}

fill_context
[ "${1:-}" != --context ] || { say "filled $context"; exit; }
version=${1:?the version} tried=() engine=
engine
build=(build)
case $engine in
  podman) build+=(--format docker) ;; # the other format has no health check
  buildah) build=(bud --format docker) ;;
esac
"$engine" "${build[@]}" -f Dockerfile -t "hardpan:$version" -t hardpan:latest \
  --label "org.opencontainers.image.title=hardpan" --label "org.opencontainers.image.licenses=Apache-2.0" \
  --label "org.opencontainers.image.version=$version" --label "org.opencontainers.image.revision=${2:-}" \
  --label "org.opencontainers.image.created=${3:-}" "$context"
say "built hardpan:$version with $engine; README.md says how to run it"
