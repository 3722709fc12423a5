"""DistillMOS and DNSMOS of folders of recordings: naturalness without a reference. Optional: nothing in Glowcast needs Python.

    pip install torch distillmos speechmos librosa soundfile onnxruntime
    for f in clips/*.wav; do glowcast vocode "$f" out/8/$(basename "$f"); done          # the model's passes
    for f in clips/*.wav; do glowcast vocode --mel-projections 0 "$f" out/0/$(basename "$f"); done
    python test/bench/naturalness.py clips out/0 out/8

Prints the means over the files of each folder.
"""

import pathlib
import sys

import distillmos
import librosa
import numpy as np
import soundfile
import torch
from speechmos import dnsmos

RATE = 16_000

model = distillmos.ConvTransformerSQAModel()
model.eval()


def judged(path):
    samples, rate = soundfile.read(path, dtype="float32")
    samples = librosa.resample(samples, orig_sr=rate, target_sr=RATE)
    with torch.no_grad():
        naturalness = float(model(torch.tensor(samples)[None]).reshape(-1)[0])
    # DNSMOS takes samples within ± 1; the level is the same for all.
    level = 0.7 / max(np.abs(samples).max(), 1e-6)
    return naturalness, float(dnsmos.run(level * samples, sr=RATE)["ovrl_mos"])


for folder in sys.argv[1:]:
    scores = [judged(path) for path in sorted(pathlib.Path(folder).glob("*.wav"))]
    distill, noise = np.mean(scores, axis=0)
    print(f"{folder:30s} {len(scores):4d} files  DistillMOS {distill:.3f}  DNSMOS {noise:.3f}")
