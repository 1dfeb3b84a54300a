"""Which presets there are: known without importing what trains, so that the help of a command can name them."""

from collections.abc import Mapping

__all__ = ["PRESETS_OF_A_PICTURE", "PRESETS_OF_TWO_DOMAINS", "PRESET_NAMES", "PRESET_PURPOSES"]

PRESET_NAMES: Mapping[str, tuple[str, ...]] = {
    "gan": (
        "wgan-gp",
        "dcgan",
        "dcgan-wi",
        "projected",
        "r3gan",
        "lab-2d",
        "lab-3d",
        "lab-4d",
        "lab-cgan",
        "lab-landscape",
    ),
    "enhancer": ("enhancer-x4",),
    "style": ("style-feedforward",),
    "translation": ("face2anime", "photo2drawing", "translation-small"),
}
"""By the trainer's name in `TRAINERS`, the usual one first; a test compares them with the presets themselves."""

PRESET_PURPOSES: Mapping[str, str] = {
    "wgan-gp": "the steady classic; its loss means something. Hours to days on a processor",
    "dcgan": "the quick classic, and the first to collapse. Hours on a processor",
    "dcgan-wi": "the quick classic with other first weights. Hours on a processor",
    "projected": "pictures soonest on a small machine. Some four hours on a processor; minutes from a finished model",
    "r3gan": "the modern one; needs no other network's weights. Hours to days on a processor",
    "lab-2d": "digits from a latent space that is a map, to look into. Half an hour on a processor",
    "lab-3d": "digits from a latent space that is a cube. Half an hour on a processor",
    "lab-4d": "digits from a latent space of four numbers. Half an hour on a processor",
    "lab-cgan": "digits that can be asked for, each with a cube of its own. Half an hour on a processor",
    "lab-landscape": "landscapes by the laboratory's networks, at 64 pixels. Days on a processor",
    "enhancer-x4": "a network that enlarges four times, of pictures of 128 pixels at least. Hours on a processor",
    "face2anime": "pictures of one kind become those of another, and back: faces and drawn ones. A graphics processor, hours",
    "photo2drawing": "photographs become line drawings, and back. A graphics processor, hours",
    "translation-small": "pictures of one kind become those of another, and back, at 64 pixels. Hours on a processor",
    "style-feedforward": "a network that gives any picture the style of one, in a moment. Hours on a processor",
}
"""What each preset is for, and how long it takes, in a line."""

PRESETS_OF_A_PICTURE: frozenset[str] = frozenset({"style-feedforward"})
"""Those that want a picture file besides the data, for which the page has no place."""

PRESETS_OF_TWO_DOMAINS: frozenset[str] = frozenset(PRESET_NAMES["translation"])
"""Those that want two sources of data, or one that has both domains."""
