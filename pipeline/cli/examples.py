"""The lines at the end of every ``--help`` that show how a command is typed."""

from collections.abc import Mapping

import typer

__all__ = ["EXAMPLES", "add_examples"]

EXAMPLES: Mapping[str, str] = {
    "": """
artgen pipeline run --count 4
artgen enhance my-photos --scale 4 --out large
artgen train my-paintings --dry-run""",
    "cache": """
artgen cache clean""",
    "cache clean": """
artgen cache clean""",
    "component": """
artgen component list
artgen component check enhancer my_enhancer:Mine""",
    "component check": """
artgen component check enhancer my_enhancer:Mine
artgen component check trainer gan --json""",
    "component list": """
artgen component list
artgen component list --json""",
    "data": """
artgen data inspect my-paintings.zip
artgen data get artbench-10""",
    "data get": """
artgen data get artbench-10 --out data-sets""",
    "data inspect": """
artgen data inspect my-paintings.zip
artgen data inspect museum --style-from-prefix --json""",
    "data outline": """
artgen data outline my-photos --out my-drawings
artgen data outline my-photos.zip --out my-drawings --width 2""",
    "data prepare": """
artgen data prepare my-paintings --size 64""",
    "doctor": """
artgen doctor
artgen doctor --json""",
    "enhance": """
artgen enhance my-photos --scale 4 --out large
artgen enhance a.jpg 'scans/**/*.tiff' --size 4096 --strength 0.7 --resume
artgen enhance my-photos --fast --format webp --quality 90""",
    "evaluate": """
artgen evaluate my-model my-paintings.zip
artgen evaluate my-model my-paintings.zip --count 512 --style baroque
artgen evaluate my-translation my-photos my-drawings --count 64""",
    "lab": """
artgen lab point my-digits --at 0.2,-0.7
artgen lab directions --count 5""",
    "lab activations": """
artgen lab activations my-digits --at 0.2,-0.7 --layer 9-relu""",
    "lab classifier": """
artgen lab classifier mnist
artgen lab classifier my-paintings.zip --size 64 --channels 3 --out my-classifier""",
    "lab directions": """
artgen lab directions paintings-64-projected --at seed:7 --class baroque
artgen lab directions my-digits --layer 7-convolution --json""",
    "lab edit": """
artgen lab edit my-digits --at 0.2,-0.7 --layer 9-relu --zero rows:0-6""",
    "lab map": """
artgen lab map my-digits
artgen lab map my-digits --classifier my-classifier --out map
artgen lab map my-digits --compare map-before""",
    "lab morph": """
artgen lab morph my-digits --from -1,-1 --to 1,1 --frames 24""",
    "lab point": """
artgen lab point my-digits --at 0.2,-0.7
artgen lab point my-digits-by-class --at 0.2,-0.7,0 --class 3 --json""",
    "model": """
artgen model list
artgen model show paintings-64-projected""",
    "model default": """
artgen model default
artgen model default my-model
artgen model default paintings-64-projected""",
    "model delete": """
artgen model delete my-model""",
    "model list": """
artgen model list
artgen model list --json""",
    "model rename": """
artgen model rename my-model harbours""",
    "model show": """
artgen model show paintings-64-projected
artgen model show my-model""",
    "pipeline": """
artgen pipeline run --count 4
artgen pipeline run --seed 7 --walk-to 1073 --size 256 --film webp
artgen pipeline show-config --style baroque""",
    "pipeline run": """
artgen pipeline run --count 4 --style baroque --keep 64 --keep 256
artgen pipeline run --seeds 1012,1025,1030-1033 --format jpeg
artgen pipeline run --config run.toml --count 20""",
    "pipeline show-config": """
artgen pipeline show-config --style baroque --size 256""",
    "report": """
artgen report my-model other-model
artgen report my-sweep --out table.md""",
    "results": """
artgen results list
artgen results reproduce artgen-results/RUN/seed1012_1024x1024.png""",
    "results clean": """
artgen results clean trash
artgen results clean --yes --json""",
    "results export": """
artgen results export RUN for-the-printer""",
    "results list": """
artgen results list --out my-pictures""",
    "results reproduce": """
artgen results reproduce artgen-results/RUN/seed1012_1024x1024.png""",
    "results show": """
artgen results show RUN --json""",
    "runs": """
artgen runs list
artgen runs resume RUN""",
    "runs cancel": """
artgen runs cancel RUN""",
    "runs delete": """
artgen runs delete RUN""",
    "runs list": """
artgen runs list
artgen runs list --out my-pictures""",
    "runs move": """
artgen runs move RUN 1""",
    "runs pause": """
artgen runs pause RUN""",
    "runs resume": """
artgen runs resume RUN
artgen runs resume RUN --queue""",
    "runs show": """
artgen runs show RUN""",
    "stylize": """
artgen stylize cat.png --style mosaic.jpg
artgen stylize my-photos --style a.jpg --style b.jpg --blend 3,7 --style-weight 2 --out painted
artgen stylize cat.png --style mosaic.jpg --size 512 --enlarge-to 1024 --trace losses.jsonl""",
    "sweep": """
artgen sweep sweep.toml --dry-run
artgen sweep sweep.toml --out my-sweep""",
    "train": """
artgen train my-paintings --preset projected --dry-run
artgen train my-paintings --set start=paintings-64-projected --steps 600 \\
  --preset projected --out my-model
artgen train my-photos my-drawings --preset translation-small""",
    "weights": """
artgen weights list
artgen weights get realesr-general-x4v3""",
    "weights get": """
artgen weights get realesr-general-x4v3""",
    "weights list": """
artgen weights list""",
    "translate": """
artgen translate my-faces photo.jpg
artgen translate photo.jpg  # with the model of `artgen model default`
artgen translate my-drawings 'sketches/*.png' --direction b-to-a --size 256 --sheet""",
    "ui": """
artgen ui
artgen ui --data collections
artgen ui --host 0.0.0.0 --auth-file login.txt --out my-pictures""",
    "worker": """
artgen worker
artgen worker --once --out my-pictures""",
}
"""By the words behind ``artgen``; each line is as it can be typed, but for names of files and runs."""


def add_examples(app: typer.Typer, path: tuple[str, ...] = ()) -> None:
    """Let the help of ``app``, its groups and its commands end with their examples, behind what it ends with already."""
    app.info.epilog = _ending(path, app.info.epilog)
    for command in app.registered_commands:
        name = command.name or getattr(command.callback, "__name__", "").replace("_", "-")
        command.epilog = _ending((*path, name), command.epilog)
    for group in app.registered_groups:
        if group.typer_instance is not None and group.name is not None:
            add_examples(group.typer_instance, (*path, group.name))


def _ending(path: tuple[str, ...], before: object) -> str | None:
    example = EXAMPLES.get(" ".join(path))
    ending = f"Examples:\n\n{example.strip()}" if example else None
    # typer marks what was not given by an object of its own
    return "\n\n".join(part for part in (before, ending) if isinstance(part, str)) or None
