#!/usr/bin/env bash
# Boots Debian's systemd in a container and installs there as a person would: ops/deploy/install.sh, the units, cron.
# `make test-deploy` runs this.
. "$(dirname "${BASH_SOURCE[0]}")/bases.sh"
gone() {
    podman rm --force --ignore --volumes --time 1 machine || true
} >/dev/null 2>&1
trap 'gone; rm -rf "$work"' EXIT
gone

make_base "$systemd_base" systemd,systemd-sysv,dbus,cron,procps,bsdutils,util-linux
podman run --detach --name machine --log-level fatal --pull=never --privileged --systemd=always "${from_here[@]}" \
    --volume "$checkout:/checkout:ro" "$systemd_base" /sbin/init >/dev/null
on() { podman exec machine "$@"; }
wait_for 30 on systemctl is-active --quiet multi-user.target

say "install, and install again"
on sh /checkout/ops/deploy/install.sh
on sh /checkout/ops/deploy/install.sh >/dev/null
on sh -c 'systemd-analyze verify /etc/systemd/system/finews-archive*'
for unit in $(on sh -c 'cd /etc/systemd/system && ls finews-archive*.service'); do
    on systemd-analyze security --no-pager "$unit" | tail -1
done

say "a crawl by its unit, the verification, alerts and metrics"
on systemd-run --quiet --unit site --property DynamicUser=yes --setenv PYTHONUNBUFFERED=1 \
    /opt/finews-archive/bin/python -P -m fixtures --posts 50
site_said() { on journalctl --unit site --output cat --no-pager | grep '^{'; }
wait_for 20 site_said
on sh -c "echo \"ARCHIVE_MIRRORS='\$0'\" >>/etc/finews-archive/environment" "$(site_said)"
for unit in crawl verify alerts; do
    on systemctl start "finews-archive-$unit.service" || { on journalctl -n 20 --no-pager --unit "finews-archive-$unit"; fail "$unit"; }
done
on sh -c 'journalctl --unit "finews-archive-*" --output cat --no-pager | grep -v systemd'
on head -4 /var/lib/finews-archive/metrics/finews-archive.prom

say "the timers"
on systemctl start finews-archive-crawl.timer finews-archive-alerts.timer finews-archive-verify.timer
on systemctl list-timers --no-pager 'finews-archive*'
on systemctl stop 'finews-archive*.timer'

say "the service: killed, it comes back; asked to stop, it does"
on sh -c 'printf "[schedules.finews]\nevery = \"1m\"\n" >>/etc/finews-archive/archive.toml'
on systemctl start finews-archive.service
wait_for 60 on archive health
on systemctl kill --kill-whom=main --signal=KILL finews-archive.service
wait_for 60 sh -c '[ "$(podman exec machine systemctl show --property NRestarts --value finews-archive)" = 1 ]'
wait_for 90 on archive health
wait_for 90 sh -c 'podman exec machine archive runs --json | grep -q "\"trigger\": \"schedule\""'
on archive runs
on systemctl stop finews-archive.service
on systemctl show --property Result,ExecMainStatus,MemoryPeak finews-archive.service
[ "$(on systemctl is-failed finews-archive.service)" = inactive ] || fail "the service does not end in order"

say "cron, every minute instead of every ten"
on sh -c 'sed "s|^\*/10 |* |; s|^2-59/5 |* |" /checkout/ops/deploy/cron/finews-archive >/etc/cron.d/finews-archive'
wait_for 130 sh -c 'podman exec machine archive runs --json | grep -q "\"trigger\": \"cron\""'
on archive runs
on journalctl --identifier finews-archive --output cat --no-pager

say "all as it should be"
