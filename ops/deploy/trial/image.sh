#!/usr/bin/env bash
# Builds the image of the Dockerfile and runs it as compose.yaml does: read-only, as nobody in particular, without any
# capability, and with no network but its own loopback. `make test-deploy` runs this.
. "$(dirname "${BASH_SOURCE[0]}")/bases.sh"
image=localhost/finews-archive
volume=finews-archive-trial
gone() {
    podman rm --force --ignore --volumes --time 1 service || true
    podman rm --force --ignore --volumes --time 1 site || true
    podman volume rm --force "$volume" || true
} >/dev/null 2>&1
trap 'gone; rm -rf "$work"' EXIT
gone

make_base "$python_base" ""
say "building $image"
podman build --pull=never --format docker --build-arg BASE="$python_base" "${from_here[@]}" --tag "$image" \
    "$checkout" >"$work/build.log" 2>&1 || { tail -20 "$work/build.log" >&2; fail "podman build"; }

hardened=(--pull=never --read-only --read-only-tmpfs=false --tmpfs /tmp --cap-drop all --security-opt no-new-privileges
    --memory 3g --pids-limit 256 --init --volume "$volume:/data")
run() { podman run --rm --log-level fatal "${hardened[@]}" "$@"; }

say "what is in it"
podman image inspect --format '{{.Size}}' "$image" "$python_base" | xargs printf '%d bytes with the base, %d the base\n'
podman save "$image" 2>/dev/null | gzip -1 | wc -c | xargs printf '%d bytes compressed, all layers\n'
run --network none --entrypoint sh "$image" -ec '
    du -sh /opt/archive
    test "$(id -u)" = 10001
    ! touch /x /opt/archive/x 2>/dev/null
    ! python -m pip --version 2>/dev/null
    ! python -c "import pytest" 2>/dev/null' || fail "the image is not what it should be"
run --network none "$image" --version

say "the main job, on the built-in double"
run --network none "$image" demo --posts 20 --dir /tmp/demo 2>/dev/null | tail -2
say "the same, as a user whom the image does not know"
run --network none --user 4242:4242 "$image" demo --posts 20 --dir /tmp/demo 2>/dev/null | tail -2 | head -1

say "crawls against a site of its own"
podman run --detach --name site --log-level fatal --pull=never --network none --entrypoint python "$image" \
    -P -m fixtures --posts 50 >/dev/null
wait_for 20 sh -c 'podman logs site | grep -q "^{"'
mirrors=$(podman logs site | grep '^{')
with_site=(--network container:site --env "ARCHIVE_MIRRORS=$mirrors")
run "${with_site[@]}" "$image" crawl 2>/dev/null
run "${with_site[@]}" "$image" crawl --full 2>/dev/null
run --network none "$image" verify 2>/dev/null

say "the service"
podman run --detach --name service --log-level fatal "${hardened[@]}" "${with_site[@]}" \
    --env 'ARCHIVE_SCHEDULES={"finews": {"every": "1m"}}' --stop-timeout 15 "$image" >/dev/null 2>&1
wait_for 60 podman healthcheck run service
echo "healthy"
wait_for 90 sh -c 'podman exec service archive runs --json | grep -q "\"trigger\": \"schedule\""'
podman exec service archive runs
podman exec service archive schedule list
podman exec service archive status || true
begun=$(date +%s)
podman --log-level fatal stop service >/dev/null
code=$(podman inspect --format '{{.State.ExitCode}}' service)
echo "stopped in $(($(date +%s) - begun)) s with exit code $code"
podman logs service 2>&1 | tail -5
[ "$code" = 0 ] || fail "the service does not end in order"
! run --network none "$image" health || fail "healthy without a service"

say "all as it should be"
