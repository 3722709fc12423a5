"""The reference's WaveGlow at full size with random weights, to be timed. Called by speed.ts.

speed.py WAVEGLOW CHECKPOINT writes the checkpoint, then answers lines of `THREADS FRAMES` with the seconds that
`infer` took. As its inference.py does, weight norm is taken off first.
"""

import sys
import time
import types

import torch

waveglow, checkpoint = sys.argv[1:]
torch.manual_seed(1)
torch.qr = torch.linalg.qr
sys.path.insert(0, waveglow)
import glow  # noqa: E402

torch.cuda.FloatTensor = lambda *size: types.SimpleNamespace(normal_=lambda: torch.randn(*size))
model = glow.WaveGlow(80, 12, 8, 4, 2, dict(n_layers=8, n_channels=256, kernel_size=3)).eval()
for wn in model.WN:
    # As initialised they are zero, and every coupling is the identity.
    wn.end.weight.data = 0.01 * torch.randn_like(wn.end.weight)
    wn.end.bias.data = 0.05 * torch.randn_like(wn.end.bias)
torch.save({"model": model}, checkpoint)
model = glow.WaveGlow.remove_weightnorm(model)
# In denormals a product costs a hundred times as much: the same for both.
torch.set_flush_denormal(True)
print(f"PyTorch {torch.__version__}", flush=True)
with torch.no_grad():
    for line in sys.stdin:
        threads, frames = map(int, line.split())
        torch.set_num_threads(threads)
        mel = -5 + 1.5 * torch.randn(1, 80, frames)
        started = time.perf_counter()
        model.infer(mel, sigma=1.0)
        print(time.perf_counter() - started, flush=True)
