"""Comparisons: a sample of the model agrees, spikes are found where theory puts them, atoms are counted."""

import numpy as np
import pytest

import freeprob as fp

from .models import COVARIANCE, DEFORMED, covariance, deformed, eigenvalues, wigner


@pytest.fixture(scope="module")
def sample():
    return eigenvalues(COVARIANCE, {"n": 600, "d": 300}, s=0.5)


def test_a_sample_of_the_model_agrees(sample):
    found = covariance.compare(sample, n=2, d=1, s=0.5)
    assert found.agrees and not found.outliers and found.count == 300 and found.verdict.startswith("The bulk follows")
    assert found.distance == found.bulk_distance and found.wasserstein == found.bulk_wasserstein
    # linear statistics fluctuate by O(1/N): moments agree to a few thousandths
    for seen, bulk, theory in found.moments:
        assert seen == bulk == pytest.approx(theory, abs=5 / 300)


def test_another_law_does_not(sample):
    found = covariance.compare(sample, n=2, d=1, s=0.55)
    assert not found.agrees and found.verdict.startswith("The bulk is close")
    found = covariance.compare(sample, n=2, d=1, s=1)
    assert not found.agrees and found.verdict.startswith("The law does not describe")


@pytest.mark.parametrize("dtype, noise", [(np.float64, 1e-14), (np.float32, 1e-7)])
def test_atoms(dtype, noise):
    values = eigenvalues(COVARIANCE, {"n": 200, "d": 500}, s=1)
    values = np.where(np.abs(values) < 1e-9, noise * np.random.default_rng(0).standard_normal(500), values)
    found = covariance.compare(values.astype(dtype), n=2, d=5, s=1)
    assert found.atoms == {0.0: (pytest.approx(0.6), pytest.approx(0.6))}
    assert not found.outliers and found.agrees
    assert np.count_nonzero(found.eigenvalues == 0) == 300


def test_zeros_without_an_atom_in_theory_are_outliers(sample):
    found = covariance.compare(np.append(sample, np.zeros(30)), n=2, d=1, s=0.5)
    assert [o.side for o in found.outliers] == ["left"] * 30 and found.bulk_distance < found.distance


def test_spikes_are_found_where_they_belong():
    """Baik and Silverstein 2006: a population spike l > 1 + sqrt(c) gives the eigenvalue l + c l / (l - 1)."""
    rng, n, d = np.random.default_rng(0), 1200, 600
    spikes = np.ones(d)
    spikes[:3] = 3.0, 5.0, 1.2  # the last is below the threshold 1.71
    z = np.sqrt(spikes)[:, None] * rng.standard_normal((d, n))
    found = covariance.compare(np.linalg.eigvalsh(z @ z.T / n), n=2, d=1, s=1)
    expected = np.array([x + 0.5 * x / (x - 1) for x in (3.0, 5.0)])
    # fluctuations of a spike are Gaussian of variance 2 l^2 (1 - c / (l - 1)^2) / n
    deviation = np.array([np.sqrt(2 / n) * x * np.sqrt(1 - 0.5 / (x - 1) ** 2) for x in (3.0, 5.0)])
    assert [o.side for o in found.outliers] == ["right", "right"] and found.agrees
    assert (np.abs(np.array([o.value for o in found.outliers]) - expected) < 4 * deviation).all()
    assert all(o.fluctuations > 4 and o.distance > 0 for o in found.outliers)
    assert len(found.bulk) == d - 2 and "2 right of the law" in found.verdict


def test_sides_and_gaps():
    values = eigenvalues(DEFORMED, {"n": 400}, s=0.3, w=0.25)
    found = deformed.at(n=1, s=0.3, w=0.25).compare([*values, -3.0, 0.0, 2.5])
    assert [(o.value, o.side) for o in found.outliers] == [(-3.0, "left"), (0.0, "gap"), (2.5, "right")]
    assert "1 left of the law, 1 in a gap, 1 right of the law" in found.verdict


def test_the_margin(sample):
    edge = covariance.at(n=2, d=1, s=0.5).edges()[-1]
    values = np.append(sample[sample < edge], edge + 1e-3)  # the largest of a sample may lie farther out
    assert not covariance.compare(values, n=2, d=1, s=0.5).outliers
    assert covariance.compare(values, n=2, d=1, s=0.5, margin=0).outliers[-1].value == edge + 1e-3
    with pytest.raises(ValueError, match="margin"):
        covariance.compare(values, n=2, d=1, s=0.5, margin=-1)


def test_a_law_of_atoms_only():
    n = fp.sizes("n")
    P = fp.population(n, fp.laws.atoms({0: 0.5, 1: 0.5}))
    found = fp.spectrum(P).compare([0.0, 0.0, 1.0, 1.0, 1.5], n=1)
    assert [o.value for o in found.outliers] == [1.5] and found.atoms[0.0] == (pytest.approx(0.4), pytest.approx(0.5))


def test_a_spectrum_outside_of_the_support_has_no_bulk(sample):
    for values in (sample + 10, [*sample, *np.linspace(3, 4, 60)]):
        found = covariance.compare(values, n=2, d=1, s=0.5)
        assert not found.agrees and found.verdict.startswith("The law does not describe the spectrum")


@pytest.mark.parametrize("values", [[0.3], [0.3, 1.2]])
def test_few_eigenvalues(values):
    assert wigner.compare(values, n=1, s=1).count == len(values)


def test_printed(sample):
    text = str(covariance.compare([*sample, 3.0], n=2, d=1, s=0.5))
    for words in ("301 eigenvalues against the limiting spectral law", "s = 0.5", "moment 4", "Kolmogorov-Smirnov",
                  "Wasserstein-1", "outliers right of the law: 3", "The bulk follows the law"):  # fmt: skip
        assert words in text


def test_the_figure_marks_outliers(sample, tmp_path):
    found = covariance.compare([*sample, 2.0, 50.0], n=2, d=1, s=0.5)
    figure = found.plot(tmp_path / "a.png", title="here")
    assert (tmp_path / "a.png").stat().st_size > 2000
    (axes,) = figure.axes
    labels = {line.get_label(): line.get_xdata() for line in axes.lines}
    assert list(labels["outliers"]) == [2.0] and axes.get_title() == "here"
    assert any("1 more, to 50" in text.get_text() for text in axes.texts)
