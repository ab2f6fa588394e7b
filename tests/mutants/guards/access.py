"""Who may call: sessions, permissions, idempotency keys, rate limits."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

ACCESS = "mall/kernel/http/access.py"
IDEMPOTENCY = "mall/kernel/http/idempotency.py"
TOKENS = "mall/users/sessions.py"
STAFF_TOKENS = "mall/staff/sessions.py"
AUTHORITY = "mall/staff/authority.py"
LOGIN = "mall/staff/logging_in.py"
SESSIONS = ("tests/users/test_sessions.py",)
KEYS = ("tests/orders/test_placing.py", "tests/journeys/test_payment_refunds.py")
ADMINISTRATION = ("tests/staff/test_administration.py",)
LOGINS = ("tests/staff/test_login.py",)
CONSOLE = "mall/console/sessions.py"
DOORS = ("tests/console/test_doors.py",)

MUTANTS = (
    Mutant(
        "staff without the permission are let in",
        ACCESS,
        "    if not lets_in(rule, found):\n        raise NotPermitted\n",
        "",
        ("tests/payments/test_repricing.py", *ADMINISTRATION),
    ),
    Mutant(
        "a route without a rule is open",
        ACCESS,
        "        raise NoAccessRule",
        "        return",
        ("tests/contract/test_access.py",),
    ),
    Mutant(
        "a stranger is let in",
        ACCESS,
        '    if rule.kind in ("shopper", "staff", "console"):\n',
        '    if rule.kind == "staff" or "Authorization" in request.headers:\n',
        ("tests/contract/test_access.py",),
    ),
    Mutant(
        "a form without the page's token is taken",
        CONSOLE,
        "    if not hmac.compare_digest(given.encode(), "
        "_form_token(token_of(incoming)).encode()):\n"
        "        raise FormNotTrusted\n",
        "",
        DOORS,
    ),
    Mutant(
        "a form of another origin is taken",
        CONSOLE,
        "    if origin is not None and not is_own:\n        raise FormNotTrusted\n",
        "",
        DOORS,
    ),
    Mutant(
        "a form of another site is taken",
        CONSOLE,
        ' or site not in (None, "same-origin")',
        "",
        DOORS,
    ),
    Mutant(
        "the login leads anywhere",
        "mall/console/login.py",
        'return address if is_plain and f"{parts.path}/".startswith(f"{PREFIX}/") else PREFIX',
        "return address",
        ("tests/console/test_login.py",),
    ),
    Mutant(
        "all shoppers share their keys",
        ACCESS,
        'return f"shopper:{principal.user_id}"',
        'return "shopper"',
        (*KEYS, "tests/kernel/test_rate_limits.py"),
    ),
    Mutant(
        "a key answers for another body",
        IDEMPOTENCY,
        "    if kept.request_hash != fingerprint:\n"
        "        raise IdempotencyKeyReused(param=HEADER)\n",
        "",
        KEYS,
    ),
    Mutant(
        "a repeated request is worked off again",
        IDEMPOTENCY,
        "            if kept is not None:\n                return _replay(kept, fingerprint)\n",
        "",
        KEYS,
    ),
    Mutant(
        "a request without a key is worked off",
        IDEMPOTENCY,
        "        raise IdempotencyKeyRequired(param=HEADER)",
        '        key = ""',
        KEYS,
    ),
    Mutant(
        "a request is worked off beside its repeat",
        IDEMPOTENCY,
        "    if not row.taken:\n        raise RequestInFlight\n",
        "",
        ("tests/races/test_placing.py", "tests/races/test_limits.py"),
        "`_keep` finds the key taken, and all is rolled back: the answer is the same",
    ),
    Mutant(
        "a shopper's token never ends",
        TOKENS,
        "        UserToken.expires_at > func.now(),\n",
        "",
        SESSIONS,
    ),
    Mutant(
        "a blocked shopper stays logged in",
        TOKENS,
        "        User.blocked_at.is_(None),\n",
        "",
        (*SESSIONS, "tests/users/test_shoppers.py"),
    ),
    Mutant(
        "a closed account stays logged in",
        TOKENS,
        "        User.closed_at.is_(None),\n",
        "",
        (*SESSIONS, "tests/users/test_closing.py"),
        "closing an account ends its tokens: `tests/users/test_closing.py`",
    ),
    Mutant(
        "a closed account gets a token",
        TOKENS,
        "WHERE id = :user_id AND closed_at IS NULL RETURNING id",
        "WHERE id = :user_id RETURNING id",
        ("tests/races/test_closing_account.py", "tests/users/test_closing.py"),
    ),
    Mutant(
        "logging out leaves the token",
        TOKENS,
        "    session.execute(delete(UserToken).where(UserToken.id == token_id))",
        "    session.execute(delete(UserToken).where(UserToken.id == -token_id))",
        SESSIONS,
    ),
    Mutant(
        "a staff member's token never ends",
        STAFF_TOKENS,
        "s.token_hash = :hash AND s.expires_at > now() AND",
        "s.token_hash = :hash AND",
        (*LOGINS, *ADMINISTRATION),
    ),
    Mutant(
        "a disabled staff member stays logged in",
        STAFF_TOKENS,
        "s.expires_at > now() AND m.disabled_at IS NULL",
        "s.expires_at > now()",
        (*LOGINS, *ADMINISTRATION),
        "disabling somebody ends their sessions: `tests/staff/test_administration.py`",
    ),
    Mutant(
        "a disabled staff member's sessions go on",
        "mall/staff/members.py",
        "        if disabled:\n            sessions.revoke_all(session, staff_id)\n",
        "",
        ADMINISTRATION,
        "the session of a disabled member isn't found: `tests/staff/test_administration.py`",
    ),
    Mutant(
        "staff pass on what they don't hold",
        AUTHORITY,
        "    if not all(actor.may(permission) for permission in permissions):\n"
        "        raise BeyondOwnPermissions\n",
        "    return\n",
        ADMINISTRATION,
    ),
    Mutant(
        "the last administrator is disabled",
        AUTHORITY,
        "    if not has_admin(session):\n        raise LastAdmin\n",
        "    return\n",
        ADMINISTRATION,
    ),
    Mutant(
        "the built-in role is changed",
        "mall/staff/roles.py",
        "    if role.built_in:\n        raise RoleBuiltIn\n",
        "",
        ADMINISTRATION,
    ),
    Mutant(
        "a password is set for who holds more",
        "mall/staff/members.py",
        "        require_own(actor, permissions_of(session, staff_id))\n",
        "",
        ADMINISTRATION,
    ),
    Mutant(
        "passwords are guessed without end",
        LOGIN,
        "                func.coalesce(StaffMember.locked_until, text(\"'-infinity'\"))\n"
        "                <= func.clock_timestamp(),\n",
        "",
        LOGINS,
    ),
    Mutant(
        "a disabled staff member logs in",
        LOGIN,
        "                StaffMember.username == username,\n"
        "                StaffMember.disabled_at.is_(None),\n",
        "                StaffMember.username == username,\n",
        (*LOGINS, *ADMINISTRATION),
        "`clear_failures` refuses a disabled member, too",
    ),
    Mutant(
        "any password logs in",
        LOGIN,
        "    if known is None or not right:\n",
        "    if known is None:\n",
        LOGINS,
    ),
    Mutant(
        "a rate limit lets all pass",
        "mall/kernel/http/limits.py",
        "            if wait_s:\n                REFUSED",
        "            if wait_s < 0:\n                REFUSED",
        ("tests/kernel/test_rate_limits.py",),
    ),
    Mutant(
        "a rate limit counts all addresses as one",
        "mall/kernel/http/limits.py",
        "_limiter().wait_s(limit, name, by()) if limit else 0",
        "_limiter().wait_s(limit, name) if limit else 0",
        ("tests/kernel/test_rate_limits.py",),
    ),
)
