"""Making tones and measuring them: levels, gaps, whose voice is in a recording.

Levels are dB relative to full scale (a sine of amplitude 32767 is 0 dB).
Multiples of 100 Hz are orthogonal over any 10 ms, so the envelope of one is not
disturbed by the others; but then so is G.711's noise, which falls on the same few
lines: to look for the last trace of a voice take tones without a common measure.
"""
import numpy as np

FULL = 32767.0
DTMF = {k: (row, col)
        for row, keys in ((697, "123A"), (770, "456B"), (852, "789C"), (941, "*0#D"))
        for col, k in zip((1209, 1336, 1477, 1633), keys)}


def sine(freq, n, rate, level=-16.0, phase=0.0):
    """n samples of a sine as int16."""
    t = np.arange(n) / rate
    return np.round(FULL * 10 ** (level / 20) *
                    np.sin(2 * np.pi * freq * t + phase)).astype(np.int16)


def dtmf(key, ms, rate, level=-13.0):
    n = rate * ms // 1000
    low, high = DTMF[key.upper()]
    return sine(low, n, rate, level) + sine(high, n, rate, level)


def level(pcm, freq, rate):
    """Level of one frequency over the whole of pcm, in dB; Hann window, so that
    a strong neighbour 100 Hz away does not show."""
    x = np.asarray(pcm, float)
    n = len(x)
    if n == 0:
        return -150.0
    w = np.hanning(n)
    t = np.arange(n) / rate
    a = 2 * abs(np.dot(x * w, np.exp(-2j * np.pi * freq * t))) / w.sum()
    return max(20 * np.log10(max(a, 1e-9) / FULL), -150.0)


def rms(pcm):
    """Level of everything, in dB; a full-scale sine is -3."""
    x = np.asarray(pcm, float)
    if len(x) == 0:
        return -150.0
    return max(20 * np.log10(max(np.sqrt(np.mean(x * x)), 1e-9) / FULL), -150.0)


def envelope(pcm, freq, rate):
    """Amplitude of freq around every sample, over windows of 10 ms."""
    x = np.asarray(pcm, float)
    win = rate // 100
    mixed = x * np.exp(-2j * np.pi * freq * np.arange(len(x)) / rate)
    c = np.concatenate(([0], np.cumsum(mixed)))
    return 2 * np.abs(c[win:] - c[:-win]) / win


def gaps(pcm, freq, rate, depth=0.5):
    """Where freq falls below depth times its usual amplitude: [(at_s, ms), ...].
    A hole of g ms (more than 5) is found as g ms."""
    env = envelope(pcm, freq, rate)
    if len(env) == 0:
        return []
    low = env < depth * np.median(env)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], low.astype(int), [0]))))
    return [(a / rate, (b - a) * 1000 / rate)
            for a, b in zip(edges[::2], edges[1::2])]


def longest_gap(pcm, freq, rate):
    """Milliseconds of the longest gap, 0 if there is none."""
    return max((ms for _, ms in gaps(pcm, freq, rate)), default=0.0)


def hears(pcm, rate, others, own=None, floor=-40.0, own_down=45.0):
    """Asserts that each of others is there (above floor), and own at least
    own_down dB below the weakest of them. Returns the levels."""
    got = {f: level(pcm, f, rate) for f in others}
    for f, db in got.items():
        assert db > floor, f"{f} Hz at {db:.1f} dB, levels {got}"
    if own is not None:
        mine = level(pcm, own, rate)
        weakest = min(got.values())
        assert mine < weakest - own_down, \
            f"own {own} Hz at {mine:.1f} dB, others {got}"
        got[own] = mine
    return got


def rest(pcm, freqs, rate):
    """Level of all that is none of these frequencies, as a sine's."""
    x = np.asarray(pcm, float)
    t = np.arange(len(x)) / rate
    basis = np.array([f(2 * np.pi * q * t) for q in freqs for f in (np.sin, np.cos)]
                     or [np.zeros(len(x))]).T
    x = x - basis @ np.linalg.lstsq(basis, x, rcond=None)[0]
    return rms(x) + 3.01


def dominant(pcm, rate):
    """The strongest frequency, in Hz."""
    x = np.asarray(pcm, float)
    spec = np.abs(np.fft.rfft(x * np.hanning(len(x))))
    return np.argmax(spec) * rate / len(x)
