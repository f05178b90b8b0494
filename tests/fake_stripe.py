"""A Stripe of our own on loopback, after its manual: checkout, subscriptions, refunds, events.

It keeps what it is asked, tells the portal what happened, signed by Stripe's own library, and lets
a test tell it late, twice or out of order. It has never been held against Stripe itself.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import requests
import stripe
from werkzeug.wrappers import Request, Response

from tests.served import Served

SECRET = "whsec_made_up_for_tests"
KEY = "sk_test_made_up_for_tests"
PRODUCT = "prod_homeward"
PAGE = """<!doctype html><html lang="en"><title>Pay (made up)</title>
<h1>Pay (made up, for tests)</h1><form method="post"><button>Pay</button></form>"""


def tree(form: list[tuple[str, str]]) -> dict[str, Any]:
    """What Stripe's way of writing `a[b][0]=c` means."""
    made: dict[str, Any] = {}
    for name, value in form:
        here = made
        *parts, last = re.findall(r"[^\[\]]+", name)
        for part in parts:
            here = here.setdefault(part, {})
        here[last] = value
    return made


@dataclass
class FakeStripe(Served):
    """`tell` is where events go: the portal's address, or a test's own list."""

    clock: Callable[[], int]
    portal: str = ""
    live: bool = False
    away: bool = False
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    subscriptions: dict[str, dict[str, Any]] = field(default_factory=dict)
    payments: dict[str, dict[str, Any]] = field(default_factory=dict)
    coupons: dict[str, int] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.url = self.serve()

    # --- What a test does ------------------------------------------------------------------------

    def pay(self, session_id: str) -> None:
        """The buyer has paid: a subscription begins."""
        session = self.sessions[session_id]
        item = session["line_items"]["0"]
        price = item["price_data"]
        held = {
            "id": f"sub_{len(self.subscriptions) + 1}", "metadata": session["metadata"],
            "status": "active", "cancel_at_period_end": False,
            "period": price["recurring"]["interval"], "unit": int(price["unit_amount"]),
            "quantity": int(item["quantity"]), "ends": self.clock() // 1000,
        }  # fmt: skip
        self.subscriptions[held["id"]] = held
        session |= {"subscription": held["id"], "customer": "cus_1", "status": "complete"}
        self.happen("checkout.session.completed", session)
        off = next((d["coupon"] for d in session.get("discounts", {}).values()), None)
        minor = held["unit"] * held["quantity"]
        self.charge(held, minor - minor * self.coupons.get(off or "", 0) // 100)

    def charge(self, held: dict[str, Any], minor: int) -> None:
        """A period is paid for, or a change."""
        payment = f"pi_{len(self.payments) + 1}"
        self.payments[payment] = {"amount": minor, "amount_refunded": 0, "payment_intent": payment}
        while held["ends"] <= self.clock() // 1000:
            held["ends"] += {"month": 30, "year": 365}[held["period"]] * 86_400
        self.happen("invoice.paid", self.invoice(held) | {
            "amount_paid": minor,
            "payments": {"data": [{"payment": {"payment_intent": payment}}]},
        })  # fmt: skip

    def renew(self, subscription: str) -> None:
        held = self.subscriptions[subscription]
        self.charge(held, held["unit"] * held["quantity"])

    def invoice(self, held: dict[str, Any]) -> dict[str, Any]:
        details = {"metadata": held["metadata"], "subscription": held["id"]}
        lines = {"data": [{"period": {"end": held["ends"]}}]}
        return {"parent": {"subscription_details": details}, "lines": lines}

    def happen(
        self, kind: str, thing: dict[str, Any], before: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        event = {
            "id": f"evt_{len(self.events) + 1:04}", "type": kind, "created": self.clock() // 1000,
            "livemode": self.live,
            "data": {"object": json.loads(json.dumps(thing)), "previous_attributes": before or {}},
        }  # fmt: skip
        self.events.append(event)
        if self.portal:
            self.deliver(event)
        return event

    def deliver(self, event: dict[str, Any]) -> requests.Response:
        body, headers = self.signed(event)
        url = f"{self.portal}/api/v1/billing/stripe"
        return requests.post(url, data=body, headers=headers, timeout=30)

    def signed(self, event: dict[str, Any], secret: str = SECRET) -> tuple[bytes, dict[str, str]]:
        body = json.dumps(event)
        sign = stripe.WebhookSignature.generate_signature_header
        return body.encode(), {"Stripe-Signature": sign(body, secret, self.clock() // 1000)}

    # --- What the library asks -------------------------------------------------------------------

    def _answer(self, environ: Any, start: Any) -> Any:
        request = Request(environ)
        return self._said(request)(environ, start)

    def _said(self, request: Request) -> Response:
        if match := re.fullmatch(r"/pay/(\w+)", request.path):
            return self._page(request, match[1])
        if self.away:
            return Response("", 503)
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return Response('{"error": {"type": "invalid_request_error"}}', 401)
        body = tree(parse_qsl(request.get_data(as_text=True)))
        self.asked.append((request.method, request.path))
        key = request.headers.get("Idempotency-Key", "")
        if key and request.method == "POST" and key in self.answers:
            return _json(self.answers[key])
        said = self._route(request, body)
        if key and request.method == "POST":
            self.answers[key] = said
        return _json(said)

    def _page(self, request: Request, session_id: str) -> Response:
        if request.method == "POST":
            self.pay(session_id)
            return Response("", 303, {"Location": self.sessions[session_id]["success_url"]})
        return Response(PAGE, mimetype="text/html")

    def _route(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        path = request.path.removeprefix("/v1")
        if path == "/coupons":
            name = f"co_{len(self.coupons) + 1}"
            self.coupons[name] = int(float(body["percent_off"]))
            return {"id": name, "object": "coupon"}
        if path == "/checkout/sessions":
            name = f"cs_{len(self.sessions) + 1}"
            self.sessions[name] = body | {"id": name}
            return {"id": name, "object": "checkout.session", "url": f"{self.url}/pay/{name}"}
        if path == "/refunds":
            return self._refund(body)
        if path == "/events":
            return self._events(request.args.get("ending_before", ""))
        held = self.subscriptions[path.removeprefix("/subscriptions/")]
        if request.method == "DELETE":
            held["status"] = "canceled"
            self.happen("customer.subscription.deleted", self._shown(held))
        elif request.method == "POST":
            self._update(held, body)
        return self._shown(held)

    def _refund(self, body: dict[str, Any]) -> dict[str, Any]:
        charge = self.payments[body["payment_intent"]]
        charge["amount_refunded"] += int(body["amount"])
        self.happen("charge.refunded", charge)
        return {"id": "re_1", "object": "refund"}

    def _events(self, before: str) -> dict[str, Any]:
        known = [event["id"] for event in self.events]
        new = self.events[known.index(before) + 1 :] if before in known else self.events
        return {"object": "list", "data": list(reversed(new)), "url": "/v1/events"}

    def _update(self, held: dict[str, Any], body: dict[str, Any]) -> None:
        if "cancel_at_period_end" in body:
            before = {"cancel_at_period_end": held["cancel_at_period_end"]}
            held["cancel_at_period_end"] = body["cancel_at_period_end"].lower() == "true"
            self.happen("customer.subscription.updated", self._shown(held), before)
            return
        item = body["items"]["0"]
        old = held["unit"] * held["quantity"]
        held["unit"] = int(item["price_data"]["unit_amount"])
        held["quantity"] = int(item["quantity"])
        self.happen("customer.subscription.updated", self._shown(held), {"items": {}})
        self.charge(held, max(0, held["unit"] * held["quantity"] - old))

    def _shown(self, held: dict[str, Any]) -> dict[str, Any]:
        items = {"data": [{"id": "si_1", "quantity": held["quantity"]}]}
        return {"object": "subscription", **held, "items": items}


def _json(said: dict[str, Any]) -> Response:
    return Response(json.dumps(said), mimetype="application/json")
