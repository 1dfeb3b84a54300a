"""A process that is killed in the middle, and another one that goes on."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import torch

from components.generation.style_transfer.algorithm import Unattended
from components.generation.style_transfer.matching import Gatys
from tests.unit.generation.style_transfer.small_features import Remembers, make_task

_VICTIM = """
import sys, time
from pathlib import Path
import torch
torch.set_num_threads(int(sys.argv[2]))
from components.generation.style_transfer import coarse_to_fine
from components.generation.style_transfer.matching import Gatys
from tests.unit.generation.style_transfer.small_features import Remembers, make_task

class OnDisk(Remembers):
    def keep(self, state):
        Path(sys.argv[1]).write_bytes(state)

    def progress(self, done, total, detail=""):
        if done == 17:
            print("killable", flush=True)
            time.sleep(600)

coarse_to_fine._KEEP_S, coarse_to_fine._KEEP_SHARE = 0.0, 0
Gatys().transfer(make_task(), OnDisk())
"""


def test_after_a_kill_another_process_makes_the_same_bytes(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    command = [sys.executable, "-c", _VICTIM, str(kept), str(torch.get_num_threads())]
    with subprocess.Popen(command, cwd=Path(__file__).parents[4], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"killable\n"
        os.kill(process.pid, signal.SIGKILL)
    attendant = Remembers(kept.read_bytes())
    image = Gatys().transfer(make_task(), attendant)
    assert attendant.trail[0][0] >= 17
    assert torch.equal(image, Gatys().transfer(make_task(), Unattended()))
