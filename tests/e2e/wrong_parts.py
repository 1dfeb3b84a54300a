"""Components that are wrong, each in a way of its own, as somebody's module would have them."""

MODULE = """
from components.conversion import FileConverter
from components.enhancement import LanczosEnhancer
from components.generation import NoiseGenerator
from components.ui import LayeredSettings
from storage.model_store import FolderModelStore
from storage.result_store import SqlResultStore
from storage.weight_store import CachedWeightStore


class NoMethod:
    pass


class OtherArguments:
    def enhance(self, data):
        return data


class GivesBack:
    def enhance(self, data, settings):
        return data


class Divides:
    def enhance(self, data, settings):
        if 2 in data.seeds:
            return self._share(data, 0)
        return LanczosEnhancer().enhance(data, settings)

    def _share(self, data, parts):
        return len(data.seeds) / parts


class DividesInOurCode:
    def enhance(self, data, settings):
        return LanczosEnhancer().enhance(data.images, settings)


class CannotBeMade:
    def __init__(self):
        raise RuntimeError("out of luck")


class Numbers:
    def generate(self, settings, model):
        yield from range(settings.count)


class List:
    def generate(self, settings, model):
        return list(NoiseGenerator().generate(settings, model))


class Lazy:
    def generate(self, settings, model):
        return iter(())


class Bytes:
    contact_sheet = FileConverter.contact_sheet

    def convert(self, data, settings):
        return b"a picture"


class Forgets(SqlResultStore):
    def add(self, run, data):
        super().add(run, data)


class HalfAStore(SqlResultStore):
    find_picture = None

    def __init__(self, root):
        pass


class HalfAnObserver:
    def observe(self, view, folder):
        return True


class SaysNothing:
    def observe(self, view, folder):
        pass

    def finish(self, folder):
        pass


class HalfATrainer:
    def __init__(self, settings=None):
        pass


class NotMade:
    def __init__(self, settings=None):
        raise RuntimeError("out of luck")


class Promises:
    def __init__(self, settings=None):
        pass

    def train(self, data, folder, *, resume=False, observers=(), listener=None):
        return "a model"


class Stalls(Promises):
    def train(self, data, folder, *, resume=False, observers=(), listener=None):
        raise OSError("out of paper")


class Attic:
    def read(self, uri):
        return b""

    def describe(self, source, *, style_from_prefix=False, listener=None):
        return [source]


class Scissors:
    def __init__(self, **options):
        pass

    def prepare(self, data, source, cache, *, listener=None):
        return [source.read(picture.uri) for picture in data.pictures]


class HalfAModelStore(FolderModelStore):
    by_digest = None


class Guesses(FolderModelStore):
    def get(self, name_or_path=None):
        return "a model"


class HalfAWeightStore(CachedWeightStore):
    advice = None


class Nameless(CachedWeightStore):
    names = property(lambda self: self.missing)


class ReadsTwo:
    def __init__(self, *layers):
        self.inner = LayeredSettings(*layers)

    def read(self):
        return self.inner.read()[:2]


class HalfAConverter:
    def convert(self, data, settings):
        return FileConverter().convert(data, settings)
"""
