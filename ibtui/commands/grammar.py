"""The one grammar: the text of the `:` line, of `ibtui do` and of scripts becomes a command."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from ibtui.commands import command as commands
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import SYMBOL
from ibtui.domain.order import Side
from ibtui.domain.terms import OrderType, Terms, TimeInForce
from ibtui.domain.text.naming import meant
from ibtui.domain.text.number import NotANumberError, read_number, read_price

USAGE = {
    "buy": "buy QTY [USD of] SYMBOL @ PRICE|market|stop PRICE [tp PRICE] [sl PRICE] [day|gtc|ioc|minutes]",
    "sell": "sell QTY [USD of] SYMBOL @ PRICE|market|stop PRICE [tp PRICE] [sl PRICE] [day|gtc|ioc|minutes]",
    "close": "close SYMBOL [QTY] [@ PRICE] [outside]",
    "flatten": "flatten SYMBOL|all [outside]",
    "cancel": "cancel REF|SYMBOL|all",
    "settle": "settle REF REASON ...",
    "accept": "accept SYMBOL",
    "adjust": "adjust STRATEGY SYMBOL QUANTITY [@ PRICE]",
    "watch": "watch SYMBOL ...",
    "unwatch": "unwatch SYMBOL ...",
    "start": "start STRATEGY[.LABEL] [shadow] [replacing REF] [NAME=VALUE ...]",
    "stop": "stop STRATEGY|all [keep|close|hand]",
    "pause": "pause STRATEGY",
    "approve": "approve STRATEGY",
    "forget": "forget STRATEGY",
    "set": "set STRATEGY NAME=VALUE ...",
    "alert": "alert SYMBOL above|below PRICE",
    "alerts": "alerts",
    "unalert": "unalert NUMBER|SYMBOL|all",
    "since": "since",
    "halt": "halt",
    "resume": "resume [STRATEGY]",
}
"""How each command is written, for help and for the sentence after a mistake."""

_OPTION = re.compile(r"\d{6}[CP]\d{8}", re.ASCII)
"""What follows the root in the name of an option, after a blank where IB writes one."""
_STRATEGY = re.compile(r"[a-z][a-z0-9_]{0,31}(\.[A-Za-z0-9_-]{1,24})?")
_CURRENCY = re.compile(r"[A-Za-z]{3}", re.ASCII)
_LIVES = {tif.lower(): tif for tif in TimeInForce}
_LONGEST = 400


def parse(text: str) -> commands.Command:
    """The command that `text` says; raises IbtuiError `bad_command` with a sentence that shows the right form."""
    if len(text) > _LONGEST:
        raise IbtuiError("bad_command", f"That line has {len(text)} characters; a command has at most {_LONGEST}.")
    words = _Words(text)
    verb = words.take("a command").lower()
    reader = _READERS.get(verb)
    if reader is None:
        raise IbtuiError("bad_command", f"There is no command {verb[:20]!r}: {meant(verb, _READERS)}")
    words.usage = USAGE[verb]
    command = reader(words)
    words.end()
    return command


class _Words:
    """The words of a line, taken one by one, with an error that names what was expected."""

    def __init__(self, text: str) -> None:
        self._words = re.sub(r"@", " @ ", text).split()
        self._next = 0
        self.usage = ""

    def more(self) -> bool:
        return self._next < len(self._words)

    def take(self, what: str) -> str:
        if not self.more():
            raise self.wrong(f"{what} is missing")
        self._next += 1
        return self._words[self._next - 1]

    def next(self) -> str:
        """The word that `take` would give, in small letters; empty at the end."""
        return self._words[self._next].lower() if self.more() else ""

    def skip(self, word: str) -> bool:
        """Take this word if it is the next one."""
        found = self.next() == word
        self._next += found
        return found

    def rest(self) -> list[str]:
        words = self._words[self._next :]
        self._next = len(self._words)
        return words

    def end(self) -> None:
        if self.more():
            raise self.wrong(f"{self._words[self._next][:20]!r} is one word too many")

    def number(self, what: str) -> Decimal:
        number = self._read(what, read_number)
        if number <= 0:
            raise self.wrong(f"{what} must be more than 0")
        return number

    def _read(self, what: str, read: Callable[[str], Decimal]) -> Decimal:
        try:
            return read(self.take(what))
        except NotANumberError as error:
            if not error.instead:
                raise self.wrong(f"{what} {error}") from None
            raise IbtuiError("bad_command", f"{what[0].upper()}{what[1:]} {error}.") from None

    def price(self, what: str) -> Decimal:
        """A price of either sign, or 0: whether the instrument trades there is the gate's to say."""
        return self._read(what, read_price)

    def signed(self, what: str) -> Decimal:
        """A number of either sign, or 0."""
        return self._read(what, lambda text: read_number(text, signed=True))

    def symbol(self) -> str:
        word = self.take("the symbol").upper()
        if _OPTION.fullmatch(self.next().upper()):
            word += self.take("the option").upper()
        if not SYMBOL.fullmatch(word):
            raise self.wrong(f"{word[:20]!r} is not a symbol")
        return word

    def wrong(self, why: str) -> IbtuiError:
        return IbtuiError("bad_command", f"{why[0].upper()}{why[1:]}; write {self.usage}." if self.usage else f"{why}.")


def _trade(side: Side) -> Callable[[_Words], commands.Command]:
    def read(words: _Words) -> commands.Command:
        quantity, fields = words.number("the quantity"), dict[str, object]()
        paid_in = _money(words)
        if paid_in:
            quantity, fields["cash"] = Decimal(0), quantity
        symbol = words.symbol()
        while words.more():
            _option(words, fields)
        if "type" not in fields:
            raise words.wrong("say at what price: @ PRICE, or market")
        exits = {name: fields.pop(name) for name in ("target", "protect") if name in fields}
        terms = Terms(side=side, quantity=quantity, symbol=symbol, **fields)  # type: ignore[arg-type]
        return commands.Trade(terms=terms, paid_in=paid_in, **exits)  # type: ignore[arg-type]

    return read


def _money(words: _Words) -> str:
    """Take `USD of`, if it comes next: the currency of an amount of money."""
    currency, of = (*words._words[words._next : words._next + 2], "", "")[:2]
    if not (_CURRENCY.fullmatch(currency) and of.lower() == "of"):
        return ""
    words._next += 2
    return currency.upper()


def _option(words: _Words, fields: dict[str, object]) -> None:
    word = words.take("a price").lower()
    if word in ("@", "at") and words.next() in ("market", "mkt", "stop", "stp"):
        word = words.take("a price").lower()
    if word in ("@", "at", "limit", "lmt"):
        new: dict[str, object] = {"type": OrderType.LMT, "limit_price": words.price("the limit price")}
    elif word in ("market", "mkt"):
        new = {"type": OrderType.MKT}
    elif word in ("stop", "stp"):
        new = {"type": OrderType.STP, "stop_price": words.price("the stop price")}
    elif word == "tp":
        new = {"target": words.price("the target price")}
    elif word == "sl":
        new = {"protect": words.price("the stop-loss price")}
    elif word in _LIVES:
        new = {"tif": _LIVES[word]}
    else:
        raise words.wrong(f"{word[:20]!r} is not understood here")
    if new.keys() & fields.keys():
        raise words.wrong(f"{word!r} says something a second time")
    fields.update(new)


def _close(words: _Words) -> commands.Command:
    symbol = words.symbol()
    quantity = price = None
    outside = False
    while words.more():
        if _outside(words):
            outside = True
            break
        word = words.take("a price")
        if word in ("@", "at"):
            price = words.price("the limit price")
        else:
            words._next -= 1
            quantity = words.number("the quantity")
    return commands.Close(symbol=symbol, quantity=quantity, limit_price=price, outside=outside)


def _flatten(words: _Words) -> commands.Command:
    return commands.Flatten(target=_target(words, "a symbol or all"), outside=_outside(words))


def _outside(words: _Words) -> bool:
    """Take the word `outside`, if it comes next."""
    said = words.next().lower() == "outside"
    if said:
        words.take("outside")
    return said


def _settle(words: _Words) -> commands.Command:
    ref = words.take("the order's ref")
    reason = [words.take("the reason"), *words.rest()]
    return commands.Settle(ref=ref, reason=" ".join(reason))


def _adjust(words: _Words) -> commands.Command:
    strategy, symbol, quantity = _strategy(words), words.symbol(), words.signed("the quantity")
    price = words.price("the price") if words.skip("@") or words.skip("at") else None
    return commands.Adjust(strategy=strategy, symbol=symbol, quantity=quantity, price=price)


def _target(words: _Words, what: str) -> str:
    word = words.take(what)
    return word.lower() if word.lower() == "all" else word


def _symbols(words: _Words) -> tuple[str, ...]:
    symbols = [words.symbol()]
    while words.more():
        symbols.append(words.symbol())
    return tuple(symbols)


def _strategy(words: _Words) -> str:
    name = words.take("the strategy's name")
    name = name[:1].lower() + name[1:]
    if not _STRATEGY.fullmatch(name):
        raise words.wrong(f"{name[:20]!r} is not a strategy's name")
    return name


def _start(words: _Words) -> commands.Command:
    name = _strategy(words)
    shadow = words.skip("shadow")
    replaces = words.take("the ref of the order").lower() if words.skip("replacing") else ""
    if shadow and replaces:
        raise words.wrong("a shadow sends nothing, so it replaces no order")
    return commands.Start(strategy=name, parameters=_parameters(words, words.rest()), shadow=shadow, replaces=replaces)


def _parameters(words: _Words, rest: list[str]) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for word in rest:
        key, equals, value = word.partition("=")
        if not equals or not key.isidentifier() or not value:
            raise words.wrong(f"a parameter is written name=value, not {word[:20]!r}")
        parameters[key] = value
    return parameters


def _set(words: _Words) -> commands.Command:
    name = _strategy(words)
    parameters = _parameters(words, words.rest())
    if not parameters:
        raise words.wrong("a parameter is missing")
    return commands.Set(strategy=name, parameters=parameters)


def _stop(words: _Words) -> commands.Command:
    name = _strategy(words)
    then = words.take("what to do").lower() if words.more() else "keep"
    if then not in ("keep", "close", "hand"):
        raise words.wrong(f"{then[:20]!r} must be keep, close or hand")
    return commands.Stop(strategy=name, then=then)  # type: ignore[arg-type]


def _alert(words: _Words) -> commands.Command:
    symbol = words.symbol()
    where = words.take("above or below").lower()
    if where not in ("above", "below", ">", "<"):
        raise words.wrong(f"{where[:20]!r} must be above or below")
    return commands.Alert(symbol=symbol, above=where in ("above", ">"), price=words.price("the price"))


_READERS: dict[str, Callable[[_Words], commands.Command]] = {
    "buy": _trade(Side.BUY),
    "sell": _trade(Side.SELL),
    "close": _close,
    "flatten": _flatten,
    "cancel": lambda words: commands.Cancel(target=_target(words, "a ref, a symbol or all")),
    "settle": _settle,
    "accept": lambda words: commands.Accept(symbol=words.symbol()),
    "adjust": _adjust,
    "watch": lambda words: commands.Watch(symbols=_symbols(words)),
    "unwatch": lambda words: commands.Unwatch(symbols=_symbols(words)),
    "start": _start,
    "stop": _stop,
    "pause": lambda words: commands.Pause(strategy=_strategy(words)),
    "approve": lambda words: commands.Approve(strategy=_strategy(words)),
    "forget": lambda words: commands.Forget(strategy=_strategy(words)),
    "set": _set,
    "alert": _alert,
    "alerts": lambda words: commands.ListAlerts(),
    "since": lambda words: commands.TellSince(),
    "unalert": lambda words: commands.Unalert(target=_target(words, "a number, a symbol or all")),
    "halt": lambda words: commands.Halt(),
    "resume": lambda words: commands.Resume(strategy=_strategy(words) if words.more() else ""),
}
