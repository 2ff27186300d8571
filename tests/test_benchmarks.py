"""The benchmarks run; their times are nobody's business here."""

import pytest

from benchmarks.__main__ import TOPICS, main


def test_quick_mode_prints_a_table_for_each_topic(capsys):
    main(["--quick"])
    out = capsys.readouterr().out
    assert out.count("## ") == len(TOPICS)
    assert "written NumPy solver" in out
    assert "nan" not in out


def test_an_unknown_topic_is_named(capsys):
    with pytest.raises(SystemExit):
        main(["densities"])
    assert "no topic densities; there are startup," in capsys.readouterr().err
