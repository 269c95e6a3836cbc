"""What is refused says where and what, and Python itself runs it."""

from __future__ import annotations

import inspect
import linecache

import pytest

import autograph as ag
from tests.programs.refusals import Refusal, registry


@pytest.mark.parametrize("refusal", registry, ids=lambda refusal: refusal.name)
def test_refusal_says_where_and_what(refusal: Refusal) -> None:
    with pytest.raises(ag.AutographError, match=f"(?s){refusal.says}") as caught:
        ag.compile(refusal.function)(*refusal.make())
    text = str(caught.value)
    site = caught.value.site
    assert site is not None
    assert text.startswith(f"{site.filename}:{site.line}, in ")
    source = linecache.getline(site.filename, site.line)
    assert source.encode()[site.column :].decode().startswith(refusal.at)
    _, line, caret, *_ = text.splitlines()
    assert line[caret.index("^") :].startswith(refusal.at)


@pytest.mark.parametrize("refusal", registry, ids=lambda refusal: refusal.name)
def test_python_runs_it(refusal: Refusal) -> None:
    returned = refusal.function(*refusal.make())
    if inspect.iscoroutine(returned):
        returned.close()
