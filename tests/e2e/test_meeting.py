"""A meeting of three, each with a tone and a codec of his own, one over IPv6:
what each hears for 30 s, and what the database says about it afterwards."""
import datetime

import pytest

import tones

pytestmark = [pytest.mark.xdist_group("meeting"), pytest.mark.both]
ROOMS = {"1000": {"name": "Meeting", "pin": "1234", "moderator_pin": "4321",
                  "join_tone": False, "leave_tone": False}}
SECONDS = 30
CALLERS = {                 # codec, IP, tone, parameters
    "alice": ("PCMA", "127.0.0.1", 701, ";pin=1234"),
    "bob": ("L16/16000", "127.0.0.1", 1103, ";pin=4321"),
    "carol": ("PCMU", "::1", 1907, ";pin=1234"),
}


@pytest.fixture(scope="module")
def meeting(server):
    """Holds the meeting once; the tests look at what came of it."""
    from ua import Phone
    calls, heard = {}, {}
    began = datetime.datetime.now(datetime.timezone.utc)
    for name, (codec, ip, freq, params) in CALLERS.items():
        phone = Phone(ip=ip, name=name, codecs=(codec,))
        call = phone.call(server.uri("1000", params, ip))
        call.stream.tone(freq)
        calls[name] = call
    for name, call in calls.items():
        call.stream.wait_only([CALLERS[n][2] for n in CALLERS if n != name])
    marks = {name: call.stream.mark() for name, call in calls.items()}
    for name, call in calls.items():
        call.stream.wait_packets(SECONDS * 50, marks[name], SECONDS + 20)
    for name, call in calls.items():
        heard[name] = call.stream.sound(marks[name], marks[name] + SECONDS * 50)
    for call in calls.values():
        call.bye()
    rows = {name: server.db.leg(call) for name, call in calls.items()}
    return calls, heard, rows, marks, began


@pytest.mark.slow
@pytest.mark.parametrize("name", CALLERS)
def test_each_hears_the_others_and_not_himself(meeting, name):
    _, heard, _, _, _ = meeting
    pcm, rate = heard[name]
    others = [CALLERS[n][2] for n in CALLERS if n != name]
    assert len(pcm) >= SECONDS * rate
    tones.hears(pcm, rate, others, own=CALLERS[name][2], floor=-20)


@pytest.mark.slow
@pytest.mark.parametrize("name", CALLERS)
def test_no_gap_over_20_ms(meeting, name):
    calls, heard, _, marks, _ = meeting
    pcm, rate = heard[name]
    for other in CALLERS:
        if other != name:
            found = [g for g in tones.gaps(pcm, CALLERS[other][2], rate) if g[1] > 20]
            assert not found, f"{name} misses {other}: {found}"
    calls[name].stream.check(marks[name], marks[name] + SECONDS * 50)


@pytest.mark.slow
@pytest.mark.parametrize("name", CALLERS)
def test_leg_record(meeting, server, name):
    calls, _, rows, _, began = meeting
    call, row = calls[name], rows[name]
    codec, ip, _, params = CALLERS[name]
    moderator = "4321" in params
    now = datetime.datetime.now(datetime.timezone.utc)
    expected = {
        "call_id": call.id, "direction": "in", "from_name": None,
        "dialled": "1000", "source": ip, "source_port": call.phone.port,
        "transport": "udp", "user_agent": "confab-test", "room": "1000",
        "role": "moderator" if moderator else "member",
        "admitted_by": "uri_moderator_pin" if moderator else "uri_pin",
        "refused": None, "tries": 0, "end_reason": "bye", "sip_status": 200,
        "codec": codec.split("/")[0], "rate_hz": int((codec + "/8000").split("/")[1]),
        "ptime_ms": 20, "dtmf": None, "muted": False, "media_source": ip,
        "media_source_port": call.stream.port, "rx_lost": 0, "stranger": 0, "bad": 0,
    }
    assert {k: row[k] for k in expected} == expected
    assert f"sip:{name}@" in row["from_uri"]
    assert row["end_text"]
    assert began <= row["started"] <= row["answered"] <= row["admitted_at"] \
        <= row["ended"] <= now
    stream = call.stream
    # the last packet and the BYE race
    assert stream.sent - 1 <= row["rx_packets"] <= stream.sent
    assert row["rx_bytes"] >= row["rx_packets"] * (160 if "PCM" in codec else 640)
    assert abs(row["tx_packets"] - len(stream.packets)) <= 5
    assert row["rx_jitter_us"] < 20000
    assert row["delay_ms"] <= 100
    assert row["talk_ms"] > 1000


@pytest.mark.slow
def test_conference_record(meeting, server):
    _, _, rows, _, began = meeting
    ids = {row["conference_id"] for row in rows.values()}
    assert len(ids) == 1 and None not in ids
    conf = server.db.wait("SELECT * FROM conference WHERE ended IS NOT NULL")
    assert len(conf) == 1
    conf = conf[0]
    expected = {"id": ids.pop(), "room": "1000", "room_name": "Meeting",
                "end_reason": "empty", "members_max": 3, "members_total": 3,
                "moderators_total": 1, "rate_hz": 16000}
    assert {k: conf[k] for k in expected} == expected
    assert conf["end_text"]
    assert began <= conf["started"] <= conf["ended"]
    assert conf["ended"] - conf["started"] > datetime.timedelta(seconds=SECONDS)
