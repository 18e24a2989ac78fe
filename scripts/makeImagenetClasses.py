#!/usr/bin/env python3
"""Writes assets/imagenet-classes.txt: the WordNet id and torchvision's name of each ImageNet class, by label.

Needs torchvision and timm.
"""
import os
import timm
from torchvision.models._meta import _IMAGENET_CATEGORIES as names

info = os.path.join(os.path.dirname(timm.__file__), 'data', '_info', 'imagenet_synsets.txt')
ids = open(info).read().split()
assert len(ids) == len(names) == 1000
out = os.path.join(os.path.dirname(__file__), '..', 'assets', 'imagenet-classes.txt')
open(out, 'w').write(''.join(f'{i} {name}\n' for i, name in zip(ids, names)))
