"""Chromium's virtual authenticator, and the page on which an owner adds a passkey with it."""

from dataclasses import dataclass

from playwright.sync_api import CDPSession, Page, expect

from tests.browser.front import PASSWORD, press, visit

_KIND = {
    "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasPrf": True,
    "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
    "automaticPresenceSimulation": True,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Authenticator:
    session: CDPSession
    id: str

    def knows_nobody(self) -> None:
        """From now on whoever is asked fails to show who they are."""
        nobody = {"authenticatorId": self.id, "isUserVerified": False}
        self.session.send("WebAuthn.setUserVerified", nobody)


def with_authenticator(page: Page, **changes: object) -> Authenticator:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": {**_KIND, **changes}})
    return Authenticator(session, made["authenticatorId"])


def add_passkey(page: Page, portal: str) -> list[str]:
    """The backup codes that come with the first one."""
    visit(page, f"{portal}/account/passkeys")
    page.locator("#add-password").fill(PASSWORD)
    press(page, "Add a passkey")
    return codes(page)


def codes(page: Page) -> list[str]:
    expect(page.get_by_role("heading", name="Your backup codes")).to_be_visible()
    return page.locator("#codes code").all_inner_texts()
