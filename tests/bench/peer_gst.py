"""A GStreamer pipeline as a conference: all into an audiomixer, its sum to all."""
import subprocess
import sys
import time

from rig import ToolError

PORT = 26000
JITTER_MS = 20
CODECS = {      # depayloader and decoder, encoder and payloader, caps, sample rate
    "PCMU": ("rtppcmudepay ! mulawdec", "mulawenc ! rtppcmupay", "PCMU", 8000),
    "opus": ("rtpopusdepay ! opusdec", "opusenc ! rtpopuspay", "OPUS", 48000),
}


# A pipeline knows its legs from the begin, and whoever measures it its process before that:
# a process that becomes the pipeline when it is told which.
WAIT = ("import os, shlex, sys; "
        "os.execvp('gst-launch-1.0', ['gst-launch-1.0', '-q', *shlex.split(sys.stdin.readline())])")


class Gst:
    def __init__(self):
        self.proc = subprocess.Popen([sys.executable, "-c", WAIT], stdin=subprocess.PIPE,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.pid = self.proc.pid

    @staticmethod
    def source(port, pt, codec, mixer):
        depay, _, name, rate = CODECS[codec]
        return (f"udpsrc address=127.0.0.1 port={port} caps=\"application/x-rtp,media=audio,"
                f"clock-rate={rate},encoding-name={name},payload={pt}\" ! "
                f"rtpjitterbuffer latency={JITTER_MS} ! {depay} ! {mixer}.")

    @staticmethod
    def sink(ports, pt, codec, mixer):
        _, pay, _, rate = CODECS[codec]
        clients = ",".join(f"127.0.0.1:{p}" for p in ports)
        return (f"audiomixer name={mixer} latency=10000000 output-buffer-duration=20000000 ! "
                f"audio/x-raw,format=S16LE,rate={rate},channels=1 ! {pay} pt={pt} "
                f"min-ptime=20000000 max-ptime=20000000 ! "
                f"multiudpsink clients={clients} sync=false async=false")

    def join(self, legs, load):
        parts = []
        for room in range(load.rooms):
            inside = [leg for leg in legs if leg[0] % load.rooms == room]
            pt = inside[0][2]
            parts.append(self.sink([port for _, port, _ in inside], pt, load.codec, f"m{room}"))
            parts += [self.source(PORT + i, pt, load.codec, f"m{room}") for i, _, _ in inside]
        self.proc.stdin.write(" ".join(parts) + "\n")
        self.proc.stdin.flush()
        time.sleep(2)
        if self.proc.poll() is not None:
            raise ToolError(f"gstreamer: {self.proc.stderr.read()[-500:]}")
        return [(i, PORT + i, pt) for i, _, pt in legs]

    def close(self):
        self.proc.kill()
        self.proc.communicate()
