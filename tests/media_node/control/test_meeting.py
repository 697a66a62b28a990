"""People in a browser hear and see each other through a node."""

from collections.abc import Callable

import pytest

from tests.media_node.people import Person

pytestmark = pytest.mark.asyncio(loop_scope="module")
MakePerson = Callable[[str], Person]


async def test_three_people_decode_each_other(person: MakePerson) -> None:
    ada, bob, cem = [await person(name).join() for name in ("ada", "bob", "cem")]
    await ada.sees(bob, cem)
    await bob.sees(ada, cem)
    await cem.sees(ada, bob)


async def test_srtp_is_gcm_and_the_node_is_the_passive_lite_side(person: MakePerson) -> None:
    ada = await person("ada").join()
    assert await ada.ask("transport") == {
        "srtp": "SRTP_AEAD_AES_128_GCM",
        "role": "controlling",
        "dtls": "client",
    }
    statistics = await ada.statistics()
    for side in ("publish", "subscribe"):
        assert statistics[side]["state"] == "connected"
        assert statistics[side]["srtp_profile"] == "SRTP_AEAD_AES_128_GCM"


@pytest.mark.parametrize("codec", ["VP8", "VP9", "H264", "AV1"])
async def test_video_passes_through_as_it_was_encoded(person: MakePerson, codec: str) -> None:
    ada = await person("ada").join(codec=codec)
    bob = await person("bob").join(media=False)
    seen = await bob.sees(ada)
    assert seen["ada/camera"]["codec"] == f"video/{codec}"
    assert (await ada.statistics())["streams"][1]["codec"] == codec


async def test_two_profiles_of_one_codec_are_told_apart(person: MakePerson) -> None:
    ada = await person("ada").join(codec="H264", profile="42001f")
    bob = await person("bob").join(codec="H264", profile="42e01f")
    cem = await person("cem").join(codec="VP8")
    for one, others in ((ada, (bob, cem)), (bob, (ada, cem)), (cem, (ada, bob))):
        await one.sees(*others)


async def test_simulcast_layers_are_switched_on_request(person: MakePerson) -> None:
    ada = await person("ada").join(simulcast=True)
    bob = await person("bob").join(media=False)
    await bob.sees(ada)
    stream_id = (await ada.statistics())["streams"][1]["stream_id"]
    for rid, width in (("q", 320), ("f", 640), ("q", 320)):
        await bob.ask("send", {"op": "layer", "stream_id": stream_id, "rid": rid})
        await bob.page.evaluate(
            "(width) => until(`width ${width}`, async () => "
            "(await client('bob').received())['ada/camera'].width === width)",
            width,
        )


async def test_a_screen_comes_goes_and_reuses_its_line(person: MakePerson) -> None:
    ada, bob = await person("ada").join(), await person("bob").join()
    await bob.sees(ada)
    for _ in range(2):
        await ada.ask("shareScreen")
        await bob.sees(ada, types=("screen", "camera"))
        await ada.ask("stopScreen")
        await bob.page.evaluate(
            "() => until('no screen slot', () => !client('bob').slots.some((s) => s.type === 'screen'))"
        )
    assert await bob.ask("lines") == [["0", "recvonly"], ["1", "recvonly"], ["2", "inactive"]]
    await bob.sees(ada)


async def test_who_leaves_and_returns_is_seen_again(person: MakePerson) -> None:
    ada, bob = await person("ada").join(), await person("bob").join()
    await ada.sees(bob)
    await bob.ask("leave")
    await ada.page.evaluate("() => until('bob gone', () => client('ada').slots.length === 0)")
    bob = await person("bob").join()
    await ada.sees(bob)
    await bob.sees(ada)
    assert len(await ada.ask("lines")) == 2


async def test_a_new_session_takes_the_place_of_the_old_one(person: MakePerson) -> None:
    ada = await person("ada").join()
    bob = await person("bob").join()
    await ada.sees(bob)
    first = bob.session_id
    await bob.join()
    assert bob.session_id != first
    await ada.sees(bob)


async def test_media_goes_on_across_an_ice_restart_over_the_channel(person: MakePerson) -> None:
    ada, bob = await person("ada").join(), await person("bob").join()
    await bob.sees(ada)
    before = await ada.ask("localPort")
    await ada.ask("restartOverChannel")
    await ada.page.evaluate(
        "(before) => until('another pair', async () => (await client('ada').localPort()) !== before)", before
    )
    await bob.sees(ada)
    await ada.sees(bob)
    await bob.ask("restartOverChannel")
    await ada.sees(bob)
    await bob.sees(ada)
    assert await ada.ask("states") == ["connected", "connected"]


async def test_media_goes_on_across_an_ice_restart_over_control(person: MakePerson) -> None:
    ada, bob = await person("ada").join(), await person("bob").join()
    await bob.sees(ada)
    assert (await ada.restart_over_control()).status == 200
    await bob.sees(ada)
    await ada.sees(bob)
    # The connection goes on to renegotiate over its channel.
    await bob.ask("shareScreen")
    await ada.sees(bob, types=("screen", "camera"))


async def test_a_host_pause_stops_a_stream_until_its_owner_lifts_it(person: MakePerson) -> None:
    ada, bob = await person("ada").join(), await person("bob").join()
    await bob.sees(ada)
    assert (await ada.control("POST", "/pause", {"type": "microphone"})).status == 204
    assert await bob.ask("still", "ada/microphone")
    await bob.sees(ada, types=("camera",))
    await ada.ask("send", {"op": "stream", "mid": "0", "active": True})
    await bob.sees(ada)


async def test_a_stream_whose_right_was_taken_stays_off_whatever_its_owner_says(person: MakePerson) -> None:
    ada, bob = await person("ada").join(), await person("bob").join()
    await bob.sees(ada)
    assert (await ada.control("POST", "/pause", {"type": "microphone", "revoked": True})).status == 204
    assert await bob.ask("still", "ada/microphone")
    await ada.ask("send", {"op": "stream", "mid": "0", "active": True})
    assert await bob.ask("still", "ada/microphone")
    await bob.sees(ada, types=("camera",))


async def test_viewers_see_a_publisher_and_publish_nothing(person: MakePerson) -> None:
    ada = await person("ada").join()
    viewers = [await person(f"viewer{number}").join(may_publish=[]) for number in range(3)]
    for viewer in viewers:
        await viewer.sees(ada)
    assert (await ada.statistics())["lines"] == []
    assert (await viewers[0].statistics())["streams"] == []


async def test_a_screen_that_may_not_be_shared_reaches_nobody(person: MakePerson) -> None:
    ada = await person("ada").join(may_publish=["microphone", "camera"])
    bob = await person("bob").join()
    await bob.sees(ada)
    await ada.ask("shareScreen")
    error = await ada.told("error")
    assert error["error"]["type"] == "/problems/unknown_stream"
    assert await bob.page.evaluate("() => client('bob').slots.map((s) => s.type)") == ["microphone", "camera"]


async def test_speakers_and_streams_are_told(person: MakePerson) -> None:
    ada = await person("ada").join()
    bob = await person("bob").join(media=False)
    streams = await bob.told("streams")
    assert {(s["participant_id"], s["type"], s["active"]) for s in streams["streams"]} == {
        ("ada", "microphone", True),
        ("ada", "camera", True),
        ("ada", "screen", False),
        ("ada", "screen_audio", False),
    }
    speakers = await bob.told("speakers")
    assert speakers["speakers"][0]["participant_id"] == "ada"
    assert 0 < speakers["speakers"][0]["level"] <= 127
    await ada.ask("send", {"op": "ping", "t": 7.5})
    assert await ada.told("pong") == {"op": "pong", "t": 7.5}


async def test_an_unsubscribed_stream_comes_back_when_asked_for(person: MakePerson) -> None:
    ada, bob = await person("ada").join(), await person("bob").join()
    await bob.sees(ada)
    stream_id = (await ada.statistics())["streams"][1]["stream_id"]
    await bob.ask("send", {"op": "unsubscribe", "stream_id": stream_id})
    await bob.page.evaluate("() => until('one slot', () => client('bob').slots.length === 1)")
    await bob.ask("send", {"op": "subscribe", "stream_id": stream_id})
    await bob.page.evaluate("() => until('two slots', () => client('bob').slots.length === 2)")
    await bob.sees(ada)
