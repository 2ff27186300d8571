"""Write the handwritten digits of scikit-learn to the file of this folder.

1797 images of 8 x 8 pixels with values 0 to 16 (E. Alpaydin and C. Kaynak, *Optical Recognition of Handwritten Digits*,
UCI Machine Learning Repository, 1998), in the order of ``sklearn.datasets.load_digits``. Needs scikit-learn.

    python derivations/learning/data/digits.py
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

if __name__ == "__main__":
    data = load_digits()
    pixels, labels = data.data.astype(np.uint8), data.target.astype(np.uint8)
    np.savez_compressed(Path(__file__).parent / "digits.npz", pixels=pixels, labels=labels)
