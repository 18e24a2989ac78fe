#!/usr/bin/env python3
"""Write the MATLAB files of test/fixtures/mat. Run from the checkout; needs numpy and scipy."""
import numpy as np
from scipy.io import savemat

folder = "test/fixtures/mat"
pixels = (np.arange(3 * 3 * 3 * 4) * 7 % 256).astype(np.uint8).reshape(3, 3, 3, 4)  # H, W, C, N
labels = np.array([[1], [10], [2], [10]], np.uint8)
savemat(f"{folder}/digits.mat", {"X": pixels, "y": labels}, do_compression=True)
savemat(f"{folder}/plain.mat", {"x": np.array([[1.5, -2], [0, 3e9]]), "n": np.int16([[-7, 8]]), "name": "text"})
