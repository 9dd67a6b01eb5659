"""Start, stop, reload, and what is said when something is wrong."""
import os
import signal
import socket
import subprocess
import time

import psycopg2
import pytest

import tones
from server import TOP, build, free_port

ROOMS = {"1000": {"join_tone": False, "leave_tone": False}}


def run(*args, **env):
    return subprocess.run([build() / "confabd", *map(str, args)], capture_output=True,
                          text=True, timeout=60, env=dict(os.environ, **env))


def test_sigterm_drains(new_server, phone):
    server = new_server(ROOMS, {"server.drain": 4})
    a = phone(name="a").call(server.uri("1000"))
    b = phone(name="b").call(server.uri("1000"))
    a.stream.tone(700)
    b.stream.wait_only([700])
    mark = b.stream.mark()
    server.signal(signal.SIGTERM)
    server.wait_log("no new calls")
    late = phone(name="late").new(*server.uri("1000"))
    late.invite()
    res = late.wait_final()
    assert res.status == 503 and int(res["retry-after"].split()[0]) > 0
    assert phone().request("OPTIONS", server.uri("1000")).status in (200, 503)
    b.stream.wait_packets(75)
    pcm, rate = b.stream.sound(mark)
    assert tones.longest_gap(pcm, 700, rate) <= 20, "calls must go on while draining"
    bye = a.wait_bye(20)
    assert bye.get("reason")
    b.wait_bye(20)
    assert server.wait_exit(20) == 0
    rows = server.db.rows("SELECT end_reason FROM leg WHERE admitted_at IS NOT NULL")
    assert [r["end_reason"] for r in rows] == ["shutdown", "shutdown"]
    conf = server.db.rows("SELECT end_reason FROM conference")
    assert [r["end_reason"] for r in conf] == ["shutdown"]
    runs = server.db.rows("SELECT end_reason, ended FROM server_run")
    assert len(runs) == 1 and runs[0]["ended"] and runs[0]["end_reason"] == "stopped"


def test_sigterm_waits_no_longer_than_the_last_call(new_server, phone):
    server = new_server(ROOMS, {"server.drain": 600})
    call = phone().call(server.uri("1000"))
    server.signal(signal.SIGTERM)
    server.wait_log("no new calls")
    assert server.proc.poll() is None
    call.bye()
    assert server.wait_exit(20) == 0
    assert server.db.rows("SELECT end_reason FROM leg")[0]["end_reason"] == "bye"


def test_sigterm_without_calls(new_server):
    server = new_server(ROOMS, {"server.drain": 600})
    server.signal(signal.SIGTERM)
    assert server.wait_exit(20) == 0


def conf_file(path, **sections):
    path.write_text("".join(f"[{name}]\n" + "".join(f"{k} = {v}\n" for k, v in keys.items())
                            for name, keys in sections.items()))
    return path


def test_sighup_reads_the_configuration_again(new_server, phone, tmp_path):
    conf = conf_file(tmp_path / "c.conf", rooms={"unknown": "prompt"})
    server = new_server(ROOMS, {}, config=conf)
    a = phone(name="a").call(server.uri("1000"))
    b = phone(name="b").call(server.uri("1000"))
    a.stream.tone(700)
    b.stream.wait_only([700])
    mark, log_mark = b.stream.mark(), server.mark()
    conf_file(conf, rooms={"unknown": "404"})
    server.signal(signal.SIGHUP)
    server.wait_log("config", log_mark)
    call = phone().new(*server.uri("7777"))
    call.invite()
    assert call.wait_final().status == 404
    b.stream.wait_packets(25)
    pcm, rate = b.stream.sound(mark)
    assert tones.longest_gap(pcm, 700, rate) <= 20


def test_sighup_with_a_bad_file_changes_nothing(new_server, phone, tmp_path):
    conf = conf_file(tmp_path / "c.conf", rooms={"unknown": "404"})
    server = new_server(ROOMS, {}, config=conf)
    mark = server.mark()
    conf.write_text("[rooms]\nunknown = whatever\n")
    server.signal(signal.SIGHUP)
    server.wait_log(rf"{conf}:2: ", mark)
    call = phone().new(*server.uri("7777"))
    call.invite()
    assert call.wait_final().status == 404


def test_sighup_opens_the_log_anew(new_server, tmp_path):
    log = tmp_path / "confabd.log"
    server = new_server(ROOMS, {"log.file": log}, start=False)
    server.log_path = log
    log.touch()
    server.start()
    log.rename(tmp_path / "old.log")
    server.signal(signal.SIGHUP)
    end = time.monotonic() + 10
    while not log.exists():
        assert time.monotonic() < end, "the log was not opened anew"
        time.sleep(0.02)


@pytest.mark.parametrize("text, says", [
    ("[sip]\nport = 70000\n", ":2: "),
    ("[sip]\nport = five\n", ":2: "),
    ("[sip]\n\nnonsense = 1\n", ":3: "),
    ("[nothing]\nx = 1\n", ":1: "),
    ("[media]\nport_min = 30000\nport_max = 20000\n", "port"),
    ("[media]\ncodecs = PCMU,FOO\n", "FOO"),
    ("[log]\nlevel = loud\n", ":2: "),
    ("[sip\nport = 1\n", ":1: "),
])
def test_check_config_names_file_line_reason(tmp_path, text, says):
    conf = tmp_path / "bad.conf"
    conf.write_text(text)
    res = run("-c", conf, "--check-config")
    assert res.returncode == 1
    lines = (res.stderr + res.stdout).strip().splitlines()
    assert len(lines) == 1, lines
    assert says in lines[0] and (not says.startswith(":") or f"{conf}{says}" in lines[0])


def test_check_config_of_a_good_file(tmp_path):
    conf = conf_file(tmp_path / "good.conf", sip={"port": 5070}, media={"ptime": 20})
    assert run("-c", conf, "--check-config").returncode == 0


def test_the_sample_file_is_good(tmp_path):
    sample = run("--sample-config")
    assert sample.returncode == 0 and "[sip]" in sample.stdout
    (tmp_path / "s.conf").write_text(sample.stdout)
    assert run("-c", tmp_path / "s.conf", "--check-config").returncode == 0


def test_a_file_that_is_not_there(tmp_path):
    res = run("-c", tmp_path / "none.conf")
    assert res.returncode == 1 and "none.conf" in res.stderr


def test_version():
    res = run("--version")
    assert res.returncode == 0 and res.stdout.startswith("confab ")


def test_an_unknown_option():
    res = run("--frobnicate")
    assert res.returncode != 0 and res.stderr


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_port_in_use_is_one_sentence(new_server, kind):
    port = free_port()
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", port))
        if kind == socket.SOCK_STREAM:
            s.listen(1)
        server = new_server({}, {"sip.port": port, "sip.bind": "127.0.0.1",
                                 "log.level": "error"}, start=False)
        server.may_fail = True
        server.spawn()
        assert server.wait_exit(30) == 1
    lines = server.log().strip().splitlines()
    assert len(lines) == 1 and str(port) in lines[0], lines


def test_journal_that_cannot_be_written_is_one_sentence(new_server, tmp_path):
    (tmp_path / "file").write_text("")
    server = new_server({}, {"database.journal": tmp_path / "file" / "journal",
                             "log.level": "error"}, start=False)
    server.may_fail = True
    server.spawn()
    assert server.wait_exit(30) == 1
    lines = server.log().strip().splitlines()
    assert len(lines) == 1 and "journal" in lines[0], lines


def test_two_servers_side_by_side(new_server, phone):
    one, two = new_server(ROOMS), new_server(ROOMS)
    calls = {}
    for name, server, freq in (("a1", one, 700), ("b1", one, 1100),
                               ("a2", two, 1900), ("b2", two, 2300)):
        calls[name] = phone(name=name).call(server.uri("1000"))
        calls[name].stream.tone(freq)
    calls["a1"].stream.wait_only([1100])
    calls["b1"].stream.wait_only([700])
    calls["a2"].stream.wait_only([2300])
    calls["b2"].stream.wait_only([1900])


def test_missing_prompts_are_tones_and_one_warning_each(new_server, phone, tmp_path):
    server = new_server({"1000": {"pin": "12"}},
                        {"sounds.dir": tmp_path / "none", "sounds.music": tmp_path / "none"})
    call = phone().call(server.uri("1000"))
    call.stream.wait_speech()
    call.stream.press("12#")
    server.wait_members("1000", 1)
    call.stream.press("*3")
    call.stream.wait_speech()
    call.bye()
    assert server.db.leg(call)["end_reason"] == "bye"
    warned = [ln for ln in server.log().splitlines() if " warn " in ln and "conf-getpin" in ln]
    assert len(warned) == 1, warned


def test_migrate_twice_is_once(cluster):
    url = cluster.database()
    for _ in "12":
        res = run("--migrate", "--demo", "--sql", TOP / "sql", CONFAB_DATABASE=url)
        assert res.returncode == 0, res.stderr
    with psycopg2.connect(url) as con, con.cursor() as c:
        c.execute("SELECT count(*) FROM room WHERE number = '1000'")
        assert c.fetchone()[0] == 1


def test_migrate_without_a_database_is_one_sentence():
    res = run("--migrate", "--sql", TOP / "sql",
              CONFAB_DATABASE="host=/nonexistent dbname=x user=x")
    assert res.returncode == 1 and len(res.stderr.strip().splitlines()) == 1, res.stderr
