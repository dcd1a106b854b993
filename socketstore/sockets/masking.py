"""What may be shown of an address, a header or a text: everything but its secrets."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import unquote

from socketstore.sockets.secrets import is_secret_name, looks_secret

MASK = "***"

HANDSHAKE_NONCES = frozenset({"sec-websocket-key", "sec-websocket-accept"})
"""Headers that hold a key by name alone: it is good for one handshake and nothing else."""

# RFC 3986, appendix B, which fits every text: nonsense is masked like anything else.
_PARTS = re.compile(r"(?s)(?:([^:/?#]*):)?(?://([^/?#]*))?([^?#]*)(\?[^#]*)?(#.*)?")
_SPLIT_PASSWORD = re.compile(
    r"(?s)(?!\[)[^:@/]*:(?!\d*(?:[/?#]|$)).*@"
)  # "user:pa/ss@host", where "/" ought to be "%2F"
_USER_INFO = re.compile(r"[^/?#:]*:[^/?#]*@")
# Each of these begins where no earlier character would fit: so they take linear time, also for what is made to be slow.
_ADDRESS_IN_TEXT = re.compile(r"(?<![\w+.-])[\w+.-]*://[^\s'\"<>]+")
_NAME_IN_TEXT = re.compile(  # also "token.0=", as findings of a validation have it, "API key:", and "user[token]="
    r"((?<![\w%.-])[\w%-]++(?:\.[\w%-]++)++(?==)|(?<![\w%-])[\w%-]++(?:[ ][Kk](?:ey|EY)\b|(?:\[\w*\])++)?)"
    r"(\\*+['\"]?\]?\s*+(?:=>|!?=+|:=?)\s*+)"
)
_VALUE_IN_TEXT = re.compile(
    r"(?s)(?:[bru]{1,2}(?=\\*+['\"]))?(\\*+['\"])?"  # in quotes up to the same again, also as JSON in JSON; else ...
    r"(?(1)(?:(?!\1)(?:\\.|.))*+|(?:(?:Basic|Bearer|Token|Negotiate|ApiKey|Bot|JWT|Key|NTLM|Splunk|SSWS)[ \t]+"
    r"|(?:Digest|AWS4[\w-]*|OAuth|Hawk|Signature)[ \t][^\r\n]*)?(?:\*{3}(?=[]})\\])|<[^<>\r\n]*+>|[^\s'\"&;,<>]*))",
    re.IGNORECASE,
)
_COLLECTION_IN_TEXT = re.compile(r"[\w.]*+[\[({]")  # JSON, or what Python shows of a value
_BRACKETS = re.compile(r"(?s)(['\"])(?:\\.|(?!\1).)*+\1?|[\[\](){}]")
_LINE_BREAK = re.compile(r"[\r\n]")
_WHOLE_LINES = frozenset({"cookie", "set-cookie"})  # as headers: what stands behind ";" are values as well
_WORDS_APART: tuple[tuple[type[BaseException], tuple[str, ...]], ...] = (  # which stand in no ``args`` any more
    (OSError, ("strerror", "filename", "filename2")),
    (UnicodeError, ("reason",)),
)
_ERRORS = ("Error", "Exception", "Warning")  # "KeyError: 'x'" is a sentence
_BETWEEN_PAIRS = re.compile(r"([&;?#])")
_BETWEEN_SEGMENTS = re.compile(r"([/;&])")
_WIDE_RUN = re.compile(r"[\w%.~+/=-]{16,}", re.ASCII)  # "/", "+" and "=" as in base64
_RUN = re.compile(r"[\w%.~+=-]{16,}", re.ASCII)


def mask_url(url: str) -> str:
    """Return an address, of a server or a proxy, with ``***`` in the place of its secrets.

    These are the password before the host; parameters, and segments of the path behind a name, that are called like
    a secret (``token=``, ``listenKey=``, ``/token/...``); and whatever looks like one, in any place but the host:
    a JSON Web Token, or at least 24 letters and digits without sense. Scheme, host, port and the rest stay as they are.
    Never raises, also for what is no address.
    """
    text = url if isinstance(url, str) else repr(url)
    clean = re.sub(r"[\t\r\n]", "", text)  # as urllib does, so that "to\nken=" is known again
    fitting = _PARTS.fullmatch(clean)
    scheme, authority, path, query, fragment = fitting.groups("") if fitting else ("", "", "", "", "")
    if fitting is None or fitting[2] is None:
        return mask_text(re.sub(r"(?s)^.*@", f"{MASK}@", clean) if _USER_INFO.match(clean) else clean)
    before = f"{scheme}:" if fitting[1] is not None else ""
    rest = clean[len(before) + 2 :]
    if "@" not in authority and _SPLIT_PASSWORD.match(rest):
        return f"{before}//{MASK}@{mask_url('//' + rest.rpartition('@')[2])[2:]}"
    return f"{before}//{_mask_authority(authority)}{_mask_path(path)}{_mask_pairs(query)}{_mask_pairs(fragment)}"


def mask_text(text: str) -> str:
    """Return a text, such as that of an error or a log, with ``***`` for the secrets that can be told as such."""
    with_addresses = _ADDRESS_IN_TEXT.sub(lambda found: mask_url(found[0]), text)
    return _mask_runs(mask_pairs_in_text(with_addresses), _RUN)


def mask_path(path: str) -> str:
    """Return the path and query of a request with ``***`` in the place of their secrets."""
    return mask_url(f"//{path}") if not path.startswith("/") else mask_url(f"ws://host{path}")[len("ws://host") :]


def mask_header(name: str, value: str) -> str:
    """Return what may be shown of the value of a header."""
    lowered = name.lower()
    if lowered == "sec-websocket-protocol":
        return ", ".join(_mask_value(part.strip()) for part in value.split(","))
    if lowered in HANDSHAKE_NONCES:
        return value
    return MASK if is_secret_name(name) else mask_text(value)


def mask_error(error: BaseException, hide: Callable[[str], str] = str) -> None:
    """Mask the texts of a foreign error and of those that it came from, or holds, which tracebacks show.

    Args:
        error: the error.
        hide: hides secrets that are known beforehand.
    """
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        waiting += [one.__cause__, one.__context__, *(one.exceptions if isinstance(one, BaseExceptionGroup) else ())]
        _mask_words(one, lambda word: _mask_word(word, hide))


def _mask_words(error: BaseException, mask: Callable[[Any], Any]) -> None:
    error.args = tuple(map(mask, error.args))
    words = {name: word for name, word in vars(error).items() if isinstance(word, str)}
    vars(error).update((name, mask(word)) for name, word in words.items())  # some make their text of these
    if getattr(error, "__notes__", None):
        error.__notes__ = [mask(note) for note in error.__notes__]
    for kind, names in _WORDS_APART:
        for name in names if isinstance(error, kind) else ():
            if isinstance(word := getattr(error, name, None), str):
                setattr(error, name, mask(word))


def _mask_word(word: Any, hide: Callable[[str], str]) -> Any:
    """Return a text with its secrets masked, and ``***`` for a collection in which there is one."""
    if isinstance(word, str):
        return hide(mask_text(word))
    if isinstance(word, (bytes, dict, list, tuple, set)):
        text = repr(word)
        return word if hide(mask_text(text)) == text else MASK
    return word


def _mask_authority(authority: str) -> str:
    before, at, host = authority.rpartition("@")
    user, colon, _ = before.partition(":")
    shown = _mask_value(user) if colon else MASK  # a lone name is often a token
    return f"{shown}{':' + MASK if colon else ''}@{host}" if at else authority


def _mask_path(path: str) -> str:
    pieces = _BETWEEN_SEGMENTS.split(path)
    named = ["", "", *pieces]  # the segment before each, two places back since what lies between is kept
    return "".join(
        MASK if piece and piece != "/" and is_secret_name(before) and "=" not in before else _mask_pair(piece)
        for before, piece in zip(named, pieces, strict=False)
    )


def _mask_pairs(text: str) -> str:
    pairs = "".join(map(_mask_pair, _BETWEEN_PAIRS.split(text)))
    return _mask_runs(_mask_runs(pairs, _WIDE_RUN), _RUN)


def _mask_pair(pair: str) -> str:
    """Mask ``name=value``, or a value alone."""
    name, equals, value = pair.partition("=")
    if not equals:
        return _mask_value(pair)
    return f"{name}={MASK}" if value and (is_secret_name(unquote(name)) or _holds_secret(unquote(value))) else pair


def _holds_secret(value: str) -> bool:
    """Tell whether a value is a secret, an address with more than a path, or JSON with a secret in it."""
    if looks_secret(value) or ("://" in value and ("@" in value or "=" in value)):
        return True
    return mask_pairs_in_text(value) != value


def mask_pairs_in_text(text: str, is_secret: Callable[[str], bool] = is_secret_name) -> str:
    """Mask ``name=value``, ``name: value`` and ``"name": "value"`` in a text where the name is that of a secret."""
    shown, place = [], 0
    while pair := secret_pair(text, place, is_secret):
        shown.append(text[place : pair.value])
        shown.append(MASK if pair.end > pair.value else "")
        place = pair.end
    return "".join([*shown, text[place:]])


class SecretPair(NamedTuple):
    """Where a secret and its name stand in a text.

    Attributes:
        begin: where the name begins.
        value: where the secret does, behind its quotation mark.
        end: where it ends.
    """

    begin: int
    value: int
    end: int


def secret_pair(text: str, place: int, is_secret: Callable[[str], bool], end: int = sys.maxsize) -> SecretPair | None:
    """Find the next ``name=value`` or its like where the name is that of a secret, and stands between two places."""
    while found := _NAME_IN_TEXT.search(text, place, end):
        place = found.end()
        if _names_secret(found, is_secret) and not _heads_another(found, is_secret):
            return SecretPair(found.start(), *_value_behind(found))
    return None


def _names_secret(name: re.Match[str], is_secret: Callable[[str], bool]) -> bool:
    return is_secret(unquote(name[1])) and not name[1].endswith(_ERRORS)


def _heads_another(name: re.Match[str], is_secret: Callable[[str], bool]) -> bool:
    """Tell a word before a colon that only stands before the pair that counts: ``expected TokenShown: token='...'``."""
    if ":" not in name[2] or name[1].lower() in _WHOLE_LINES:
        return False
    inner = _NAME_IN_TEXT.match(name.string, name.end())
    return inner is not None and "=" in inner[2] and _names_secret(inner, is_secret)


def _value_behind(name: re.Match[str]) -> tuple[int, int]:
    """Return where the value of a name begins, and where it ends."""
    text, begin = name.string, name.end()
    if name[1].lower() in _WHOLE_LINES and ":" in name[2] and text[begin : begin + 1] not in ("'", '"'):
        line = _LINE_BREAK.search(text, begin)
        return begin, line.start() if line else len(text)
    if collection := _COLLECTION_IN_TEXT.match(text, begin):
        return begin, _end_of_collection(text, collection.end() - 1)
    value = _VALUE_IN_TEXT.match(text, begin)
    if value is None:
        return begin, begin
    return begin if value[1] is None else value.end(1), value.end()


def _end_of_collection(text: str, begin: int) -> int:
    """Return the place behind the bracket that closes this one; the end of the text if none does."""
    depth = 0
    for found in _BRACKETS.finditer(text, begin):
        depth += (found[0] in "[({") - (found[0] in "])}")
        if depth == 0:
            return found.end()
    return len(text)


def _mask_value(value: str) -> str:
    return MASK if looks_secret(unquote(value)) else _mask_runs(value, _RUN)


def _mask_runs(text: str, run: re.Pattern[str]) -> str:
    return run.sub(lambda found: MASK if looks_secret(unquote(found[0])) else found[0], text)
