"""Invitations: codes with which people register where not everybody may."""

from __future__ import annotations

from dataclasses import replace

from chatdaemon.realm.accounts import Invitation
from chatdaemon.realm.entry import Entry
from chatdaemon.realm.events import Event, InvitationChanged
from chatdaemon.realm.modes import Privilege
from chatdaemon.realm.refusal import Reason, Refusal
from chatdaemon.realm.requests import CreateInvitation, RevokeInvitation
from chatdaemon.realm.rules.acting import privileged, told
from chatdaemon.realm.settings import UNLIMITED
from chatdaemon.realm.state import State, User
from chatdaemon.realm.table import applies

LONGEST_CODE = 64


def _has_lapsed(invitation: Invitation, at: int) -> bool:
    return 0 < invitation.until <= at


def good_invitation(state: State, code: str | None, at: int) -> Invitation:
    """The invitation with this code. Raises Refusal when it is none, or no longer good."""
    invitation = state.invitations.get(code or "")
    if invitation is None or _has_lapsed(invitation, at):
        raise Refusal(Reason.INVITATION_NEEDED)
    return invitation


def use_invitation(state: State, invitation: Invitation, by: User | None) -> InvitationChanged:
    """Somebody has registered with it: it is good one time less."""
    uses = invitation.uses - 1
    if uses:
        state.invitations[invitation.code] = replace(invitation, uses=uses)
    else:
        del state.invitations[invitation.code]
    # Its code is the one that made it known; nobody else is told.
    audience, who = told(by)
    return InvitationChanged(audience, who, invitation.code, uses)


@applies(CreateInvitation)
def create_invitation(state: State, entry: Entry, request: CreateInvitation) -> tuple[Event, ...]:
    """A code that is no longer good can be made anew."""
    by = privileged(state, entry, Privilege.ACCOUNTS)
    code = request.code
    if not 0 < len(code) <= LONGEST_CODE or not code.isascii() or not code.isprintable() or " " in code:
        text = f"A code is at most {LONGEST_CODE} ASCII characters, with no space"
        raise Refusal(Reason.BAD_SETTING_VALUE, "invitation", text)
    if not 0 < request.uses <= UNLIMITED:
        raise Refusal(Reason.BAD_SETTING_VALUE, "uses", "An invitation is good once at least")
    if request.until < 0 or 0 < request.until <= entry.at:
        raise Refusal(Reason.BAD_SETTING_VALUE, "until", "An invitation cannot end before now")
    old = state.invitations.get(code)
    if old is not None and not _has_lapsed(old, entry.at):
        raise Refusal(Reason.INVITATION_EXISTS, code)
    maker = "server" if by is None else by.account or by.nick
    state.invitations[code] = Invitation(code, maker, request.uses, request.until)
    audience, who = told(by)
    return (InvitationChanged(audience, who, code, request.uses),)


@applies(RevokeInvitation)
def revoke_invitation(state: State, entry: Entry, request: RevokeInvitation) -> tuple[Event, ...]:
    by = privileged(state, entry, Privilege.ACCOUNTS)
    if state.invitations.pop(request.code, None) is None:
        raise Refusal(Reason.NO_SUCH_INVITATION, request.code)
    audience, who = told(by)
    return (InvitationChanged(audience, who, request.code, 0),)
