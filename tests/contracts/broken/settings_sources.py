"""Sources of settings that are right but for one thing each."""

from components.ui import LayeredSettings


class ReadsTwoOnly:
    def read(self) -> tuple[object, ...]:
        return LayeredSettings().read()[:2]


class ChangesItsMind:
    def __init__(self) -> None:
        self._count = 0

    def read(self) -> tuple[object, ...]:
        self._count += 1
        return LayeredSettings({"generation": {"count": self._count}}).read()
