"""The base of all our widgets."""

from __future__ import annotations

import anywidget


class OwnWidget(anywidget.AnyWidget):
    """A widget that shows its name, and is closed with everything that belongs to it."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def close(self) -> None:
        """Remove the widget and its layout, here and in the page."""
        layout = self.layout
        super().close()
        if layout is not None:
            layout.close()
