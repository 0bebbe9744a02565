"""Alerts: rules over runs and over freshness, incidents, and the channels that they are told through."""
