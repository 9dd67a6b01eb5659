"""The prompts that the server says, looked for in what a phone hears."""
import pathlib
import time

import numpy as np

import wav

FOLDERS = {"en": "en_US_f_Allison", "fr": "fr_CA_f_June", "es": "es_MX_f_Allison",
           "it": "it_IT_m_Carlo", "ru": "ru_RU_f_IvrvoiceRU"}
DIR = pathlib.Path("/usr/share/asterisk/sounds")


def prompt(name, lang="en"):
    """A prompt's samples, without the silence around them."""
    pcm, rate = wav.read(DIR / FOLDERS[lang] / f"{name}.wav")
    assert rate == 8000
    loud = np.flatnonzero(np.abs(pcm.astype(float)) > 300)
    return pcm[loud[0]:loud[-1] + 1].astype(float)


PIECE = 4800            # samples that a tick left out may move apart from others
SHIFT = 640             # by so many


def _fits(pcm, want):
    """How well it fits from each sample on."""
    n = len(want)
    size = 1 << (len(pcm) + n).bit_length()
    dots = np.fft.irfft(np.fft.rfft(pcm, size) * np.conj(np.fft.rfft(want, size)), size)
    dots = dots[:len(pcm) - n + 1]
    power = np.concatenate(([0], np.cumsum(pcm * pcm)))
    power = power[n:] - power[:-n]
    return dots / np.sqrt(np.maximum(power, 1e3 * n) * np.dot(want, want))


def find(pcm, want):
    """How well what is looked for fits where it fits best (1: it is there as it
    is, piece by piece), and where that is, in samples."""
    pcm = np.asarray(pcm, float)
    if len(pcm) < len(want):
        return 0.0, 0
    at = int(np.argmax(_fits(pcm, want)))
    fit, weight = 0.0, 0.0
    for piece in np.array_split(want, max(1, len(want) // PIECE)):
        near = pcm[max(0, at - SHIFT):at + len(piece) + SHIFT]
        energy = np.dot(piece, piece)
        fit += energy * _fits(near, piece).max()
        weight += energy
        at += len(piece)
    return float(fit / weight), at - len(want)


def count(pcm, want, floor=0.6):
    """How often it is there."""
    pcm = np.array(pcm, float)
    n = 0
    while True:
        fit, at = find(pcm, want)
        if fit < floor:
            return n
        n += 1
        pcm[at:at + len(want)] = 0


def wait(stream, name, lang="en", since=0, timeout=30, floor=0.6):
    """Waits until a prompt was heard, since a mark; returns where in samples it
    begins."""
    want = prompt(name, lang)
    end = time.monotonic() + timeout
    while True:
        pcm, rate = stream.sound(since)
        assert rate == 8000, "a phone for this speaks PCMU or PCMA"
        fit, at = find(pcm, want)
        if fit > floor:
            return at
        assert time.monotonic() < end, \
            f"{lang} {name} is not heard, best fit {fit:.2f} in {len(pcm) / rate:.1f} s"
        time.sleep(0.1)
