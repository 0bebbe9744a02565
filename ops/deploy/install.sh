#!/bin/sh
# Installs finews-archive on a machine with systemd or cron, without Docker; run again, it upgrades.
#
#   sudo ops/deploy/install.sh            from a checkout; Python 3.11 or newer with venv
#
# It makes a user, the program in /opt, its configuration in /etc, its data folder in /var/lib, systemd units
# (not enabled yet), and a command `archive` that runs as that user. The places are variables.
set -eu

: "${PYTHON:=python3}"
: "${OPT:=/opt/finews-archive}"
: "${ETC:=/etc/finews-archive}"
: "${DATA:=/var/lib/finews-archive}"
: "${UNITS:=/etc/systemd/system}"
: "${COMMAND:=/usr/local/bin/archive}"
: "${RUN_AS:=finews-archive}"
source=$(cd "$(dirname "$0")/../.." && pwd)

placed() { # a file with the places that were chosen instead of those it was written for
    sed -e "s#/opt/finews-archive#$OPT#g" -e "s#/etc/finews-archive#$ETC#g" -e "s#/var/lib/finews-archive#$DATA#g" \
        -e "s#^\(User\|Group\)=finews-archive#\1=$RUN_AS#" "$1"
}

if ! id "$RUN_AS" >/dev/null 2>&1; then
    useradd --system --user-group --no-create-home --home-dir "$DATA" --shell /usr/sbin/nologin "$RUN_AS"
fi

[ -x "$OPT/bin/python" ] || "$PYTHON" -m venv "$OPT"
# From a copy: what an earlier version left in the checkout's build/ would be installed as well.
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
(cd "$source" && cp -R archive crawler fixtures ops scheduler constraints.txt LICENSE pyproject.toml README.md "$copy")
"$OPT/bin/python" -m pip install --quiet --disable-pip-version-check --constraint "$copy/constraints.txt" \
    "${copy}[postgres,parquet,zstd]"

# Its group reads the configuration, which may hold addresses of webhooks; nobody else does.
install -d -m 0750 -g "$RUN_AS" "$ETC" "$ETC/sources"
kept() { # a file of the configuration, which is never overwritten
    [ -e "$ETC/$1" ] || printf '%s\n' "$2" >"$ETC/$1"
    chgrp "$RUN_AS" "$ETC/$1"
    chmod 0640 "$ETC/$1"
}
kept archive.toml "# All settings: docs/configuration.md
data_dir = \"$DATA\""
kept environment "# For the environment, read by systemd and a shell: NAME='VALUE', such as PGPASSWORD of the database"
install -d -o "$RUN_AS" -g "$RUN_AS" "$DATA" "$DATA/metrics"

install -d "$UNITS" "$(dirname "$COMMAND")"
for unit in "$source"/ops/deploy/systemd/*; do
    placed "$unit" >"$UNITS/$(basename "$unit")"
done
cat >"$COMMAND" <<END
#!/bin/sh
# archive, as $RUN_AS and with the configuration of the service.
set -a
. $ETC/environment || exit
cd $ETC || exit
[ "\$(id -un)" = $RUN_AS ] || exec runuser -u $RUN_AS -- $OPT/bin/archive "\$@"
exec $OPT/bin/archive "\$@"
END
chmod 0755 "$COMMAND"

[ "$UNITS" != /etc/systemd/system ] || [ ! -d /run/systemd/system ] || systemctl daemon-reload
echo "installed: $("$COMMAND" --version)"
echo "next, one of:"
echo "  systemctl enable --now finews-archive.service"
echo "  systemctl enable --now finews-archive-crawl.timer finews-archive-alerts.timer"
echo "  cp ops/deploy/cron/finews-archive /etc/cron.d/"
