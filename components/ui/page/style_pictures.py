"""The pictures of a style transfer, as the browser names them: contents, styles, and where each style goes."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from components.ui.page.uploads import Uploaded, check_together, find_upload, paths_and_names
from components.ui.page.words import t
from interfaces.errors import SettingsError
from interfaces.page import PageParts

__all__ = ["StylePictures", "style_pictures"]

_MOST_STYLES = 8


class StylePictures(NamedTuple):
    """What was handed in for one run."""

    contents: Sequence[Uploaded]
    styles: Sequence[Uploaded]
    masks: Sequence[Uploaded]
    """None, or one for each style."""
    weights: Sequence[float]
    """How much each style counts beside the others."""

    def settings(self, *, blends: bool) -> dict[str, Any]:
        """Return the fields of the source; the weights only where the algorithm ``blends``, and they differ."""
        found: dict[str, Any] = {
            **paths_and_names(self.contents),
            "styles": [str(each.path) for each in self.styles],
            "masks": [str(each.path) for each in self.masks],
        }
        if blends and len({*self.weights}) > 1:
            found["blend"] = [*self.weights]
        return found

    def key(self, source: Mapping[str, Any]) -> str:
        """Return a name for a trial of these pictures with the settings of ``source``: the same for the same ones."""
        weighed = ("paths", "names", "styles", "masks", "content_weight", "style_weight")
        settings = {name: value for name, value in source.items() if name not in weighed}
        digests = [[each.digest for each in some] for some in (self.contents[:1], self.styles, self.masks)]
        return sha256(json.dumps([settings, digests], sort_keys=True).encode()).hexdigest()


def style_pictures(parts: PageParts, held: str) -> StylePictures:
    """Return the pictures that the browser names in a JSON document, by their digests.

    Raises:
        SettingsError: it is no such document, a picture is not there any more, or the pictures do not go together.
    """
    try:
        document = json.loads(held)
        contents = [(str(each["picture"]), str(each.get("name", ""))) for each in document["contents"]]
        styles = [(str(each["picture"]), str(each.get("name", ""))) for each in document["styles"]]
        masks = [str(each["mask"]) for each in document["styles"] if each.get("mask")]
        weights = [float(each.get("weight", 1)) for each in document["styles"]]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise SettingsError(
            t(
                'pictures: wanted {"contents": [{"picture": "SHA-256", "name": "cat.png"}], "styles": '
                '[{"picture": …, "name": …, "weight": 1, "mask": "SHA-256"}]}, got something else'
            )
        ) from error
    if not contents:
        raise SettingsError(t("content: wanted at least one picture, got none; drop one on the page first"))
    if len(styles) > _MOST_STYLES:
        raise SettingsError(t("style: wanted at most {0} pictures, got {1}", _MOST_STYLES, len(styles)))
    if masks and len(masks) != len(styles):
        raise SettingsError(
            t("masks: wanted none or one for each of the {0} styles, got {1}", len(styles), len(masks))
        )
    if masks and len(contents) > 1:
        raise SettingsError(
            t(
                "masks: wanted one content picture, which they are as large as, got {0}; remove the masks or "
                "all contents but one",
                len(contents),
            )
        )
    found = StylePictures(
        [find_upload(parts, *each) for each in contents],
        [find_upload(parts, *each) for each in styles],
        [find_upload(parts, each, "mask") for each in masks],
        weights,
    )
    check_together([*found.contents, *found.styles, *found.masks])
    return found
