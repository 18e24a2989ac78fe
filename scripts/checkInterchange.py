"""Carry weights both ways between PyTorch and ghostgrad, and compare what comes out. Run from anywhere, after npm ci:

    python3 scripts/checkInterchange.py                      # every network that has a definition in fixtures/models.py
    python3 scripts/checkInterchange.py --model ghostnet     # one of them

For each network: PyTorch saves a .pth file, in the present form and in that before 1.6; ghostgrad predicts from it and writes it
as .pth, .npz, .safetensors and .onnx; PyTorch, NumPy, a reader of its own and ONNX's checker read those. Errors are relative to
the largest logit; beside them PyTorch's own, in float32 against float64. Needs numpy and torch
(any release from 1.13 on; CPU); the last column also onnx.
"""

import argparse
import json
import os
import struct
import subprocess
import tempfile
import zlib

import numpy as np
import torch

from fixtures.hashInit import hash_init, hash_tensor
from fixtures.models import MODELS

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MEAN, STD = [0.4914, 0.4822, 0.4465], [0.2470, 0.2435, 0.2616]


def ghostgrad(*args):
    command = ["node", os.path.join(ROOT, "dist", "cli", "main.js"), *args]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def write_png(path, pixels):
    """pixels: uint8 (height, width, 3)"""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def read_safetensors(path):
    """Eight bytes with the header's length, the header in JSON, the numbers."""
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack("<Q", content[:8])
    header, data = json.loads(content[8 : 8 + length]), content[8 + length :]
    metadata = header.pop("__metadata__")
    kinds = {"F32": "<f4", "I64": "<i8"}
    tensors = {}
    for name, info in header.items():
        begin, end = info["data_offsets"]
        tensors[name] = np.frombuffer(data[begin:end], kinds[info["dtype"]]).reshape(info["shape"])
    return tensors, metadata


def trained_like(model):
    """Weights from names, and running statistics that are not those at rest."""
    hash_init(model)
    for name, buffer in model.named_buffers():
        if name.endswith("running_mean"):
            buffer.copy_(hash_tensor(name, tuple(buffer.shape), scale=0.5))
        if name.endswith("running_var"):
            buffer.copy_(hash_tensor(name, tuple(buffer.shape), scale=0.5, shift=1.0))
    return model.eval()


def same(state, tensors):
    """Whether every tensor has the same name, type, shape and bits."""
    return set(state) == set(tensors) and all(
        np.asarray(tensors[name]).dtype == value.numpy().dtype
        and np.asarray(tensors[name]).shape == tuple(value.shape)
        and np.asarray(tensors[name]).tobytes() == value.contiguous().numpy().tobytes()
        for name, value in state.items()
    )


def onnx_check(path):
    try:
        import onnx
    except ImportError:
        return "not installed"
    onnx.checker.check_model(onnx.load(path), full_check=True)
    return "ok"


def check(name, folder):
    def path(file):
        return os.path.join(folder, file)

    model = trained_like(MODELS[name]())
    state = model.state_dict()
    torch.save({"state_dict": torch.nn.DataParallel(model).state_dict()}, path("in.pth"))
    torch.save(state, path("legacy.pth"), _use_new_zipfile_serialization=False)

    pixels = ((hash_tensor("pixels", (32, 32, 3)).numpy() + 1) * 127.5).astype(np.uint8)
    write_png(path("image.png"), pixels)
    images = ((pixels.astype(np.float64) / 255 - MEAN) / STD).transpose(2, 0, 1)[None]
    images = torch.from_numpy(images.astype(np.float32))
    with torch.no_grad():
        expected = model(images)[0].numpy()

    def error(file):
        weights = ["--weights", path(file), *([] if file.endswith(".safetensors") else ["--model", name])]
        logits = np.array(json.loads(ghostgrad("predict", path("image.png"), "--json", *weights))["logits"])
        return np.abs(logits - expected).max() / np.abs(expected).max()

    report = json.loads(ghostgrad("import", path("in.pth"), "--model", name, "--out", path("out.safetensors"), "--json"))
    for ending in ("pth", "npz", "onnx"):
        ghostgrad("export", "--weights", path("out.safetensors"), "--out", path(f"out.{ending}"))
    tensors, metadata = read_safetensors(path("out.safetensors"))
    back = MODELS[name]()
    back.load_state_dict(torch.load(path("out.pth")))  # strict
    with torch.no_grad():
        logits = back.eval()(images)[0].numpy()
        exact = back.double()(images.double())[0].numpy()
    return {
        "network": name,
        "tensors": report["taken"],
        "logits, .pth": f"{error('in.pth'):.1e}",
        "logits, legacy": f"{error('legacy.pth'):.1e}",
        "PyTorch's rounding": f"{np.abs(expected - exact).max() / np.abs(exact).max():.1e}",
        "torch.load": same(state, {key: value.numpy() for key, value in torch.load(path("out.pth")).items()}),
        "same logits": bool((logits == expected).all()),
        "numpy.load": same(state, dict(np.load(path("out.npz")))),
        "safetensors": same(state, tensors) and metadata["model"] == name,
        "onnx.checker": onnx_check(path("out.onnx")),
    }


def main():
    parser = argparse.ArgumentParser(description="Carry weights both ways between PyTorch and ghostgrad.")
    parser.add_argument("--model", action="append", choices=list(MODELS), help="only this network")
    args = parser.parse_args()
    for i, name in enumerate(args.model or MODELS):
        with tempfile.TemporaryDirectory() as folder:
            row = check(name, folder)
        if i == 0:
            print(" | ".join(row))
        print(" | ".join(str(value) for value in row.values()), flush=True)
        if any(value is False for value in row.values()):
            raise SystemExit(f"{name}: see the False above")


if __name__ == "__main__":
    main()
