"""Configuration: the settings, what is wrong with them, and their reference page."""
