"""How a secret is told from other words: by its name, or by its looks."""

from __future__ import annotations

import re
from itertools import pairwise

SHORTEST = 24
"""Characters from which on a string without sense is taken for a secret."""

LONGEST_WORD = 32
"""Letters of one case in a row, from which on they are no word."""

# Wherever they stand in a name: "accessToken", "x-amz-signature", "jsessionid".
_TELLING_PARTS = re.compile(
    r"token|secret|passw|passphrase|passcode|signature|credential|session|api-?_?key|access_?key|listen_?key"
    r"|private_?key|jwt|bearer|cookie|auth(?!or(?!i[sz]))",
    re.IGNORECASE,
)
_TELLING_WORDS = frozenset(
    "key keys apikey sig sign pass pwd pw code otp totp pin sid hmac ticket jws saml sas".split(),  # noqa: SIM905
)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_PREFIXED = re.compile(r"(?:eyJ[\w-]{8,}|(?:sk|pk|rk|gh[a-z]|xox[a-z]|glpat|AKIA|ASIA)[-_A-Z0-9][\w-]{14,})", re.ASCII)
_SEPARATORS = re.compile(r"[\s._~+/=%-]")


def is_secret_name(name: str) -> bool:
    """Tell whether a parameter or header of this name holds a secret."""
    if _TELLING_PARTS.search(name):
        return True
    return any(word.lower() in _TELLING_WORDS for word in _WORDS.findall(name))


def looks_secret(value: str) -> bool:
    """Tell whether a value is a key, a token or a signature, whatever its name is."""
    if _PREFIXED.match(value):
        return True
    letters = _SEPARATORS.sub("", value)
    long_enough = len(value) >= SHORTEST and len(letters) > SHORTEST * 3 / 4
    return long_enough and letters.isascii() and letters.isalnum() and _is_senseless(letters, value)


def _is_senseless(letters: str, value: str) -> bool:
    """Tell random characters from words by how often digits, capitals and small letters take turns."""
    longest = max(map(len, _SEPARATORS.split(value)))
    kinds = {_kind(letter) for letter in letters}
    if len(kinds) == 1:
        return letters.isdigit() or longest >= LONGEST_WORD
    if "0" in kinds and longest >= SHORTEST:
        return True
    turns = sum(_kind(one) != _kind(other) for one, other in pairwise(letters))
    return turns / len(letters) > (0.15 if "0" in kinds else 0.4)


def _kind(letter: str) -> str:
    return "0" if letter.isdigit() else "A" if letter.isupper() else "a"
