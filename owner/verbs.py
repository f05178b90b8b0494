"""One function for each verb: do it, show it to a person, return what programs get."""

import argparse
import os
from dataclasses import replace
from datetime import timedelta
from typing import Any

from rich.text import Text

from owner import (
    account,
    asking,
    drill,
    evidence,
    export,
    laptops,
    pack,
    pairing,
    show,
    signing,
    summary,
    thefts,
    verify,
)
from owner import session as sessions
from owner.bars import bar
from owner.client import Portal, check_url
from owner.desk import Desk
from owner.errors import BadInput, NotSignedIn, OwnerError, WeakPassword
from owner.outside import Outside
from owner.thefts import Mandate
from owner.typed import email_address, moment
from owner.verification import Trust
from shared.command import Wish
from shared.wishes import Alarm, Asked, Lock, Message, Wipe

Said = dict[str, Any]
Answer = tuple[bool, Said]  # whether all is well, and the JSON


def register(words: argparse.Namespace, here: Outside) -> Answer:
    portal = Portal(portal_url(words, here))
    password = here.password("Choose a password")
    if here.password("The same password again") != password:
        raise WeakPassword("The two passwords differ. Run the command again.")
    signed_in, code = account.register(portal, email_address(words.email), password)
    Desk(here, portal, signed_in.session).keep(signed_in)
    here.screen.print("Your account is ready, and this computer is signed in.\n")
    here.screen.print(Text(f"    {code}\n", style="bold"))
    here.screen.print(
        "This is your recovery code. It is shown once: write it on paper and keep it away from "
        "the laptop.\nIf you lose both the password and this code, the evidence is gone. Nobody "
        "can open it then, and neither can we."
    )
    return True, {"email": signed_in.session.email, "recovery_code": code}


def login(words: argparse.Namespace, here: Outside) -> Answer:
    url = portal_url(words, here)
    email = email_address(_remembered_email(here) if words.email is None else words.email)
    portal, seen = Portal(url), sessions.load_seen(here.home, url, email)
    password = here.password(f"Password of {email}")
    signed_in = account.login(portal, email, password, seen, lambda: words.code or here.code(_CODE))
    Desk(here, portal, signed_in.session).keep(signed_in)
    here.screen.print(Text(f"Signed in as {email}."))
    return True, {"email": email}


_CODE = "Code of your authenticator app, or a backup code"


def logout(words: argparse.Namespace, here: Outside) -> Answer:
    """The session leaves this disk even when the portal cannot be told."""
    told, said = True, "Signed out."
    try:
        desk_of(words, here).portal.post("/logout", {})
    except NotSignedIn:
        told, said = False, "Nobody is signed in on this computer now."
    except OwnerError:
        told = False
        said = "Signed out here. The portal could not be told; its session ends by itself."
    sessions.forget(here.home)
    here.screen.print(said)
    return True, {"portal_told": told}


def devices(words: argparse.Namespace, here: Outside) -> Answer:
    listed = laptops.listed(desk_of(words, here))
    if listed:
        show.devices(here.screen, listed)
    else:
        here.screen.print("No laptop yet. Start pairing on the laptop, then `homeward pair CODE`.")
    return not any(said["findings"] for said in listed), {"devices": listed}


def pair(words: argparse.Namespace, here: Outside) -> Answer:
    paired = pairing.pair(desk_of(words, here), words.code, words.name, agreed=words.yes)
    here.screen.print(Text(f"{paired.pins.name} is added."))
    here.screen.print(
        Text(f"The laptop must show the same fingerprint: {paired.fingerprint}\n"
             "If it shows another, remove the agent there and start again.")
    )  # fmt: skip
    return True, {
        "name": paired.pins.name,
        "device_id": paired.pins.device_id.hex(),
        "fingerprint": paired.fingerprint,
    }


def stolen(words: argparse.Namespace, here: Outside) -> Answer:
    lasts = timedelta(days=words.until_days)
    mandate = Mandate(lasts, words.note, not words.no_camera, words.tell_at_once)
    marked = thefts.stolen(desk_of(words, here), words.name, mandate, renew=words.renew)
    name, theft = marked.pins.name, marked.theft
    until = theft.until if theft else None
    here.screen.print(Text(_started(name, summary.clock(until), marked.changed)))
    return True, {"name": name, "until": until, "changed": marked.changed}


def _started(name: str, until: str, changed: bool) -> str:
    if not changed:
        return (f"{name} is marked as stolen already, until {until}. Nothing was changed; "
                "--renew moves the end.")  # fmt: skip
    return (
        f"{name} is marked as stolen. As soon as it is online it looks every five minutes: "
        "network, place, route, and a picture from each camera if you and its consent allow. "
        f"This ends by itself on {until}.\n`homeward devices` says when the laptop knows; "
        f"`homeward evidence` shows what it sends."
    )


def still_stolen(words: argparse.Namespace, here: Outside) -> Answer:
    """Only in answer to what the laptop has said: nobody can say it beforehand."""
    desk = desk_of(words, here)
    with bar(here.progress, "Fetching and checking reports") as advance:
        result = evidence.collect(desk, words.name, None, advance)
    seen = summary.usual_user_seen(result)
    if seen is None:
        raise BadInput(f"{words.name} does not say that its usual user is back, so pictures are "
                       "not held for that.")  # fmt: skip
    name = thefts.still_stolen(desk, words.name, seen).pins.name
    here.screen.print(
        Text(f"{name} goes on with pictures as soon as it hears of this. Whoever uses it reads "
             "at once that it is reported stolen.")
    )  # fmt: skip
    return True, {"name": name, "seen": seen}


def recovered(words: argparse.Namespace, here: Outside) -> Answer:
    marked = thefts.recovered(desk_of(words, here), words.name)
    here.screen.print(
        Text(f"{marked.pins.name} is marked as recovered. It stops looking as soon as it hears.")
    )
    return True, {"name": marked.pins.name, "changed": True}


def command(words: argparse.Namespace, here: Outside) -> Answer:
    command_id = thefts.send_command(desk_of(words, here), words.name, Wish(words.wish), {})
    here.screen.print("Sent. The laptop does it at its next check-in, and answers.")
    return True, {"command_id": command_id}


def alarm(words: argparse.Namespace, here: Outside) -> Answer:
    return _ask(words, here, Alarm(words.seconds))


def message(words: argparse.Namespace, here: Outside) -> Answer:
    return _ask(words, here, Message(words.text))


def lock(words: argparse.Namespace, here: Outside) -> Answer:
    return _ask(words, here, Lock())


def wipe(words: argparse.Namespace, here: Outside) -> Answer:
    """Confirmed twice: by the laptop's name, then by the password."""
    asked = Wipe(tuple(words.folder), tuple(words.home), words.forget, words.dry_run)
    typed = words.confirm
    if typed is None and not words.dry_run:
        typed = here.type("What is in these folders will be gone. To go on, type the laptop's "
                          f"name ({words.name}): ")  # fmt: skip
    return _ask(words, here, asked, typed)


def _ask(
    words: argparse.Namespace, here: Outside, asked: Asked, typed: str | None = None
) -> Answer:
    sent = asking.ask(desk_of(words, here), words.name, asked, typed)
    here.screen.print(
        Text(f"Sent. {sent.pins.name} hears of it as soon as it is online; `homeward evidence` "
             "shows its answer.")
    )  # fmt: skip
    return True, {"name": sent.pins.name, "command_id": sent.command_id}


def show_evidence(words: argparse.Namespace, here: Outside) -> Answer:
    desk = desk_of(words, here)
    if words.trust_new_portal_keys:
        evidence.trust_new_portal_keys(desk)
    with bar(here.progress, "Fetching and checking reports") as advance:
        result = evidence.collect(desk, words.name, None, advance)
    pins = desk.directory().find(words.name)
    result = result.since(moment(words.since))
    files: list[str] = []
    if words.open:
        with bar(here.progress, "Fetching pictures") as advance:
            result, pictures = evidence.pictures(evidence.from_portal(desk, advance), result)
        planned = export.layout(pins, result, pictures)
        export.write(words.open, planned)
        files = sorted(planned.evidence | planned.lists)
    show.evidence(here.screen, result)
    if words.open:
        here.screen.print(Text(f"{len(files)} files are in {words.open}."))
    return result.verified, summary.result_to_json(pins.name, result) | {"files": files}


def make_pack(words: argparse.Namespace, here: Outside) -> Answer:
    choice = pack.Choice(None if words.since is None else moment(words.since), words.only)
    pack.check_free(words.out)
    desk = desk_of(words, here)
    with bar(here.progress, "Fetching and checking reports") as advance:
        result = evidence.collect(desk, words.name, None, advance)
    shown = pack.choose(result, choice)
    with bar(here.progress, "Fetching pictures") as advance:
        named = replace(result, evidence=tuple(shown), forks=(), findings=())
        losses, pictures = evidence.pictures(evidence.from_portal(desk, advance), named)
    key = signing.unlock(desk, "sign the pack")
    directory = desk.directory()
    trust = Trust(directory, directory.find(words.name), desk.session.keys)
    made = pack.make(pack.Chosen(result, shown, pictures), trust, key, here.now())
    pack.write(words.out, made)
    findings = [finding.to_json() for finding in (*result.findings, *losses.findings)]
    for said in findings:
        here.screen.print(Text(f"{said['sentence']} [{said['code']}]", style="yellow"))
    here.screen.print(Text(f"{words.out} shows {len(shown)} of {len(result.evidence)} reports and "
                           f"{len(pictures)} pictures. `homeward verify` checks it."))  # fmt: skip
    return True, {
        "file": str(words.out),
        "shown": [one.seq for one in shown],
        "pictures": len(pictures),
        "findings": findings,
    }


def verify_pack(words: argparse.Namespace, here: Outside) -> Answer:
    found = verify.verify(words.file)
    verify.show(here.screen, found)
    said = verify.to_json(found)
    return bool(said["verified"]), said


def run_drill(words: argparse.Namespace, here: Outside) -> Answer:
    """Lines as it happens; the last one is the summary."""

    def tell(after_s: float, what: str) -> None:
        here.screen.print(Text(f"{after_s:7.2f} s  {what}"))
        words.emit({"after_s": round(after_s, 3), "what": what})

    if words.every is not None:
        return _drill_every(words, here)
    run = drill.run_at_home if words.at_home else drill.run
    said = run(desk_of(words, here), words.name, words.timeout, tell)
    show.sentences(here.screen, said["findings"], verified=said["verified"])
    return bool(said["verified"]), said


def _drill_every(words: argparse.Namespace, here: Outside) -> Answer:
    name = thefts.drill_every(desk_of(words, here), words.name, words.every).name
    often = f"every {words.every} days by itself" if words.every else "only when you ask for it"
    here.screen.print(Text(f"{name} rehearses a theft {often}, at home, with a test picture."))
    return True, {"name": name, "drill_days": words.every}


def desk_of(words: argparse.Namespace, here: Outside) -> Desk:
    session = sessions.load(here.home)
    wanted = words.portal or os.environ.get("HOMEWARD_PORTAL")
    if wanted and check_url(wanted) != session.portal:
        raise NotSignedIn(f"This computer is signed in at {session.portal}, not at {wanted}.")
    return Desk(here, Portal(session.portal, session.cookie), session)


def portal_url(words: argparse.Namespace, here: Outside) -> str:
    url = words.portal or os.environ.get("HOMEWARD_PORTAL")
    url = url or sessions.remembered_portal(here.home)
    if not url:
        raise BadInput("Which portal? Name its address with --portal, or set HOMEWARD_PORTAL.")
    return check_url(url)


def _remembered_email(here: Outside) -> str:
    try:
        return sessions.load(here.home).email
    except NotSignedIn:
        raise BadInput("Whose account? Run `homeward login EMAIL`.") from None
