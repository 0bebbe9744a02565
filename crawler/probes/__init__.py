"""Probes: a few polite questions to the hosts of a source, outside of any crawl; nothing is kept of them."""

from crawler.probes.client import Probed, Probes
from crawler.probes.failure import ProbeFailed

__all__ = ["ProbeFailed", "Probed", "Probes"]
