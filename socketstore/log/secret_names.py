"""Which names stand for a secret: one of a list, or one that has it as a part."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from socketstore.errors import UsageError

REDACTED = ("authorization", "token", "password", "secret", "api_key", "cookie")
"""The names whose values are not written into a log unless it is told otherwise."""

ABOUT_IT = frozenset("count counts type types limit limits length size expiry expires ttl".split())  # noqa: SIM905
"""What stands behind such a word when the value is something about the secret: ``token_count``, ``token_type``."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")

Words = tuple[str, ...]


def secret_names(names: Iterable[str]) -> Callable[[str], bool]:
    """Return a function that tells whether a name is one of these, or has one of them as a part.

    Capitals do not count. Parts are words: ``access_token``, ``accessToken``, ``X-API-Key`` and ``set-cookie`` have
    one; ``tokenizer`` has none. A word that only ends in the name counts (``accesstoken``, ``apikeys``).

    Raises:
        UsageError: they are not names.
    """
    listed = tuple(map(_checked, names))

    @lru_cache(maxsize=4096)
    def is_secret(name: str) -> bool:
        words = _words(name)
        return any(_is_part(secret, words) for secret in listed)

    return is_secret


def traces(names: Iterable[str]) -> tuple[str, ...]:
    """Return, for each of these names, what a text holds if one like it stands there, once A to Z are small letters.

    Other letters may be large, or escaped: of a name without a word of A to Z, that is nothing in particular.
    """
    return tuple({max(filter(str.isascii, _words(name)), key=len, default=""): None for name in names})


def _checked(name: object) -> Words:
    words = _words(name) if isinstance(name, str) else ()
    if not words:
        message = f"redact= holds {name!r}; expected names, such as 'token'"
        raise UsageError(message)
    return words


def _words(name: str) -> Words:
    return tuple(word.lower() for word in _WORDS.findall(name))


def _is_part(secret: Words, words: Words) -> bool:
    joined = "".join(secret)
    for start in range(len(words)):
        for end in range(start + 1, min(start + len(secret), len(words)) + 1):
            run = "".join(words[start:end])
            if run.removesuffix("s").endswith(joined) and not ABOUT_IT.intersection(words[end : end + 1]):
                return True
    return False
