"""The codecs that the tests speak: G.711 and L16, in numpy, and their SDP names."""
from dataclasses import dataclass

import numpy as np


def _ulaw_table():
    """RFC 3551 / G.711: the 256 values of PCMU."""
    u = ~np.arange(256, dtype=np.int32) & 0xFF
    mag = (((u & 0x0F) << 3) + 0x84) << ((u & 0x70) >> 4)
    return np.where(u & 0x80, 0x84 - mag, mag - 0x84).astype(np.int16)


def _alaw_table():
    a = np.arange(256, dtype=np.int32) ^ 0x55
    seg = (a & 0x70) >> 4
    mag = (a & 0x0F) << 4
    mag = np.where(seg == 0, mag + 8, (mag + 0x108) << np.maximum(seg - 1, 0))
    return np.where(a & 0x80, mag, -mag).astype(np.int16)


def _inverse(table):
    """For each of 65536 samples the byte whose value is nearest."""
    order = np.argsort(table, kind="stable")
    values = table[order].astype(np.int32)
    pcm = np.arange(-32768, 32768)
    right = np.clip(np.searchsorted(values, pcm), 1, 255)
    left = right - 1
    nearer = np.abs(values[left] - pcm) <= np.abs(values[right] - pcm)
    return order[np.where(nearer, left, right)].astype(np.uint8)


_ULAW, _ALAW = _ulaw_table(), _alaw_table()
_TO_ULAW, _TO_ALAW = _inverse(_ULAW), _inverse(_ALAW)


def _table_codec(table, inverse):
    def encode(pcm):
        return inverse[pcm.astype(np.int32) + 32768].tobytes()

    def decode(data):
        return table[np.frombuffer(data, np.uint8)]
    return encode, decode


def _l16_encode(pcm):
    return pcm.astype(">i2").tobytes()


def _l16_decode(data):
    return np.frombuffer(data, ">i2").astype(np.int16)


@dataclass(frozen=True)
class Codec:
    name: str               # as in a=rtpmap
    clock: int              # RTP clock and sample rate
    pt: int                 # what we call it in our own offers
    encode: callable
    decode: callable
    sample_bytes: int

    @property
    def rtpmap(self):
        return f"{self.name}/{self.clock}"


CODECS = {c.rtpmap: c for c in (
    Codec("PCMU", 8000, 0, *_table_codec(_ULAW, _TO_ULAW), 1),
    Codec("PCMA", 8000, 8, *_table_codec(_ALAW, _TO_ALAW), 1),
    Codec("L16", 8000, 97, _l16_encode, _l16_decode, 2),
    Codec("L16", 16000, 98, _l16_encode, _l16_decode, 2),
    Codec("L16", 44100, 11, _l16_encode, _l16_decode, 2),
    Codec("L16", 48000, 99, _l16_encode, _l16_decode, 2),
)}
STATIC = {0: CODECS["PCMU/8000"], 8: CODECS["PCMA/8000"], 11: CODECS["L16/44100"]}


def find(spec):
    """"PCMU", "L16/16000" -> Codec; None if we have no such codec."""
    name, _, clock = spec.partition("/")
    return CODECS.get(f"{name.upper()}/{clock.split('/')[0] or 8000}")
