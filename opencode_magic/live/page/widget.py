"""What all widgets of ours have in common."""

from __future__ import annotations

import anywidget


class OwnWidget(anywidget.AnyWidget):
    """A widget that says its name, and is closed with all that belongs to it."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def close(self) -> None:
        """Forget the widget and its layout, here and in the page."""
        layout = self.layout
        super().close()
        if layout is not None:
            layout.close()
