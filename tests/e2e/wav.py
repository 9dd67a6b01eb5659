"""WAV files: a tone for a client to play, what a client recorded."""
import pathlib
import re
import wave

import numpy as np

import tones


def write(path, pcm, rate):
    with wave.open(str(path), "wb") as f:
        f.setnchannels(1)
        f.setsampwidth(2)
        f.setframerate(rate)
        f.writeframes(np.asarray(pcm, "<i2").tobytes())


def write_tone(path, freq, seconds, rate, level=-16.0, lead=0):
    """lead: seconds of silence before it. A predicting codec's decoder (Opus) that
    has missed the begin of a steady tone has it at the wrong level ever after."""
    silence = np.zeros(int(lead * rate), np.int16)
    write(path, np.concatenate((silence, tones.sine(freq, int(seconds * rate), rate, level))),
          rate)


def read(path):
    """(pcm, rate) of a mono file, also of one whose header was never finished."""
    data = open(path, "rb").read()
    rate = int.from_bytes(data[24:28], "little")
    channels = int.from_bytes(data[22:24], "little")
    at = data.find(b"data") + 8
    pcm = np.frombuffer(data[at:at + (len(data) - at) // 2 * 2], "<i2")
    return pcm[::channels].astype(np.int16), rate


def write_silent_prompts(folder, ms=20):
    """A sounds folder of which every prompt is a moment of silence, for tests that
    are not about them."""
    table = (pathlib.Path(__file__).resolve().parents[2] / "src/call/prompt.h").read_text()
    for name in re.findall(r'X\(\w+,\s*"([^"]+)"\)', table):
        path = folder / f"{name}.wav"
        path.parent.mkdir(exist_ok=True)
        write_tone(path, 100, ms / 1000, 8000, level=-150)
