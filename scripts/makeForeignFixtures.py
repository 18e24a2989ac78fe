#!/usr/bin/env python3
"""Weights as other tools save them, for test/io/foreign.test.ts and test/train/foreign.test.ts: test/fixtures/foreign/.

Needs PyTorch 2.x, torchvision and timm. All small files hold the same two layers, `conv` (2, 1, 1, 1) and `fc` (3, 2).
"""

import argparse
import collections
import io
import os
import pathlib
import pickle
import struct
import tarfile

import numpy as np
import timm
import torch
from torch import nn

from fixtures.hashInit import hash_init, hash_tensor
from fixtures.store import rounded, write_fixture

FOLDER = os.path.join(os.path.dirname(__file__), "..", "test", "fixtures", "foreign")


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 1)
        self.fc = nn.Linear(2, 3)
        self.register_buffer("steps", torch.tensor(7))

    def forward(self, x):
        return self.fc(self.conv(x).mean((2, 3)))


def net(first=1):
    model = Net()
    for k, value in enumerate([model.conv.weight, model.conv.bias, model.fc.weight, model.fc.bias]):
        value.data = torch.arange(value.numel(), dtype=torch.float32).view(value.shape) + first + 10 * k
    return model


def path(name):
    return os.path.join(FOLDER, name)


def write_tar(state):
    """As PyTorch wrote before 0.1.10: torch.load still reads it."""
    storages, tensors = io.BytesIO(), io.BytesIO()
    pickle.dump(len(state), storages, 2)
    pickle.dump(len(state), tensors, 2)
    for key, (name, value) in enumerate(state.items()):
        kind = torch.LongStorage if value.dtype == torch.int64 else torch.FloatStorage
        pickle.dump((key, "cpu", kind), storages, 2)
        storages.write(struct.pack("<q", value.numel()) + value.numpy().tobytes())
        pickle.dump((100 + key, key, torch.LongTensor if kind is torch.LongStorage else torch.FloatTensor), tensors, 2)
        numbers = list(value.shape) + list(value.stride()) + [0]
        tensors.write(struct.pack("<ii", value.dim(), 0) + struct.pack(f"<{len(numbers)}q", *numbers))
    pickle.dump([], storages, 2)
    numbers_of = {id(value): 100 + key for key, value in enumerate(state.values())}

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            return numbers_of.get(id(value))

    whole = io.BytesIO()
    Pickler(whole, 2).dump(collections.OrderedDict(state))
    with tarfile.open(path("tar.pth"), "w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in [("storages", storages), ("tensors", tensors), ("pickle", whole)]:
            info = tarfile.TarInfo(name)
            info.size = len(content.getvalue())
            archive.addfile(info, io.BytesIO(content.getvalue()))
    loaded = torch.load(path("tar.pth"), weights_only=False)
    assert all(torch.equal(loaded[name], value) for name, value in state.items())


def forget_places(name):
    """Old files keep the paths of the classes' sources; others of the same length take their place."""
    with open(path(name), "rb") as file:
        content = file.read()
    for place in {os.path.dirname(os.path.abspath(__file__)), os.path.dirname(os.path.dirname(torch.__file__))}:
        content = content.replace(place.encode(), b"x" * len(place.encode()))
    with open(path(name), "wb") as file:
        file.write(content)


def write_small():
    state = {name: value.detach() for name, value in net().state_dict().items()}
    for protocol in range(6):
        mixed = {"conv.weight": state["conv.weight"], **{k: v.numpy() for k, v in state.items() if k != "conv.weight"}}
        with open(path(f"protocol{protocol}.pkl"), "wb") as file:
            pickle.dump(mixed, file, protocol)
    write_tar(state)
    torch.save(net(), path("module.pt"))
    torch.save(nn.DataParallel(net()), path("module-legacy.pt"), _use_new_zipfile_serialization=False)
    forget_places("module-legacy.pt")
    torch.jit.script(net()).save(path("script.pt"))
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [1, 2])
    torch.save(
        dict(
            epoch=3,
            arch="resnet20",
            classes=["a", "b", "c"],
            state_dict=collections.defaultdict(int, state),
            optimizer=optimizer.state_dict(),
            scheduler=schedule.state_dict(),
            args=argparse.Namespace(out=pathlib.PosixPath("x"), mean=(0.1, 0.2, 0.3), img_size=64),
            best=np.float64(0.9),
            history=np.arange(3.0),
        ),
        path("checkpoint.pth"),
    )
    torch.save(dict(state_dict=net(100).state_dict(), state_dict_ema=state), path("ema.pth"))
    torch.save(dict(state, extra=torch.zeros(2, dtype=torch.complex64)), path("complex.pth"))


TIMM = ["mobilenetv1_100", "mobilenetv2_050", "mobilenetv3_large_100", "semnasnet_100"]
TIMM += [f"mobilenetv3_small_{width}" for width in ("050", "075")]


def write_timm():
    for name in TIMM:
        model = hash_init(timm.create_model(name, num_classes=7)).double().eval()
        x = hash_tensor("x", (1, 3, 64, 64))
        with torch.no_grad():
            logits = rounded(model(x.double()))
        state = {key: list(value.shape) for key, value in model.state_dict().items() if "num_batches" not in key}
        fields = dict(name=name, logits=logits, state=state)
        write_fixture(FOLDER, f"timm-{name}", "makeForeignFixtures.py", fields)


if __name__ == "__main__":
    os.makedirs(FOLDER, exist_ok=True)
    write_small()
    write_timm()
