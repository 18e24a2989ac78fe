"""Regenerate test/fixtures/ with PyTorch. Run from anywhere:

    python3 scripts/makeFixtures.py                                      # everything, from the shipped sample images
    python3 scripts/makeFixtures.py --only training --model ghostnet     # one part, one network
    python3 scripts/makeFixtures.py --data-dir DIR --out /tmp/fixtures   # images of the official data_batch_1.bin

Needs numpy, torch, torchvision, for the detection part pycocotools, and for the opinfo part PyTorch 2 and expecttest (torch and torchvision: any release from 1.13 and 0.14 on; CPU). The stored files come from the sample images.
"""

import argparse
import os

import torch

from fixtures.cocomap import write_map
from fixtures.curve import write_curve
from fixtures.detection import write_detection
from fixtures.files import write_files
from fixtures.generated import write_generated
from fixtures.hashInit import hash_examples
from fixtures.models import write_models
from fixtures.networkOps import FAMILIES as network_ops
from fixtures.opinfo import write_opinfo
from fixtures.ops import write_ops
from fixtures.optim import write_optim
from fixtures.speednet import write_speednet
from fixtures.store import write_fixture
from fixtures.training import write_training

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PARTS = ["hash", "models", "training", "ops", "opinfo", "optim", "files", "generated", "curve", "speednet", "detection"]


def main():
    parser = argparse.ArgumentParser(description="Regenerate the stored PyTorch fixtures.")
    parser.add_argument("--images", default=os.path.join(ROOT, "assets", "cifar10-sample", "train.bin"),
                        help="CIFAR-10 records to train on (default: the shipped sample)")
    parser.add_argument("--data-dir", help="folder with the official data_batch_1.bin, used in place of --images")
    parser.add_argument("--out", default=os.path.join(ROOT, "test", "fixtures"), help="folder to write to")
    parser.add_argument("--only", choices=PARTS, help="one part instead of all")
    parser.add_argument("--model", action="append", help="with the training part: only this network")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    os.makedirs(args.out, exist_ok=True)
    images = os.path.join(args.data_dir, "data_batch_1.bin") if args.data_dir else args.images
    parts = [args.only] if args.only else PARTS

    if "hash" in parts:
        write_fixture(args.out, "hash", "hashInit.py", {"cases": hash_examples()})
    if "models" in parts:
        write_models(args.out)
    if "ops" in parts:
        write_ops(args.out)
        write_ops(args.out, network_ops, "networkOps.py")
    if "opinfo" in parts:
        write_opinfo(args.out)
    if "optim" in parts:
        write_optim(args.out)
    if "files" in parts:
        write_files(args.out)
    if "generated" in parts:
        write_generated(args.out)
    if "detection" in parts:
        write_detection(args.out)
        write_map(args.out)
    if "curve" in parts and args.data_dir:
        write_curve(args.out, args.data_dir)
    if "speednet" in parts:
        write_speednet(args.out)
    if "training" in parts:
        write_training(args.out, images, args.model)


if __name__ == "__main__":
    main()
