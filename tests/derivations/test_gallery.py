"""Every file of the gallery: a paper, a model that derives, default values and published facts."""

import pytest

from tests.derivations.gallery import FILES, LEARNING, bibliography, derivations_of, load, name_of, values_for

PARAMETRISED = pytest.mark.parametrize("path", FILES, ids=name_of)
EXPECTED = """
classical/semicircle classical/marchenko_pastur classical/deformed_wigner covariance/generalised_marchenko_pastur
covariance/silverstein covariance/separable products/two_factors products/three_factors products/bottleneck
networks/hessian networks/random_features networks/conjugate_kernel_2 networks/conjugate_kernel_3
networks/mixture_of_activations networks/orthogonal_features networks/jacobian_widths networks/tangent_kernel_2
networks/fisher_information networks/hessian_of_loss
percolation/bond_wigner percolation/bond_wishart
polynomials/anticommutator polynomials/anticommutator_and_square polynomials/rational_function
observed/weight_spectrum observed/hessian_spectrum
spiked/wigner spiked/covariance spiked/population spiked/information
""".split()
KINDS = {
    *("polynomial", "system", "edges", "critical_values", "atoms", "density", "moments", "cumulants", "coefficients"),
    *("observed", "outliers", "threshold"),
}


def test_the_gallery_holds_what_was_promised():
    assert set(EXPECTED) <= {name_of(path) for path in FILES}


@PARAMETRISED
def test_file_names_its_paper(path):
    text = load(path).__doc__
    assert text and len(text.splitlines()) > 2, "say which paper, which theorem, and the paper's symbols in ours"


@PARAMETRISED
def test_file_derives_and_takes_its_default_values(path):
    module = load(path)
    found = derivations_of(module)
    assert found, "derive something at top level"
    for name, derivation in found.items():
        assert derivation.system.equations, name
        assert derivation.at(**values_for(derivation, module.AT)) is not None


@PARAMETRISED
def test_file_has_published_facts(path):
    facts = load(path).FACTS
    assert facts
    for fact in facts:
        assert fact["source"], "cite the place of each fact"
        if path.parent.name != LEARNING:
            assert fact["kind"] in KINDS, "a fact that no test reads"
            assert fact["source"].split(",")[0].split(";")[0] in bibliography()


@PARAMETRISED
def test_variables_name_the_leaves(path):
    module = load(path)
    for derivation in derivations_of(module).values():
        assert set(derivation.names.values()) & set(vars(module)), "the names of matrices are taken from variables"
