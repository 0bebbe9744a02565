"""What a reader takes for one character, roughly: enough for those that stand in news."""

EXTENDERS = (
    "(?:[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u1ab0-\u1aff"
    "\u1dc0-\u1dff\u20d0-\u20ff\u302a-\u302f\u3099\u309a\ufe00-\ufe0f\ufe20-\ufe2f"
    "\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]|\u200d.?)*"
)
"""As a pattern: marks, variation selectors and tones, and what a joiner joins; they stay with what they
follow."""
