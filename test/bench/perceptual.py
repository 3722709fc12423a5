"""Perceptual figures of a report, beside WORLD. Optional: nothing in Glowcast needs Python.

    pip install numpy scipy soundfile pesq pystoi pyworld        # and, if wanted: speechmos onnxruntime torchcrepe torch
    glowcast evaluate --data DIR --split judging --baseline --report out --report-items 1000
    python test/bench/perceptual.py out [--crepe] [--dnsmos]

Reads OUT/audio/NNN-name-{recording,resynthesis,baseline}.wav and prints a Markdown table of means over files.
WORLD (harvest, CheapTrick, D4C) is analysis-synthesis of the recording itself: it sees more than the mel.

--crepe: periodicity error, F0 error and V/UV F1 as CARGAN (Morrison et al. 2022) defines them: CREPE at a hop of
10 ms, periodicity smoothed over 3 frames and silenced below -60 dB, unvoiced below 0.21.
"""

import argparse
import pathlib

import numpy as np
import pyworld
import soundfile
from pesq import pesq
from pystoi import stoi
from scipy.signal import resample_poly

RATE = 22050


def at_16k(x):
    return resample_poly(x, 320, 441)


def world(x):
    x = x.astype(np.float64)
    f0, times = pyworld.harvest(x, RATE, f0_floor=65, f0_ceil=500)
    spectrum = pyworld.cheaptrick(x, f0, times, RATE)
    aperiodicity = pyworld.d4c(x, f0, times, RATE)
    return pyworld.synthesize(f0, spectrum, aperiodicity, RATE)


class Crepe:
    def __init__(self):
        import torch
        import torchcrepe

        self.torch, self.crepe = torch, torchcrepe
        torch.set_num_threads(2)

    def track(self, x):
        audio = self.torch.tensor(at_16k(x), dtype=self.torch.float32)[None]
        pitch, periodicity = self.crepe.predict(
            audio, 16000, 160, 50.0, 550.0, "full", batch_size=512, return_periodicity=True
        )
        periodicity = self.crepe.filter.mean(periodicity, 3)
        periodicity = self.crepe.threshold.Silence(-60.0)(periodicity, audio, 16000, 160)
        return pitch[0].numpy(), periodicity[0].numpy()

    def compare(self, reference, other):
        (f_ref, p_ref), (f, p) = reference, other
        n = min(len(p), len(p_ref))
        f_ref, p_ref, f, p = f_ref[:n], p_ref[:n], f[:n], p[:n]
        v_ref, v = p_ref > 0.21, p > 0.21
        both = v_ref & v
        cents = 1200 * np.abs(np.log2(f[both] / f_ref[both]))
        return {
            "periodicity error": np.sqrt(np.mean((p - p_ref) ** 2)),
            "F0 error, cents": cents.mean(),
            "V/UV F1": 2 * both.sum() / max(1, v.sum() + v_ref.sum()),
        }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("report", type=pathlib.Path)
    parser.add_argument("--crepe", action="store_true")
    parser.add_argument("--dnsmos", action="store_true")
    options = parser.parse_args()
    crepe = Crepe() if options.crepe else None
    if options.dnsmos:
        from speechmos import dnsmos
    rows = {}
    for path in sorted((options.report / "audio").glob("*-recording.wav")):
        reference, _ = soundfile.read(path)
        sounds = {"recording": reference, "WORLD, from the recording": world(reference)}
        for kind, label in (("resynthesis", "Glowcast"), ("baseline", "Griffin-Lim")):
            other = pathlib.Path(str(path).replace("-recording.wav", f"-{kind}.wav"))
            if other.exists():
                sounds[label], _ = soundfile.read(other)
        reference_track = crepe.track(reference) if crepe else None
        for label, sound in sounds.items():
            n = min(len(sound), len(reference))
            a, b = at_16k(reference[:n]), at_16k(sound[:n])
            figures = rows.setdefault(label, [])
            values = {}
            if label != "recording":
                values["PESQ-WB"] = pesq(16000, a, b, "wb")
                values["STOI"] = stoi(a, b, 16000)
                if crepe:
                    values |= crepe.compare(reference_track, crepe.track(sound[:n]))
            if options.dnsmos:
                peak = max(1.0, np.abs(b).max())
                scores = dnsmos.run(b / peak, sr=16000)
                values["DNSMOS overall"] = scores["ovrl_mos"]
                values["DNSMOS signal"] = scores["sig_mos"]
            figures.append(values)
    names = list(dict.fromkeys(name for figures in rows.values() for values in figures for name in values))
    print(f"| | {' | '.join(names)} |")
    print(f"|---|{'---|' * len(names)}")
    for label, figures in rows.items():
        cells = [
            f"{np.mean([v[name] for v in figures]):.3f}" if name in figures[0] else "" for name in names
        ]
        print(f"| {label} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
