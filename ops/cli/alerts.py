"""`archive alerts`: what is the matter, who was told, and by which rules."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated

import typer

from archive.errors import StoreAbsent, UsageError
from ops.configuration.settings import Settings
from ops.exit_codes import ExitCode
from ops.terminal import write_json, write_line, write_table
from ops.views.alerts import (
    COLUMNS,
    RULE_COLUMNS,
    incident_json,
    incident_row,
    rule_json,
    rule_row,
    step_line,
    tried_line,
)
from ops.wiring import alerts_of, configured, open_store, store_or_empty

EXAMPLES = """\
Examples:

    archive alerts
    archive alerts --all
    archive alerts --json | jq -r '.[].rule'"""
CHECK_EXAMPLES = """\
Examples:

    archive alerts check"""
TEST_EXAMPLES = """\
Examples:

    archive alerts test
    archive alerts test ops"""
RULES_EXAMPLES = """\
Examples:

    archive alerts rules
    archive alerts rules --json"""
_MOST = 1000
Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


def alerts(
    context: typer.Context,
    all_: Annotated[bool, typer.Option("--all", help="Those that are over as well.")] = False,
    json: Json = False,
) -> None:
    """List incidents, the open ones first, and what became of the messages about them.

    Incidents that are over are listed while a message about them has not been delivered yet.
    """
    if context.invoked_subcommand is not None:
        return
    with store_or_empty(configured()) as store:
        newest = store.incidents.newest(_MOST)
    found = [
        (one, messages)
        for one, messages in newest
        if all_ or one.closed_at is None or any(each.delivered_at is None for each in messages)
    ]
    if json:
        write_json([incident_json(*one) for one in found])
    elif found:
        write_table(COLUMNS, [incident_row(*one) for one in found], ("id", "run"))
    else:
        over = f"; {len(newest)} are over: archive alerts --all" if newest else ""
        write_line(f"no open incidents{over}")


def check() -> None:
    """Look at the ledger and at freshness now, and send what is due: for cron, where no service runs.

    Exit code 0; 3 where a message has not been delivered, and is tried again the next time.
    """
    settings = configured()
    now = datetime.now(UTC)
    with open_store(settings) as store:
        watched = alerts_of(settings, store)
        lines = [step_line(step) for step in watched.watch(now)]
        lines += [tried_line(one) for one in watched.send(now)]
        waiting = [one for one in store.incidents.waiting() if one.problem]
        still_open = len(store.incidents.all_open())
    for line in lines:
        write_line(line)
    write_line(f"open incidents: {still_open}; messages not delivered: {len(waiting)}")
    if waiting:
        raise typer.Exit(ExitCode.PARTIAL)


def trial(
    channel: Annotated[
        str | None, typer.Argument(metavar="CHANNEL", help="Which channel; all if none.")
    ] = None,
) -> None:
    """Send a test message through each channel, and tell what the receiver said.

    What waits for a channel that takes it is due at once. Exit code 0; 3 where one did not take it.
    """
    settings = configured()
    channels = settings.alert_channels
    if not channels:
        raise UsageError(
            "no channel: archive.toml needs a table such as [alert_channels.ops] with kind and url"
        )
    if channel is not None and channel not in channels:
        raise UsageError(f"unknown channel {channel!r:.60}; there is: {', '.join(channels)}")
    taken = [_is_taken(settings, name) for name in ([channel] if channel else channels)]
    if not all(taken):
        raise typer.Exit(ExitCode.PARTIAL)


def _is_taken(settings: Settings, name: str) -> bool:
    from ops.alerts.channels import Message, shown  # noqa: PLC0415 `--help` needs none of it
    from ops.alerts.sending import NotDelivered, send  # noqa: PLC0415 as above
    from ops.alerts.wording import HOST, test_text  # noqa: PLC0415 as above

    channel = settings.alert_channels[name]
    about = f"{name}  {channel.kind}  {shown(channel)}"
    try:
        answer = send(channel, Message("test", test_text(), HOST))
    except NotDelivered as error:
        write_line(f"{about}  not taken: {error}")
        return False
    write_line(f"{about}  taken ({answer})")
    with suppress(StoreAbsent), open_store(settings, create=False) as store:
        store.incidents.hurry(name, datetime.now(UTC))
    return True


def rules(json: Json = False) -> None:
    """List the rules in force: those that come with the program, and your own.

    How to change them and add some is told in docs/operations.md.
    """
    from ops.alerts.configuration import rules_in_force  # noqa: PLC0415 as above

    found = rules_in_force(configured().alert_rules)
    if json:
        write_json([rule_json(one) for one in found])
    else:
        write_table(RULE_COLUMNS, [rule_row(one) for one in found])
