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


def find(pcm, want):
    """How well what is looked for fits where it fits best (1: it is there as it
    is), and where that is, in samples."""
    pcm = np.asarray(pcm, float)
    n = len(want)
    if len(pcm) < n:
        return 0.0, 0
    size = 1 << (len(pcm) + n).bit_length()
    dots = np.fft.irfft(np.fft.rfft(pcm, size) * np.conj(np.fft.rfft(want, size)), size)
    dots = dots[:len(pcm) - n + 1]
    power = np.concatenate(([0], np.cumsum(pcm * pcm)))
    power = power[n:] - power[:-n]
    fit = dots / np.sqrt(np.maximum(power, 1e3 * n) * np.dot(want, want))
    at = int(np.argmax(fit))
    return float(fit[at]), at


def count(pcm, want, floor=0.7):
    """How often it is there."""
    pcm = np.array(pcm, float)
    n = 0
    while True:
        fit, at = find(pcm, want)
        if fit < floor:
            return n
        n += 1
        pcm[at:at + len(want)] = 0


def wait(stream, name, lang="en", since=0, timeout=30, floor=0.7):
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
