"""All rows of partial derivatives, and why some are missing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from autograph.autodiff.special import (
    bessel,
    distributions,
    elementary,
    elliptic,
    gammas,
    polynomials,
)
from autograph.autodiff.special.terms import Partial

RULES: Mapping[str, Sequence[Partial]] = {
    **elementary.RULES,
    **gammas.RULES,
    **polynomials.RULES,
    **bessel.RULES,
    **elliptic.RULES,
    **distributions.RULES,
}
"""The partial derivatives of functions, by name."""

OF_SEVERAL: Mapping[str, Sequence[Sequence[Partial]]] = {
    **elementary.OF_SEVERAL,
    **bessel.OF_SEVERAL,
    **elliptic.OF_SEVERAL,
}
"""The partial derivatives of each result of functions with several; y is all results."""

HOLOMORPHIC = frozenset(
    re.findall(
        r"\w+",
        "airy dawsn erf erfc erfcx erfi erfinv exp1 expi expm1 exp2 fresnel gamma hankel1 hankel2 "
        "hyp0f1 hyp1f1 hyp2f1 iv jv kv lambertw log1p loggamma rgamma shichi sici spence "
        "wofz wrightomega xlog1py xlogy yv",
    )
)
"""Those of which the formulas hold for complex numbers."""

UNKNOWN: Mapping[str, str] = {
    **dict.fromkeys(
        re.findall(
            r"\w+",
            "expn polygamma eval_legendre eval_hermite eval_hermitenorm eval_chebyt eval_chebyu "
            "eval_laguerre eval_genlaguerre eval_gegenbauer eval_jacobi assoc_laguerre lpmv "
            "bdtr bdtrc nbdtr nbdtrc pdtr pdtrc jn yn kn spherical_jn spherical_yn spherical_in "
            "spherical_kn",
        ),
        "it is a whole number",
    ),
    "lambertw": "it says which branch is meant",
    "hyperu": "the derivative by a parameter has no closed form",
    "wright_bessel": "the derivative by a parameter has no closed form",
}
"""Why functions have no derivative by some of their arguments."""
