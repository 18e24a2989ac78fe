"""The networks speednet and ghost-speednet in PyTorch, and their recipe (configs/speednet.yaml), to hold ours against.

    python3 scripts/speedrun.py --data FOLDER_OF_data_batch_1.bin --epochs 8 --batch-size 400 --accumulate 5
    python3 scripts/speedrun.py --data FOLDER --steps 5 --mode channels_last    # seconds a step, without an evaluation
    /opt/other/bin/python scripts/speedrun.py …                                # any Python that has torch and numpy

Prints one JSON object a step and one at the end. Jordan 2024, https://arxiv.org/abs/2404.00498.
"""

import argparse
import json
import math
import os
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)

# ---------------------------------------------------------------- network


class ConvUnit(nn.Module):
    def __init__(self, inp, oup, kernel, act, groups=1, pool=False, identities=0):
        super().__init__()
        self.conv = nn.Conv2d(inp, oup, kernel, padding=kernel // 2, groups=groups, bias=False)
        if identities:
            nn.init.dirac_(self.conv.weight.data[:identities])
        self.bn = nn.BatchNorm2d(oup, eps=1e-12, momentum=0.4)
        self.bn.weight.requires_grad = False
        self.pool, self.act = pool, act

    def forward(self, x):
        y = self.conv(x)
        return self.act(self.bn(F.max_pool2d(y, 2) if self.pool else y))


class GhostUnit(nn.Module):
    def __init__(self, inp, oup, act, pool, s, d):
        super().__init__()
        intrinsic = math.ceil(oup / s)
        self.primary = ConvUnit(inp, intrinsic, 3, act, pool=pool, identities=min(inp, intrinsic // 2))
        self.cheap = ConvUnit(intrinsic, intrinsic * (s - 1), d, act, groups=intrinsic)
        self.oup = oup

    def forward(self, x):
        y = self.primary(x)
        return torch.cat([y, self.cheap(y)], 1)[:, : self.oup]


class SpeedNet(nn.Module):
    """`ghost`: None, or (s, d)."""

    def __init__(self, channels=(64, 256, 256), ghost=None, classes=10, act=F.gelu):
        super().__init__()

        def unit(inp, oup, pool):
            if ghost:
                return GhostUnit(inp, oup, act, pool, *ghost)
            return ConvUnit(inp, oup, 3, act, pool=pool, identities=inp)

        def group(inp, oup):
            return nn.Sequential(unit(inp, oup, True), unit(oup, oup, False))

        self.conv1 = nn.Conv2d(3, 24, 2)
        nn.init.zeros_(self.conv1.bias)
        self.layer1 = group(24, channels[0])
        self.layer2 = group(channels[0], channels[1])
        self.layer3 = group(channels[1], channels[2])
        self.fc = nn.Linear(channels[2], classes, bias=False)
        self.fc.weight.data /= self.fc.weight.data.std()
        self.act = act

    def forward(self, x):
        y = self.layer3(self.layer2(self.layer1(self.act(self.conv1(x)))))
        return self.fc(F.max_pool2d(y, y.shape[2:]).flatten(1)) / y.shape[1]


def whitening_filters(images, kernel=2, eps=5e-4):
    """(2·C·kernel², C, kernel, kernel) of images (N, C, H, W); an eigenvector's largest element is positive."""
    patches = F.unfold(images, kernel).permute(0, 2, 1).flatten(0, 1)
    values, vectors = torch.linalg.eigh(patches.T @ patches / len(patches))
    vectors = vectors.T.flip(0)
    largest = vectors.gather(1, vectors.abs().argmax(1, keepdim=True))
    filters = vectors * largest.sign() / torch.sqrt(values.flip(0)[:, None] + eps)
    return torch.cat([filters, -filters]).view(-1, images.shape[1], kernel, kernel)


# ---------------------------------------------------------------- training


class Muon(torch.optim.Optimizer):
    def __init__(self, params, lr, momentum=0.6, steps=3):
        super().__init__(params, {"lr": lr, "momentum": momentum, "steps": steps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                buffer = self.state[p].setdefault("buffer", torch.zeros_like(p))
                buffer.mul_(group["momentum"]).add_(p.grad)
                update = p.grad.add(buffer, alpha=group["momentum"]).flatten(1)
                p.mul_(len(p) ** 0.5 / p.norm())
                X = update / (update.norm() + 1e-7)
                for _ in range(group["steps"]):
                    A = X @ X.T
                    X = 3.4445 * X + (-4.7750 * A + 2.0315 * A @ A) @ X
                p.add_(X.view_as(p), alpha=-group["lr"])


def read_cifar(folder):
    def read(names):
        raw = np.concatenate([np.fromfile(os.path.join(folder, n), np.uint8).reshape(-1, 3073) for n in names])
        images = torch.from_numpy(raw[:, 1:].reshape(-1, 3, 32, 32)).float() / 255
        mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (MEAN, STD))
        return (images - mean) / std, torch.from_numpy(raw[:, 0].astype(np.int64))

    return read([f"data_batch_{i}.bin" for i in range(1, 6)]), read(["test_batch.bin"])


def translated(images, pixels):
    """Random crops out of reflected padding, an image at a time by gathering."""
    n, c, h, w = images.shape
    padded = F.pad(images, (pixels,) * 4, "reflect")
    top, left = torch.randint(2 * pixels + 1, (2, n))
    rows = (top[:, None] + torch.arange(h))[:, None, :, None]
    columns = (left[:, None] + torch.arange(w))[:, None, None, :]
    return padded[torch.arange(n)[:, None, None, None], torch.arange(c)[None, :, None, None], rows, columns]


def mirrored_logits(model, x):
    return (model(x) + model(x.flip(3))) / 2


def translated_logits(model, x):
    padded = F.pad(x, (1,) * 4, "reflect")
    h, w = x.shape[2:]
    moved = [padded[:, :, i : i + h, i : i + w] for i in (0, 2)]
    return mirrored_logits(model, x) / 2 + sum(mirrored_logits(model, m) for m in moved) / 4


@torch.no_grad()
def accuracy(model, images, labels, logits):
    model.eval()
    right = sum((logits(model, x).argmax(1) == y).sum().item() for x, y in zip(images.split(500), labels.split(500)))
    return right / len(labels)


def optimizers(model, args, batch):
    """SGD for biases and head, whose rates are for the sum over a batch; Muon for the 3×3 convolutions."""
    dense = [p for n, p in model.named_parameters() if p.dim() == 4 and n != "conv1.weight" and p.shape[1] > 1]
    depthwise = [p for n, p in model.named_parameters() if p.dim() == 4 and p.shape[1] == 1]
    biases = [p for n, p in model.named_parameters() if n.endswith("bn.bias")]
    rates = [([model.conv1.bias], args.bias_lr), (biases, args.bias_lr), ([model.fc.weight], args.head_lr)]
    decay = 2e-6 * batch
    groups = [{"params": p, "lr": lr, "weight_decay": decay / lr} for p, lr in rates]
    if depthwise:
        groups.append({"params": depthwise, "lr": args.depthwise_lr / batch, "weight_decay": 0})
    return torch.optim.SGD(groups, momentum=0.85, nesterov=True), Muon(dense, args.lr)


def main():
    parser = argparse.ArgumentParser(description="speednet in PyTorch on the CPU.")
    parser.add_argument("--data", required=True, help="folder of data_batch_1.bin … and test_batch.bin")
    parser.add_argument("--channels", default="64,256,256")
    parser.add_argument("--ghost", help="s,d: the Ghost form")
    parser.add_argument("--activation", choices=["gelu", "silu"], default="gelu")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--steps", type=int, help="stop after so many updates, without an evaluation")
    parser.add_argument("--batch-size", type=int, default=400)
    parser.add_argument("--accumulate", type=int, default=5)
    parser.add_argument("--lr", type=float, default=0.24, help="of Muon")
    parser.add_argument("--bias-lr", type=float, default=0.053, help="for the loss summed over a batch, as the next")
    parser.add_argument("--head-lr", type=float, default=0.67)
    parser.add_argument("--depthwise-lr", type=float, default=0.1, help="for the mean loss")
    parser.add_argument("--whiten-epochs", type=int, default=3)
    parser.add_argument("--translate", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--mode", choices=["eager", "channels_last", "compile", "bfloat16"], default="eager")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)

    (images, labels), (test_images, test_labels) = read_cifar(args.data)
    ghost = tuple(map(int, args.ghost.split(","))) if args.ghost else None
    model = SpeedNet(tuple(map(int, args.channels.split(","))), ghost, act=getattr(F, args.activation))
    model.conv1.weight.data[:] = whitening_filters(images[:5000])
    model.conv1.weight.requires_grad = False
    layout = torch.contiguous_format if args.mode in ("eager", "compile") else torch.channels_last
    model = model.to(memory_format=layout)
    run = torch.compile(model) if args.mode == "compile" else model
    update = args.batch_size * args.accumulate
    per_epoch = len(images) // update
    total = args.epochs * per_epoch
    sgd, muon = optimizers(model, args, update)
    initial = [[group["lr"] for group in optimizer.param_groups] for optimizer in (sgd, muon)]
    turned = torch.randint(2, (len(images),))
    step, seconds = 0, 0.0
    for epoch in range(args.epochs):
        order = torch.randperm(len(images))
        for i in range(per_epoch):
            start = time.perf_counter()
            for optimizer, rates in zip((sgd, muon), initial):
                for group, rate in zip(optimizer.param_groups, rates):
                    group["lr"] = rate * (1 - step / total)
            whitening_left = max(0, 1 - step / (args.whiten_epochs * per_epoch))
            sgd.param_groups[0]["lr"] = initial[0][0] * whitening_left
            model.conv1.bias.requires_grad = whitening_left > 0
            model.train()
            loss_sum = right = 0
            for chosen in order[i * update : (i + 1) * update].split(args.batch_size):
                x = translated(images[chosen], args.translate)
                flip = (turned[chosen] + epoch) % 2 == 1
                x[flip] = x[flip].flip(3)
                with torch.autocast("cpu", torch.bfloat16, enabled=args.mode == "bfloat16"):
                    logits = run(x.to(memory_format=layout))
                loss = F.cross_entropy(logits.float(), labels[chosen], label_smoothing=0.2, reduction="sum")
                loss.backward()
                loss_sum += loss.item()
                right += (logits.argmax(1) == labels[chosen]).sum().item()
            for optimizer in (sgd, muon):
                optimizer.step()
                optimizer.zero_grad()
            step += 1
            took = time.perf_counter() - start
            seconds += took
            print(json.dumps({"step": step, "epoch": epoch + 1, "loss": loss_sum / update, "accuracy": right / update,
                              "seconds": took, "imagesPerSecond": update / took}), flush=True)
            if step == args.steps:
                return
    print(json.dumps({"event": "done", "torch": torch.__version__, "mode": args.mode, "seed": args.seed,
                      "seconds": seconds, "accuracy": accuracy(model, test_images, test_labels, lambda m, x: m(x)),
                      "augmented": accuracy(model, test_images, test_labels, translated_logits)}))


if __name__ == "__main__":
    main()
