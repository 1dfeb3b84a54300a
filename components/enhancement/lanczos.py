"""The plain resize as an enhancer."""

from typing import final

from components.enhancement.sizes import assemble, plain_record
from components.imaging.alpha_fill import fill_clear
from interfaces.iedt import IEDT
from interfaces.ies import IES
from interfaces.igdt import IGDT

__all__ = ["LanczosEnhancer"]


@final
class LanczosEnhancer:
    """Plain Lanczos resize: no network, no invented detail."""

    def enhance(self, data: IGDT, settings: IES) -> IEDT:
        """Return ``data`` at the size that ``settings`` asks for, and the sizes to keep.

        Raises:
            SettingsError: the sizes contradict each other.
        """
        return assemble(
            data, settings, [fill_clear(data.images, data.alpha)], plain_record("lanczos", settings)
        )
