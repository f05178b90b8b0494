"""A portal that lies to its owner's pages: what stands between them and the true answers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page, Route

Said = dict[str, Any]
Lie = Callable[[Said], object]


@contextmanager
def lying(page: Page, lie: Lie) -> Iterator[None]:
    """The portal between page and truth: `lie` changes each answer in place."""

    def answer(route: Route) -> None:
        true = route.fetch()
        if "json" not in true.headers["content-type"]:
            route.fulfill(response=true)
            return
        said = true.json()
        lie(said.get("account", said))
        route.fulfill(response=true, json=said)

    page.context.route("**/api/v1/**", answer)
    yield
    page.context.unroute_all(behavior="wait")


def instead(name: str, value: object) -> Lie:
    """Always the same, wherever the portal should answer with its own."""
    return lambda said: said.update({name: value}) if name in said else None
