"""What a process computes does not depend on how its threads happen to start."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CHILD = """
import hashlib, torch
from components.networks.build import build_generator
from interfaces.igme import ConvGenerator

torch.set_num_threads(2)
net = build_generator(ConvGenerator(width=8), "glorot-normal", torch.Generator().manual_seed(0)).eval()
with torch.no_grad():
    images = net(torch.randn(16, 128, generator=torch.Generator().manual_seed(1)))
print(hashlib.sha256(images.numpy().tobytes()).hexdigest())
"""


@pytest.mark.slow
def test_every_process_paints_the_same_images() -> None:
    children = [
        subprocess.run([sys.executable, "-c", CHILD], cwd=ROOT, capture_output=True, text=True, check=True)
        for _ in range(20)
    ]
    assert len({child.stdout for child in children}) == 1
