# debian-packages.sh: Debian's packages in a folder of their own; other scripts
# source it, after they have defined die.
#
# The host's own packages are never touched: apt resolves against an empty machine,
# dpkg-deb unpacks, and no maintainer script runs. No root is needed.
#
# Environment:
#   HARDPAN_DEBIAN_SUITE  the suite to take from (sid)
# shellcheck shell=bash

readonly suite=${HARDPAN_DEBIAN_SUITE:-sid}

# on_debian: is this a machine that has apt and an archive to take from?
on_debian() { [ "$(. /etc/os-release 2>/dev/null && printf %s "${ID:-}")" = debian ]; }

# mirror prints the archive that this machine itself installs from.
mirror() {
  local file
  for file in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list; do
    [ -r "$file" ] || continue
    awk '/^URIs:/ {print $2; exit} /^deb / {for (i = 2; i <= NF; i++) if ($i ~ /:\/\//) {print $i; exit}}' "$file"
  done | sed -n 1p
}

# download DIR PACKAGE...: fetches the packages and all they depend on into DIR/cache/archives.
download() {
  local dir=$1 from; shift
  from=$(mirror)
  [ -n "$from" ] || die "this machine's apt sources name no Debian archive to take $* from"
  mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial" "$dir/state"
  : >"$dir/status"
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$from" "$suite" >"$dir/sources.list"
  # An archive may be a dated snapshot, whose Release file has run out; its signature is still checked.
  local apt=(apt-get -qq -o "Dir::State=$dir/state" -o "Dir::State::lists=$dir/lists" -o "Dir::State::status=$dir/status"
    -o "Dir::Cache=$dir/cache" -o "Dir::Etc::sourcelist=$dir/sources.list" -o Dir::Etc::sourceparts=-
    -o Dir::Etc::preferencesparts=- -o Acquire::Languages=none -o Acquire::Check-Valid-Until=false
    -o Acquire::Retries=3 -o APT::Install-Recommends=false -o APT::Sandbox::User= -o Debug::NoLocking=1)
  "${apt[@]}" update >"$dir/log" 2>&1 && "${apt[@]}" -y --download-only install "$@" >>"$dir/log" 2>&1 ||
    { tail -n 20 "$dir/log" >&2; die "apt could not download $* from suite $suite"; }
}

# unpack DIR ROOT: lays every downloaded package into ROOT.
unpack() {
  local name deb
  mkdir -p "$2"/usr/{bin,sbin,lib,lib64}
  for name in bin sbin lib lib64; do ln -s "usr/$name" "$2/$name"; done
  for deb in "$1"/cache/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$2" --no-same-owner --keep-directory-symlink \
      --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*'
  done
}

# loader DIR and libraries DIR print, relative to DIR, what runs and serves the
# unpacked programs in DIR/root.
loader() { (cd "$1" && ls -d root/usr/lib*/ld-linux*.so.* root/usr/lib/*/ld-linux*.so.* 2>/dev/null | head -n 1); }
libraries() { (cd "$1" && ls -d root/usr/lib/*-linux-gnu* | head -n 1); }
