"""Reading offers: what Chromium and Firefox write is understood, what is not safe is refused."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_node.transport.codecs import choose_codec
from media_node.transport.describe import AnsweredMedia, Endpoint, publish_answer
from media_node.transport.dtls import Certificate, Fingerprint
from media_node.transport.ice import Credentials
from media_node.transport.sdp import MalformedSdp, parse_offer, rejected_mids

FINGERPRINT = ":".join(["AB"] * 32)
HEAD = """v=0
o=- 42 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
a=extmap-allow-mixed
"""
TRANSPORT = f"""c=IN IP4 0.0.0.0
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuv
a=ice-options:trickle
a=fingerprint:sha-256 {FINGERPRINT}
a=setup:actpass
a=rtcp-mux
"""
AUDIO = f"""m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9
{TRANSPORT}a=mid:0
a=sendonly
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=rtpmap:111 opus/48000/2
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=fmtp:63 111/111
a=rtpmap:9 G722/8000
"""
VIDEO = f"""m=video 0 UDP/TLS/RTP/SAVPF 127 103 96 97
{TRANSPORT}a=bundle-only
a=mid:1
a=sendonly
a=extmap:14 urn:ietf:params:rtp-hdrext:toffset
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap:10/sendonly urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
a=rtpmap:127 H264/90000
a=fmtp:127 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42001f
a=rtpmap:103 rtx/90000
a=fmtp:103 apt=127
a=rtpmap:96 VP8/90000
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rid:q send
a=rid:f send max-width=1280
a=simulcast:send q;f
"""
OFFER = HEAD + AUDIO + VIDEO
ENDPOINT = Endpoint("192.0.2.9", 4000, Credentials("uuuu", "p" * 24), Fingerprint("sha-256", FINGERPRINT))


def test_what_a_browser_offers_is_understood() -> None:
    offer = parse_offer(OFFER)
    assert (offer.ufrag, offer.password) == ("abcd", "abcdefghijklmnopqrstuv")
    assert offer.fingerprints == (Fingerprint("sha-256", FINGERPRINT),)
    audio, video = offer.media
    assert [codec.rtpmap for codec in audio.codecs] == ["opus/48000/2", "red/48000/2", "G722/8000"]
    assert [(codec.name, codec.rtx_payload_type) for codec in video.codecs] == [("H264", 103), ("VP8", 97)]
    assert video.rids == ("q", "f")
    assert video.extensions["urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"] == 10
    assert not video.rejected


def test_the_first_codec_that_can_be_forwarded_is_chosen() -> None:
    audio, video = parse_offer(OFFER).media
    chosen = choose_codec(video)
    assert chosen
    assert (chosen.name, chosen.payload_type, chosen.rtx_payload_type) == ("VP8", 96, 97)
    opus = choose_codec(audio)
    assert opus
    assert (opus.name, opus.channels, opus.fmtp) == ("opus", 2, "minptime=10;useinbandfec=1")


def test_the_answer_takes_simulcast_and_leaves_unknown_extensions_out() -> None:
    offer = parse_offer(OFFER)
    answered = [AnsweredMedia(media, choose_codec(media), receive=True) for media in offer.media]
    answer = publish_answer(ENDPOINT, answered, session=1, version=1)
    assert "a=group:BUNDLE 0 1\r\n" in answer
    assert "a=rid:q recv\r\na=rid:f recv\r\na=simulcast:recv q;f\r\n" in answer
    assert "toffset" not in answer
    assert "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n" in answer
    assert answer.count("a=candidate:") == 1
    for feedback in ("transport-cc", "ccm fir", "nack", "nack pli"):
        assert f"a=rtcp-fb:96 {feedback}\r\n" in answer
    assert rejected_mids(answer) == frozenset()


def test_a_line_rejected_earlier_stays_rejected_outside_the_bundle() -> None:
    offer = OFFER.replace("BUNDLE 0 1", "BUNDLE 0").replace("a=bundle-only\n", "")
    video = parse_offer(offer).media[1]
    assert (video.mid, video.rejected, video.codecs) == ("1", True, ())
    assert rejected_mids(offer) == {"1"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("v=0\n", "", "v=0"),
        ("s=-\n", "s=-\nnonsense\n", "line 4"),
        ("s=-\n", "s=-\na=\x00\n", "line 4"),
        ("s=-\n", "s=-\na=" + "x" * 3000 + "\n", "line 4"),
        ("t=0 0\n", "t=0 0\n" + "a=x\n" * 5000, "lines"),
        ("t=0 0\n", "t=0 0\na=ice-lite\n", "ICE-lite"),
        ("m=audio 9", "m=audio", "m-line"),
        ("a=mid:1", "a=mid:0", "same mid"),
        ("a=mid:1", "a=mid:has space", "token"),
        ("a=mid:1\n", "", "mid"),
        ("BUNDLE 0 1", "BUNDLE 0 2", "BUNDLE"),
        ("a=ice-ufrag:abcd\n", "a=ice-ufrag:abcd\na=ice-ufrag:efgh\n", "ice-ufrag"),
        ("a=ice-ufrag:abcd\n", "", "ice-ufrag"),
        ("a=ice-ufrag:abcd", "a=ice-ufrag:a b?", "ice-chars"),
        ("abcdefghijklmnopqrstuv", "short", "length"),
        ("a=setup:actpass", "a=setup:passive", "setup"),
        ("sha-256", "sha-1", "SHA-256"),
        (FINGERPRINT, "AB:CD", "length"),
        (FINGERPRINT, "not hexadecimal", "fingerprint"),
        ("a=rtcp-mux\n", "", "rtcp-mux"),
        ("111 63 9", "111 63 300", "payload types"),
        ("111 63 9", "111 111 9", "repeats"),
        ("a=rtpmap:111 opus", "a=rtpmap:opus", "rtpmap"),
        ("a=extmap:1 urn", "a=extmap:0 urn", "extmap"),
        ("a=extmap:1 urn", "a=extmap:4 urn", "one id"),
        ("a=rid:f send", "a=rid:q send", "rids"),
        ("a=sendonly\n", "a=sendonly\na=recvonly\n", "directions"),
    ],
)
def test_what_is_malformed_is_refused_and_named(old: str, new: str, said: str) -> None:
    assert old in OFFER
    with pytest.raises(MalformedSdp, match=said):
        parse_offer(OFFER.replace(old, new))


def test_two_certificates_in_one_offer_are_refused() -> None:
    with pytest.raises(MalformedSdp, match="certificates"):
        parse_offer(HEAD + AUDIO + VIDEO.replace(FINGERPRINT, ":".join(["CD"] * 32)))


def test_too_many_lines_of_media_are_refused() -> None:
    with pytest.raises(MalformedSdp, match="m-lines"):
        parse_offer(HEAD + AUDIO * 17)


@given(st.text(max_size=400), st.integers(0, len(OFFER)), st.integers(0, 200))
def test_an_offer_cut_and_stuffed_is_parsed_or_refused(stuffing: str, at: int, cut: int) -> None:
    with suppress(MalformedSdp):
        assert parse_offer(OFFER[:at] + stuffing + OFFER[at + cut :]).media


def test_a_certificate_names_its_fingerprint_as_sdp_does() -> None:
    fingerprint = Certificate().fingerprint
    assert fingerprint.algorithm == "sha-256"
    assert len(fingerprint.value) == 95
