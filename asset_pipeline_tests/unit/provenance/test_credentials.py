"""Content credentials: signed by the user's certificate, valid to C2PA's own reader, and broken by a changed byte."""

import io
import json
import sys

import pytest
from pydantic import ValidationError

from asset_pipeline.errors import SettingsError, SetupError
from asset_pipeline.provenance import read_provenance
from asset_pipeline.provenance.credentials import open_credentials
from asset_pipeline.settings.provenance import ProvenanceSettings
from asset_pipeline_tests.unit.provenance.support import FORMATS, MIME, Authority, encoded, pixels, provenance

CERTIFICATE, KEY = "signer.pem", "signer.key"
SIGNED = ProvenanceSettings.model_validate({"c2pa_certificate": CERTIFICATE, "c2pa_key": KEY})


@pytest.fixture(scope="module")
def authority():
    """Who certifies the signer."""
    return Authority()


@pytest.fixture
def root(tmp_path, authority):
    """A project's root with certificate and key in it."""
    (tmp_path / CERTIFICATE).write_bytes(authority.chain)
    (tmp_path / KEY).write_bytes(authority.key)
    return tmp_path


def read(data, kind, authority):
    """Return what C2PA's reader says of a file, to which our authority is the only trusted one."""
    import c2pa

    trust = {"trust": {"trust_anchors": authority.anchor.decode()}, "verify": {"verify_trust": True}}
    with (
        c2pa.Settings.from_dict(trust) as settings,
        c2pa.Context(settings=settings) as context,
        c2pa.Reader(MIME[kind], io.BytesIO(data), context=context) as reader,
    ):
        return json.loads(reader.json())


def failures(told):
    """Return the codes of what the reader finds wrong."""
    return {one["code"] for one in told["validation_results"]["activeManifest"]["failure"]}


@pytest.fixture(params=FORMATS)
def signed(request, root):
    """A signed file with its format."""
    credentials = open_credentials(SIGNED, root=root)
    assert credentials is not None
    return credentials.sign(encoded(request.param, provenance()), provenance(), format=request.param), request.param


def test_a_signed_file_is_trusted_by_who_trusts_the_authority(signed, authority):
    data, kind = signed
    told = read(data, kind, authority)
    assert (told["validation_state"], failures(told)) == ("Trusted", set())
    assert told["manifests"][told["active_manifest"]]["signature_info"]["common_name"] == "Signer"


def test_a_signed_file_says_that_a_model_has_made_it(signed, authority):
    told = read(*signed, authority)
    claim = told["manifests"][told["active_manifest"]]
    (actions,) = [one["data"]["actions"] for one in claim["assertions"] if one["label"].startswith("c2pa.actions")]
    assert actions == [
        {
            "action": "c2pa.created",
            "when": "2026-03-04T05:06:07Z",
            "softwareAgent": {"name": "recraft-ai/recraft-v3", "version": "hidden"},
            "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
        }
    ]
    assert claim["title"] == "Lantern"


def test_a_signed_file_has_the_pixels_and_the_metadata_that_it_had(signed):
    data, kind = signed
    assert pixels(data) == pixels(encoded(kind, provenance()))
    told = read_provenance(data)
    assert told is not None
    assert told.image_key == "test.icons.lantern"


def test_a_signature_costs_a_few_kilobytes(signed):
    data, kind = signed
    assert len(data) - len(encoded(kind, provenance())) < 5_000


@pytest.mark.parametrize("part", ["metadata", "pixels"])
def test_a_changed_byte_is_reported_in_metadata_as_in_pixels(signed, authority, part):
    data, kind = signed
    changed = bytearray(data)
    changed[data.index(b"engraved" if part == "metadata" else encoded(kind)[-60:-40])] ^= 1
    told = read(bytes(changed), kind, authority)
    assert told["validation_state"] == "Invalid"
    assert failures(told) & {"assertion.dataHash.mismatch", "assertion.bmffHash.mismatch"}


def test_where_nothing_is_configured_nobody_signs(tmp_path):
    assert open_credentials(ProvenanceSettings.model_validate({}), root=tmp_path) is None


@pytest.mark.parametrize("name", [CERTIFICATE, KEY])
def test_a_file_that_is_not_there_is_named_with_its_setting(root, name):
    (root / name).unlink()
    with pytest.raises(SettingsError, match=name) as caught:
        open_credentials(SIGNED, root=root)
    assert caught.value.where == f"provenance.{'c2pa_certificate' if name == CERTIFICATE else 'c2pa_key'}"


@pytest.mark.parametrize("wrong", ["key", "certificate", "no certificate", "no key", "algorithm"])
def test_what_cannot_sign_is_found_out_before_anything_is_paid_for(root, authority, wrong):
    settings = SIGNED
    if wrong == "key":
        (root / KEY).write_bytes(authority.other_key())
    elif wrong == "certificate":
        (root / CERTIFICATE).write_bytes(authority.unfit_chain())
        (root / KEY).write_bytes(authority.other_key())
    elif wrong == "algorithm":
        settings = SIGNED.model_copy(update={"c2pa_algorithm": "ps256"})
    else:
        (root / (KEY if wrong == "no key" else CERTIFICATE)).write_bytes(b"nothing of the kind")
    with pytest.raises(SettingsError, match="could not be signed"):
        open_credentials(settings, root=root)


def test_without_the_library_the_error_says_how_to_install_it(tmp_path, monkeypatch):
    (tmp_path / CERTIFICATE).touch()
    (tmp_path / KEY).touch()
    monkeypatch.setitem(sys.modules, "c2pa", None)
    with pytest.raises(SetupError, match="c2pa-python is not installed") as caught:
        open_credentials(SIGNED, root=tmp_path)
    assert "pip install" in str(caught.value)


@pytest.mark.parametrize("half", ["c2pa_certificate", "c2pa_key"])
def test_certificate_and_key_are_given_together(half):
    with pytest.raises(ValidationError, match="together"):
        ProvenanceSettings.model_validate({half: "a.pem"})
