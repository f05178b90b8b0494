"""The security log in sentences: what happened, never from which address."""

from portal.words import gettext


def _(sentence: str) -> str:
    """Marks a sentence for the catalogs; it is translated when it is shown."""
    return sentence


SENTENCES = {
    "registered": _("You opened this account."),
    "registered-again": _(
        "Somebody tried to open another account with your email. Nothing was changed."
    ),
    "signed-in": _("You signed in."),
    "signed-out": _("You signed out."),
    "recovered": _("You signed in with your recovery code."),
    "refused": _("Somebody tried to sign in with a wrong password or recovery code."),
    "second-refused": _(
        "Somebody had your password but showed a wrong code or passkey, and was not let in. If it"
        " was not you, change your password now."
    ),
    "password-changed": _("Your password or email was changed. All other sessions ended."),
    "email-restored": _("You signed in with your former email; it is your email again."),
    "code-changed": _("You made a new recovery code. The one before opens nothing any more."),
    "directory-changed": _("Your sealed notes were updated: names, and what was checked."),
    "session-ended": _("You signed out a browser."),
    "sessions-ended": _("You signed out all other browsers."),
    "totp-on": _("You turned on an authenticator app."),
    "totp-off": _("You turned off the authenticator app."),
    "backup-codes-renewed": _("You made new backup codes. The old ones ended."),
    "passkey-added": _("You added a passkey."),
    "passkey-removed": _("You removed a passkey."),
    "paired": _("You added a laptop."),
    "brought": _("You brought a laptop of the past and its evidence from another portal."),
    "let-go": _(
        "A laptop was let go, by you or by its administrator. It reports no more; what it sent"
        " stays."
    ),
    "license-claimed": _("You entered a license key."),
    "seat-given-back": _("A seat of your license became free."),
    "billing-details": _("You changed what stands on your invoices."),
    "seat-moved": _("A seat of your license was moved to another laptop."),
    "license-issued": _("The people who run this portal gave you a license."),
    "license-renewed": _("The people who run this portal renewed your license."),
    "license-suspended": _("The people who run this portal suspended your license."),
    "license-reinstated": _("Your license is in force again."),
    "account-resting": _("You had this account rest: nothing is done with it by itself."),
    "counting-refused": _("You objected to being counted."),
    "counting-allowed": _("You let yourself be counted again."),
    "account-woken": _("You had this account go on after a rest."),
    "trial-ends": _(
        "Your trial ends within a week. Nothing renews itself and nothing has to be paid; laptops"
        " you have stay, and one that is stolen goes on reporting."
    ),
    "license-renews": _(
        "Your license renews itself within a month. If you do not want that, cancel it under"
        " Payments."
    ),
    "license-paid": _("A payment for your license arrived."),
    "license-changed": _("You changed your license."),
    "license-canceled": _("You canceled your license; it runs to the end of what was paid for."),
    "refund-asked": _("You asked for your money back."),
    "license-refunded": _("A payment for your license was paid back."),
    "license-revoked": _("The people who run this portal withdrew your license."),
    "account-closing": _(
        "You chose a day on which this account is deleted. Until then you can keep it."
    ),
    "account-kept": _("You keep this account after all."),
    "marked-stolen": _("You marked a laptop as stolen."),
    "marked-recovered": _("You have a laptop back."),
    "changed-orders": _("You changed the orders of a laptop."),
    "commanded": _("You sent a command to a laptop."),
}


def sentence(action: str) -> str:
    """What a line of the audit log says to its owner, in her language."""
    return gettext(SENTENCES.get(action, action))
