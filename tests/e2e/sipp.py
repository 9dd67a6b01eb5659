"""sipp: runs a scenario of the sipp/ folder that plays a raw G.711 file."""
import pathlib
import subprocess

import codec
import rtp
import tones

HERE = pathlib.Path(__file__).parent


def free_media_port(ip):
    pair = rtp.udp_pair(ip, (10000, 12000))
    port = pair[0].getsockname()[1]
    for sock in pair:
        sock.close()
    return port


class Sipp:
    """One sipp process that calls target (uri, addr) and talks for seconds."""

    def __init__(self, folder, target, freq, seconds, ip="127.0.0.1", codec_name="PCMU",
                 transport="u1", scenario="talk.xml", level=-16.0):
        self.dir = folder
        folder.mkdir(parents=True, exist_ok=True)
        uri, (host, port) = target
        c = codec.find(codec_name)
        sound = folder / "tone.raw"
        sound.write_bytes(c.encode(tones.sine(freq, c.clock, c.clock, level)))
        self.log = open(folder / "log", "wb")
        self.proc = subprocess.Popen(
            ["sipp", "-sf", str(HERE / "sipp" / scenario), "-m", "1", "-l", "1", "-r", "1",
             "-d", str(int(seconds * 1000)), "-i", ip, "-mi", ip, "-t", transport,
             "-mp", str(free_media_port(ip)),
             "-key", "target", uri, "-key", "stream", f"{sound},-1,{c.pt}", "-key", "pt", str(c.pt),
             "-key", "codec", c.name, "-nostdin", "-trace_err", "-trace_msg",
             "-timeout", str(int(seconds + 60)), "-timeout_error",
             f"[{host}]:{port}" if ":" in host else f"{host}:{port}"],
            cwd=folder, stdout=self.log, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL)

    def wait(self, timeout=90):
        """Waits for its end; asserts that every message was as it should be."""
        status = self.proc.wait(timeout)
        assert status == 0, f"sipp: exit {status}\n" + self._errors()

    def _errors(self):
        return "".join(p.read_text(errors="replace")[-2000:]
                       for p in self.dir.glob("*errors.log"))

    def close(self):
        if self.proc.poll() is None:
            self.proc.kill()
            self.proc.wait()
        self.log.close()
