"""A full-size WaveGlow of the reference with random weights, and its audio for given mel and noise.

Called by full-size.ts: full-size.py WAVEGLOW INPUTS CHECKPOINT OUTPUTS, where WAVEGLOW is
github.com/NVIDIA/waveglow, INPUTS a safetensors file with `mel` [frames, 80] and `noise` [groups, 8], and OUTPUTS
one with `audio`. Stand-ins as in test/fixtures/recipes/waveglow.py.
"""

import sys
import time
import types

import torch
from safetensors.torch import load_file, save_file

waveglow, inputs, checkpoint, outputs = sys.argv[1:]
torch.set_num_threads(1)
torch.manual_seed(1)
torch.qr = torch.linalg.qr
sys.path.insert(0, waveglow)
import glow  # noqa: E402

given = load_file(inputs)
noise = given["noise"].T[None]
# The last outputs' noise is drawn first.
parts = [noise[:, 4:], noise[:, 2:4], noise[:, :2]]
torch.cuda.FloatTensor = lambda *size: types.SimpleNamespace(normal_=lambda: parts.pop(0))

model = glow.WaveGlow(80, 12, 8, 4, 2, dict(n_layers=8, n_channels=256, kernel_size=3)).eval()
for wn in model.WN:
    # As initialised they are zero, and every coupling is the identity.
    wn.end.weight.data = 0.01 * torch.randn_like(wn.end.weight)
    wn.end.bias.data = 0.05 * torch.randn_like(wn.end.bias)
torch.save({"model": model, "iteration": 0, "learning_rate": 1e-4}, checkpoint)
with torch.no_grad():
    started = time.time()
    audio = model.infer(given["mel"].T[None], sigma=1.0)
    print("reference seconds", round(time.time() - started, 2))
save_file({"audio": audio[0].contiguous()}, outputs)
