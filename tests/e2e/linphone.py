"""linphonec (liblinphone, belle-sip, oRTP: a third independent stack), driven by
its command line; plays a WAV file and records one."""
import os
import re
import subprocess
import threading

RC = """\
[sip]
sip_port={port}
sip_tcp_port=0
sip_tls_port=0
use_ipv6=0
ipv6_migration_done=1
guess_hostname=0
contact="linphone" <sip:linphone@127.0.0.1>
[rtp]
audio_rtp_port=14000-15998
[sound]
echocancellation=0
{codecs}"""
CODEC = """\
[audio_codec_{n}]
mime={name}
rate={clock}
channels={channels}
enabled={enabled}
"""
CODECS = ("opus/48000/2", "G722/8000", "PCMU/8000", "PCMA/8000", "speex/16000",
          "speex/8000", "speex/32000", "GSM/8000", "iLBC/8000", "L16/44100")


def codec_sections(only):
    """Its configuration for these codecs and no other; none for all of its own."""
    out = ""
    for n, spec in enumerate(CODECS if only else ()):
        name, clock, channels = (spec + "/1").split("/")[:3]
        out += CODEC.format(n=n, name=name, clock=clock, channels=channels,
                            enabled=int(spec in only))
    return out


class Linphone:
    """One linphonec process; play is a WAV file, codecs e.g. ("G722/8000",)."""

    def __init__(self, folder, play, port, codecs=()):
        self.dir = folder
        # without these its database cannot be made, and then it has no network
        for sub in (".local/share/linphone", ".config/linphone"):
            (folder / sub).mkdir(parents=True, exist_ok=True)
        (folder / "rc").write_text(RC.format(port=port, codecs=codec_sections(codecs)))
        env = dict(os.environ, HOME=str(folder), XDG_CONFIG_HOME=str(folder / ".config"),
                   XDG_DATA_HOME=str(folder / ".local/share"))
        self.proc = subprocess.Popen(
            ["linphonec", "-c", str(folder / "rc"), "-d", "5", "-l", str(folder / "log")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=env, cwd=folder)
        self.text = ""
        self.cond = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()
        for line in ("soundcard use files", f"play {play}", f"record {self.recording()}"):
            self.command(line)

    def _read(self):
        while True:
            data = os.read(self.proc.stdout.fileno(), 4096)
            with self.cond:
                self.text += data.decode(errors="replace") if data else "\n<end>\n"
                self.cond.notify_all()
            if not data:
                return

    def command(self, line):
        self.proc.stdin.write((line + "\n").encode())
        self.proc.stdin.flush()

    def wait(self, pattern, timeout=20):
        """Waits until pattern is in what it has printed."""
        with self.cond:
            assert self.cond.wait_for(lambda: re.search(pattern, self.text), timeout), \
                f"linphonec: no {pattern!r} in {timeout} s:\n{self.text}"

    def dial(self, uri):
        self.command(f"call {uri}")
        self.wait("Media streams established|error")
        assert "error" not in self.text, self.text

    def hangup(self):
        self.command("terminate")
        self.wait(r"Call \d+ .*ended")

    def recording(self):
        return self.dir / "heard.wav"

    def close(self):
        if self.proc.poll() is None:
            try:
                self.command("quit")
                self.proc.wait(10)
            except (OSError, subprocess.TimeoutExpired):
                self.proc.kill()
                self.proc.wait()
