"""What one says of the part of a picture that is taken: an aspect, or shares of its sides."""

import re

__all__ = ["crop_box"]

_NUMBER = r"\d{1,6}(?:\.\d{1,6})?"


def crop_box(text: str, width: int, height: int) -> tuple[float, float, float, float] | None:
    """Return left, top, right and bottom in pixels of what ``text``, as in `Stylize.crop`, leaves of a picture; None where it says nothing.

    >>> crop_box("1:1", 300, 200), crop_box("0,0.5,1,1", 300, 200), crop_box("0.9,0,0.1,1", 300, 200)
    ((50.0, 0.0, 250.0, 200.0), (0.0, 100.0, 300.0, 200.0), None)
    """
    if re.fullmatch(f"{_NUMBER}:{_NUMBER}", text):
        across, down = map(float, text.split(":"))
        if not (across and down):
            return None
        wide, high = min(width, height * across / down), min(height, width * down / across)
        left, top = (width - wide) / 2, (height - high) / 2
        return left, top, left + wide, top + high
    if re.fullmatch(rf"{_NUMBER}(,\s*{_NUMBER}){{3}}", text):
        left, top, right, bottom = map(float, text.split(","))
        if left < right <= 1 and top < bottom <= 1:
            return left * width, top * height, right * width, bottom * height
    return None
