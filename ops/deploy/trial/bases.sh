#!/usr/bin/env bash
# Makes the images that a trial starts from, where no registry of images can be reached: Debian by debootstrap, with
# the Python that runs here laid where the official image has its own. To be sourced; `podman` then has the settings
# that a trial needs.
#
# It needs root, and Debian's podman, runc, catatonit and debootstrap.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
work=$(mktemp -d)
python_base=localhost/python:3.11-slim-bookworm
systemd_base=localhost/finews-archive-systemd
# conmon leaves files where it is started.
cd "$work"

export CONTAINERS_CONF=$work/containers.conf
cat >"$CONTAINERS_CONF" <<END
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
init_path = "/usr/bin/catatonit"
[engine]
runtime = "runc"
END
# Packages come from where this machine gets its own.
from_here=(--network host)
for path in /etc/pip.conf /etc/ssl/certs; do
    [ ! -e "$path" ] || from_here+=(--volume "$path:$path:ro")
done

say() { printf '\n== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2 && exit 1; }

debian() { # a folder with Debian, and the packages named
    local mirror
    mirror=$(awk '/^(URIs:|deb )/ {print $2; exit}' /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null || true)
    debootstrap --variant=minbase --include="$2" bookworm "$1" "$mirror" >"$work/debootstrap.log" \
        || { tail -5 "$work/debootstrap.log" >&2; exit 1; }
}

python_into() { # the Python that runs here, below /usr/local, with pip
    local prefix=
    for python in $(type -ap python3.11); do
        prefix=$("$python" -c 'import sys; print(sys.base_prefix)')
        [ "$prefix" = /usr ] || break
    done
    [ "$prefix" != /usr ] || fail "Debian's Python cannot be moved; a Python 3.11 of its own prefix is needed in PATH"
    tar -C "$prefix" --exclude='site-packages/*' --exclude=__pycache__ --exclude='*.a' --exclude=lib/python3.11/test \
        -c bin/python3.11 bin/python3 bin/python lib/libpython3.11.so.1.0 lib/python3.11 include | tar -C "$1/usr/local" -x
    chroot "$1" ldconfig
    chroot "$1" /usr/local/bin/python3.11 -m ensurepip --default-pip >/dev/null 2>&1
}

image_of() { # an image, of a folder
    tar -C "$1" -c . | podman import --quiet --change 'ENV LANG=C.UTF-8' \
        --change 'ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin' - "$2" >/dev/null
    rm -rf "$1"
}

make_base() { # name of the image, packages
    ! podman image exists "$1" || return 0
    say "making $1"
    debian "$work/root" "ca-certificates,netbase,tzdata,libbz2-1.0,libexpat1,libffi8,liblzma5,libncursesw6,libreadline8,libsqlite3-0,libssl3,libuuid1${2:+,$2}"
    python_into "$work/root"
    image_of "$work/root" "$1"
}

wait_for() { # seconds, then a command that is to succeed
    local left=$1
    shift
    until "$@" >/dev/null 2>&1; do
        ((left-- > 0)) || fail "waited in vain for: $*"
        sleep 1
    done
}
