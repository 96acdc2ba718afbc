"""Tests that know nothing of views: the group has `isolate = "overlay"`, so each of them runs in one of its own, and what
it writes anywhere but in pytest's own directories for it is in its record, and nowhere else."""

import os

PLACE = "/etc/gkfs-bench-sample"


def test_writes_to_etc(tmp_path):
    assert not os.path.exists(PLACE)
    with open(PLACE, "w") as file:
        file.write("one")
    (tmp_path / "kept").write_text("kept")


def test_does_not_see_what_another_test_wrote():
    assert not os.path.exists(PLACE)
    with open(PLACE, "w") as file:
        file.write("two")
