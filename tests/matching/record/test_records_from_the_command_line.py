"""Records checked and worked out again from files, with no service at hand."""

import gzip
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.matching.cli import app
from tests.matching.record.forgeries import price_up, score, two_pairs
from tests.matching.record.forging import document_of, raw, rehashed
from tests.matching.record.harbour import harbour, recorded

RECORD = recorded(harbour(3, mentors=20))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "record.json"
    path.write_bytes(gzip.decompress(RECORD.document))
    return path


def test_a_record_holds_from_a_file_and_from_standard_input(file: Path) -> None:
    answer = CliRunner().invoke(app, ["verify", str(file), "--digest", RECORD.record_sha256])
    assert answer.exit_code == 0, answer.output
    assert "It holds: this is the best answer, and the only one." in answer.output
    answer = CliRunner().invoke(app, ["verify", "-", "--json"], input=RECORD.document)
    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.output)["holds"] is True


def test_another_record_than_the_one_that_was_published_is_refused(file: Path) -> None:
    answer = CliRunner().invoke(app, ["verify", str(file), "--digest", "0" * 64])
    assert answer.exit_code == 1
    assert "record_differs" in answer.output


def test_a_forged_record_is_refused_in_words(file: Path) -> None:
    document = document_of(RECORD.document)
    mentee, mentor = score(document)
    file.write_bytes(raw(rehashed(document)))
    answer = CliRunner().invoke(app, ["verify", str(file)])
    assert answer.exit_code == 1
    assert f"score_differs: the score of mentee {mentee} and mentor {mentor}" in answer.output
    assert "does not hold" in answer.output


def test_a_run_comes_out_again_byte_for_byte(file: Path) -> None:
    answer = CliRunner().invoke(app, ["rerun", str(file)])
    assert answer.exit_code == 0, answer.output
    assert "byte for byte" in answer.output


def test_a_rerun_names_the_first_pair_that_differs_else_the_part(file: Path) -> None:
    document = document_of(RECORD.document)
    two_pairs(document)
    file.write_bytes(raw(rehashed(document)))
    answer = CliRunner().invoke(app, ["rerun", str(file), "--json"])
    assert answer.exit_code == 1
    told = json.loads(answer.output)["difference"]
    changed = {pair["mentee"] for pair in document["result"]["pairs"]}
    assert (told["part"], told["ids"][0] in changed) == ("pairs", True)
    document = document_of(RECORD.document)
    price_up(document)
    file.write_bytes(raw(rehashed(document)))
    answer = CliRunner().invoke(app, ["rerun", str(file), "--json"])
    assert json.loads(answer.output)["difference"]["part"] in {"tiers", "proof_sha256"}


def test_a_record_that_lacks_somebody_is_openly_not_replayable(file: Path) -> None:
    document = document_of(RECORD.document)
    gone = document["input"]["mentees"][0]["enrollment_id"]
    document["input"]["mentees"][0] = {"enrollment_id": gone, "erased": True}
    file.write_bytes(raw(document))
    answer = CliRunner().invoke(app, ["verify", str(file)])
    assert answer.exit_code == 1
    assert "not replayable: 1 people erased" in answer.output
    assert "✗" not in answer.output
    answer = CliRunner().invoke(app, ["rerun", str(file)])
    assert str(answer.exception) == "not replayable: 1 people erased"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "x"}', "not json", "\x1f\x8b..."])
def test_what_is_no_record_is_told_in_words(file: Path, text: str) -> None:
    file.write_bytes(text.encode("latin-1"))
    answer = CliRunner().invoke(app, ["verify", str(file)])
    assert "This is no record of a matching run." in str(answer.exception)


def test_a_run_s_id_alone_asks_for_the_service() -> None:
    answer = CliRunner().invoke(app, ["verify", "0198c0de-0000-7000-8000-000000000000"])
    assert "--service" in str(answer.exception)


def test_an_export_is_what_is_checked(file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.json"
    answer = CliRunner().invoke(app, ["export", str(file), "-o", str(copy)])
    assert answer.exit_code == 0, answer.output
    assert copy.read_bytes() == file.read_bytes()
