"""How alerts are shown: incidents with what became of their messages, rules, channels."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ops.views.runs import moment

if TYPE_CHECKING:
    from archive.store.incidents import Delivery, Incident
    from ops.alerts.delivering import Tried
    from ops.alerts.rule import Rule
    from ops.alerts.rules import Step

COLUMNS = ("id", "rule", "source", "opened (UTC)", "closed (UTC)", "run", "what", "told")
RULE_COLUMNS = ("rule", "alert when", "sources", "origin", "unless")


def incident_row(incident: "Incident", messages: Sequence["Delivery"]) -> list[str]:
    """The incident as cells for `COLUMNS`."""
    return [
        str(incident.id),
        incident.rule,
        incident.source or "-",
        f"{incident.opened_at:%Y-%m-%d %H:%M}",
        f"{incident.closed_at:%Y-%m-%d %H:%M}" if incident.closed_at else "open",
        str(incident.run_id or "-"),
        incident.text,
        "; ".join(map(told, messages)) or "no channel",
    ]


def told(message: "Delivery") -> str:
    """What became of one message, in a few words."""
    about = f"{message.kind} to {message.channel}"
    if message.delivered_at:
        return f"{about}: delivered"
    if not message.problem:
        return f"{about}: on its way"
    again = f"{message.next_try:%H:%M}" if message.next_try else "?"
    often = "once" if message.attempts == 1 else f"{message.attempts} times"
    return f"{about}: failed {often} ({message.problem}), again at {again}"


def incident_json(incident: "Incident", messages: Sequence["Delivery"]) -> dict[str, Any]:
    """The incident with all that is known of it."""
    return {
        "id": incident.id,
        "rule": incident.rule,
        "source": incident.source,
        "text": incident.text,
        "run": incident.run_id,
        "opened_at": moment(incident.opened_at),
        "told_at": moment(incident.told_at),
        "closed_at": moment(incident.closed_at) if incident.closed_at else None,
        "deliveries": [_delivery_json(message) for message in messages],
    }


def rule_row(rule: "Rule") -> list[str]:
    """The rule as cells for `RULE_COLUMNS`."""
    sources = ", ".join(rule.sources) or ("all" if rule.stat != "disk_free_mib" else "-")
    return [rule.name, rule.condition, sources, rule.origin, ", ".join(rule.unless)]


def rule_json(rule: "Rule") -> dict[str, Any]:
    """The rule as the settings would have it, and where it comes from."""
    return {
        "rule": rule.name,
        "stat": rule.stat,
        "compare": rule.compare,
        "threshold": rule.threshold,
        "runs": rule.runs,
        "sources": list(rule.sources),
        "unless": list(rule.unless),
        "origin": rule.origin,
        "meaning": rule.meaning,
    }


def step_line(step: "Step") -> str:
    """A line about what began or ended."""
    from ops.alerts.rules import Opened  # noqa: PLC0415 with the store, which no `--help` needs

    if isinstance(step, Opened):
        return f"opened: {_about(step.rule.name, step.source)}"
    return f"closed: {_about(step.incident.rule, step.incident.source)}"


def tried_line(tried: "Tried") -> str:
    """A line about one message that was sent, or was not taken."""
    about = _about(tried.incident.rule, tried.incident.source)
    to = f"{tried.delivery.kind} to {tried.delivery.channel}: {about}"
    return f"{to}: not delivered: {tried.problem}" if tried.problem else f"{to}: delivered"


def _about(rule: str, source: str) -> str:
    return f"{rule} of {source}" if source else rule


def _delivery_json(message: "Delivery") -> dict[str, Any]:
    return {
        "id": message.id,
        "kind": message.kind,
        "channel": message.channel,
        "text": message.text,
        "created_at": moment(message.created_at),
        "next_try": moment(message.next_try) if message.next_try else None,
        "attempts": message.attempts,
        "delivered_at": moment(message.delivered_at) if message.delivered_at else None,
        "problem": message.problem,
    }
