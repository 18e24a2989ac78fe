"""Times one of the benchmark's models in PyTorch on random 32-pixel images; prints one line of JSON, as measure.mjs does.

python3 bench/peers/pytorch.py --model MODEL --task training|inference --batch-size B --threads T --seconds S
    [--channels-last] [--compile] [--bfloat16]

--channels-last: images and weights in that memory format. --compile: the model by torch.compile, which needs a C++ compiler.
--bfloat16: the forward pass under CPU autocast.

PyTorch gives large arrays back to the system after each operation, and every new one is paged in anew. Its tuning guide
(https://pytorch.org/tutorials/recipes/recipes/tuning_guide.html) advises an allocator that keeps memory: the benchmark tells
glibc's own to (MALLOC_MMAP_THRESHOLD_, MALLOC_TRIM_THRESHOLD_), which is to be done before Python starts.
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

import torch
import torch.nn.functional as F

from fixtures.architectures import ARCHITECTURES

parser = argparse.ArgumentParser()
parser.add_argument("--model", required=True)
parser.add_argument("--task", choices=["training", "inference"], default="training")
parser.add_argument("--batch-size", type=int, default=128)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--seconds", type=float, default=5)
parser.add_argument("--channels-last", action="store_true")
parser.add_argument("--compile", action="store_true")
parser.add_argument("--bfloat16", action="store_true")
options = parser.parse_args()


def build(name):
    if name in ARCHITECTURES:
        return ARCHITECTURES[name]()
    from fixtures.models import MODELS  # needs torchvision

    if name not in MODELS:
        parser.error(f"--model: expected one of {', '.join(sorted(MODELS))}, got {name}")
    return MODELS[name]()


torch.set_num_threads(options.threads)
torch.manual_seed(0)
layout = torch.channels_last if options.channels_last else torch.contiguous_format
model = build(options.model).train(options.task == "training").to(memory_format=layout)
images = torch.randn(options.batch_size, 3, 32, 32).to(memory_format=layout)
labels = torch.randint(0, 10, (options.batch_size,))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
network = torch.compile(model) if options.compile else model


def forward():
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.bfloat16):
        return network(images)


def train():
    optimizer.zero_grad(set_to_none=True)
    F.cross_entropy(forward().float(), labels).backward()
    optimizer.step()


def infer():
    with torch.inference_mode():
        forward()


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
