"""Tests of pytest that know nothing of file systems: what is run is any suite."""

import pytest


@pytest.fixture
def words():
    return ["one", "two", "three"]


@pytest.mark.parametrize("word, length", [("one", 3), ("two words", 9), ("größe", 5)])
def test_length(word, length):
    assert len(word) == length


class TestList:
    """A class of tests shares its fixtures."""

    def test_order(self, words):
        assert sorted(words) == ["one", "three", "two"]

    def test_count(self, words):
        assert len(words) == 3


def test_files(tmp_path, words):
    file = tmp_path / "words"
    file.write_text("\n".join(words))
    assert file.read_text().splitlines() == words


def test_output(capsys):
    print("said")
    assert capsys.readouterr().out == "said\n"


@pytest.mark.skip(reason="shows how a skip looks")
def test_skipped():
    raise AssertionError("never run")


@pytest.mark.xfail(reason="one and one are two", strict=True)
def test_expected_to_fail():
    assert 1 + 1 == 3
