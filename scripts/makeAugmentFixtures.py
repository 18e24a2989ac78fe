"""What Pillow makes of a small image by each operation of RandAugment: test/fixtures/augment.json.

    apt-get install python3-pil && python3 scripts/makeAugmentFixtures.py
"""

import json
from pathlib import Path

import PIL
from PIL import Image, ImageEnhance, ImageOps

WIDTH, HEIGHT = 7, 6


def planes(image):
    """Channel after channel, as the bytes of a data set lie."""
    pixels = list(image.getdata())
    return [pixel[c] for c in range(3) for pixel in pixels]


def noise():
    """An image of numbers that a linear congruence gives."""
    state, values = 12345, []
    for _ in range(WIDTH * HEIGHT):
        pixel = []
        for _ in range(3):
            state = (state * 1103515245 + 12345) % 2**31
            pixel.append((state >> 16) % 256)
        values.append(tuple(pixel))
    image = Image.new("RGB", (WIDTH, HEIGHT))
    image.putdata(values)
    return image


def slopes():
    """More pixels than levels: equalize leaves smaller ones alone. test/data/randAugment.test.ts makes it again."""
    image = Image.new("RGB", (40, 40))
    image.putdata([((3 * x + 5 * y) % 200, (x * y) % 256, 255 - (x + y)) for y in range(40) for x in range(40)])
    return image


def affine(*matrix):
    return lambda image: image.transform(image.size, Image.AFFINE, matrix, Image.NEAREST)


OPERATIONS = {
    "autoContrast": ImageOps.autocontrast,
    "solarize 100": lambda image: ImageOps.solarize(image, 100),
    "posterize 5": lambda image: ImageOps.posterize(image, 5),
    "brightness 1.63": lambda image: ImageEnhance.Brightness(image).enhance(1.63),
    "brightness 0.37": lambda image: ImageEnhance.Brightness(image).enhance(0.37),
    "color 1.63": lambda image: ImageEnhance.Color(image).enhance(1.63),
    "contrast 0.37": lambda image: ImageEnhance.Contrast(image).enhance(0.37),
    "contrast 1.81": lambda image: ImageEnhance.Contrast(image).enhance(1.81),
    "sharpness 1.63": lambda image: ImageEnhance.Sharpness(image).enhance(1.63),
    "shearX 0.3": affine(1, 0.3, 0, 0, 1, 0),
    "shearY -0.3": affine(1, 0, 0, -0.3, 1, 0),
    "translateX 2": affine(1, 0, 2, 0, 1, 0),
    "translateY -3": affine(1, 0, 0, 0, 1, -3),
    "rotate 27": lambda image: image.rotate(27),
    "rotate -13": lambda image: image.rotate(-13),
}

image = noise()
fixture = {
    "pillow": PIL.__version__,
    "shape": [3, HEIGHT, WIDTH],
    "image": planes(image),
    "results": {name: planes(change(image)) for name, change in OPERATIONS.items()},
    "equalizedSlopes": planes(ImageOps.equalize(slopes())),
}
path = Path(__file__).parent.parent / "test" / "fixtures" / "augment.json"
path.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
