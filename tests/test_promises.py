"""The register of promises is read as it stands, and names tests that exist."""

import pytest

from tests import promises
from tests.promises import REGISTER, read


def test_every_promise_is_numbered_once_and_its_tests_exist() -> None:
    found = read(REGISTER.read_text("utf-8"))
    assert [promise.number for promise in found] == list(range(1, len(found) + 1))
    assert list(promises.unknown(found)) == []
    assert sum(promise.is_kept for promise in found) > 40


def test_a_test_that_does_not_exist_is_named() -> None:
    [promise] = read("| 1 | It flies. | `test_promises.py::test_it_flies` |")
    assert list(promises.unknown([promise])) == ["promise 1: tests/test_promises.py::test_it_flies"]


@pytest.mark.parametrize("proof", ["", "surely", "`test_x.py`", "soon, `test_x.py::test_it`"])
def test_a_row_without_proof_is_refused(proof: str) -> None:
    with pytest.raises(ValueError, match=r"names neither|is not"):
        read(f"| 1 | It flies. | {proof} |")


def test_what_is_missing_makes_it_kept_in_part() -> None:
    [promise] = read("| 7 | It flies. | `test_x.py::test_it_hops` · not yet: far |")
    assert (promise.tests, promise.missing, promise.is_kept) == (
        ("tests/test_x.py::test_it_hops",), "not yet: far", False,
    )  # fmt: skip
