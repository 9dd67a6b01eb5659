"""WAV files: a tone for a client to play, what a client recorded."""
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
