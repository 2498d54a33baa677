"""Drawing: colours, signs, numbers as text, and the widgets that paint only what changed."""
