"""Commands that move no order themselves, each of which is answered by one sentence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, get_args

from ibtui.commands.command import Alert, Command, Forget, Pause, Resume, Set, Stop, Unalert, Unwatch, Watch
from ibtui.domain.alert import PriceAlert
from ibtui.domain.dispatch import handlers
from ibtui.engine.commands.switch import Switch
from ibtui.engine.market.watchlist import Watchlist
from ibtui.engine.outside.alerts import Alerts
from ibtui.engine.strategies.supervisor import Supervisor

_Switched = Watch | Unwatch | Stop | Pause | Set | Forget | Resume | Alert | Unalert
SWITCHES: tuple[type[Command], ...] = get_args(_Switched)


class Switches:
    """The watchlist, the price alerts and what strategies do."""

    def __init__(self, *, watchlist: Watchlist, switch: Switch, alerts: Alerts, supervisor: Supervisor) -> None:
        self._watchlist = watchlist
        self._switch = switch
        self._alerts = alerts
        self._supervisor = supervisor
        deeds: dict[type, Callable[[Any], Awaitable[str]]] = {
            Watch: self._watch,
            Unwatch: self._unwatch,
            Stop: self._stop,
            Pause: self._pause,
            Set: self._set,
            Forget: self._forget,
            Resume: self._resume,
            Alert: self._alert,
            Unalert: self._unalert,
        }
        self._deeds = handlers(_Switched, deeds)

    async def carry(self, command: Command) -> str:
        """Carry out one of `SWITCHES`; raises IbtuiError where it is refused."""
        return await self._deeds[type(command)](command)

    async def _watch(self, command: Watch) -> str:
        return f"watching {', '.join(await self._watchlist.add(command.symbols))}"

    async def _unwatch(self, command: Unwatch) -> str:
        return f"no longer watching {', '.join(self._watchlist.remove(command.symbols))}"

    async def _stop(self, command: Stop) -> str:
        return await self._switch.stop(command.strategy, command.then)

    async def _pause(self, command: Pause) -> str:
        return self._supervisor.pause(command.strategy)

    async def _set(self, command: Set) -> str:
        return await self._supervisor.change(command.strategy, command.parameters)

    async def _forget(self, command: Forget) -> str:
        return self._supervisor.forget(command.strategy)

    async def _resume(self, command: Resume) -> str:
        return self._supervisor.resume(command.strategy) if command.strategy else await self._switch.resume()

    async def _alert(self, command: Alert) -> str:
        instrument = await self._watchlist.resolve(command.symbol)
        alert = PriceAlert(number=0, symbol=instrument.symbol, above=command.above, price=command.price)
        return self._alerts.add(alert)

    async def _unalert(self, command: Unalert) -> str:
        return self._alerts.remove(command.target)
