"""The page in the browser: a view on the runs and the stores, and a source of settings (→ IGS, IES, ICS).

Nothing of ours lives in it: it hands jobs in, and shows what the table of runs and the stores say, so that every page shows
the same, and a page that is closed, or a server that is started anew, loses nothing.
"""

import components.ui.page._quick_gradio  # noqa: F401  # before anything imports Gradio
from components.ui.page.enhance import EnhancePage
from components.ui.page.gallery import GalleryPage
from components.ui.page.generate import GeneratePage
from components.ui.page.lab import LabPage
from components.ui.page.models import ModelsPage
from components.ui.page.queue import QueuePage
from components.ui.page.style import StylePage
from components.ui.page.tab import Page
from components.ui.page.train import TrainPage
from components.ui.page.translate import TranslatePage
from interfaces.registry import Registry

__all__ = ["PAGES", "Page"]

PAGES: Registry[Page] = Registry(
    "page",
    {
        "generate": GeneratePage,
        "enhance": EnhancePage,
        "style": StylePage,
        "translate": TranslatePage,
        "lab": LabPage,
        "gallery": GalleryPage,
        "train": TrainPage,
        "models": ModelsPage,
        "queue": QueuePage,
    },
)
"""The tabs, in their order. A new one is a module of its own, a script of its name in ``static``, and a line here."""
