"""Times one of the benchmark's models in PyTorch on random 32-pixel images; prints one line of JSON, as measure.mjs does.

python3 bench/peers/pytorch.py --model MODEL --task training|inference --batch-size B --threads T --seconds S [--plain-malloc]

PyTorch gives large arrays back to the system after each operation, and every new one is paged in anew. Its tuning guide
(https://pytorch.org/tutorials/recipes/recipes/tuning_guide.html) advises an allocator that keeps memory; here glibc's own is told
to. --plain-malloc leaves it as it comes.
"""

import argparse
import ctypes
import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

import torch
import torch.nn.functional as F

from fixtures.models import MODELS

parser = argparse.ArgumentParser()
parser.add_argument("--model", choices=sorted(MODELS), required=True)
parser.add_argument("--task", choices=["training", "inference"], default="training")
parser.add_argument("--batch-size", type=int, default=128)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--seconds", type=float, default=5)
parser.add_argument("--plain-malloc", action="store_true")
options = parser.parse_args()

if not options.plain_malloc:
    # <malloc.h>: M_MMAP_MAX (-4) 0, no mapping of its own for any array; M_TRIM_THRESHOLD (-1) -1, never give back.
    libc = ctypes.CDLL("libc.so.6")
    assert libc.mallopt(-4, 0) and libc.mallopt(-1, -1)

torch.set_num_threads(options.threads)
torch.manual_seed(0)
model = MODELS[options.model]().train()
images = torch.randn(options.batch_size, 3, 32, 32)
labels = torch.randint(0, 10, (options.batch_size,))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)


def train():
    optimizer.zero_grad(set_to_none=True)
    F.cross_entropy(model(images), labels).backward()
    optimizer.step()


def infer():
    with torch.inference_mode():
        model(images)


if options.task == "inference":
    model.eval()
step = train if options.task == "training" else infer
for _ in range(3):
    step()
times = []
start = time.perf_counter()
while time.perf_counter() - start < options.seconds or len(times) < 3:
    before = time.perf_counter()
    step()
    times.append(time.perf_counter() - before)
print(
    json.dumps(
        {
            "imagesPerSecond": options.batch_size / statistics.median(times),
            "batchSize": options.batch_size,
            "steps": len(times),
            "version": torch.__version__,
            "backend": f"{torch.backends.cpu.get_cpu_capability() if hasattr(torch.backends, 'cpu') else 'native'}, oneDNN",
        }
    )
)
