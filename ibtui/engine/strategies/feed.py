"""What strategies and the recording are told of what happens."""

from __future__ import annotations

from ibtui.domain.quote import Quote
from ibtui.engine.market.recorder import Recorder
from ibtui.engine.strategies.telling import Telling
from ibtui.engine.truth.state import State


class Feed:
    """Joins what runs are told, and the recorder, to the state.

    Bars and recording take the same moment of a quote, so that a recording played back makes the same bars.
    """

    def __init__(self, state: State, telling: Telling, recorder: Recorder) -> None:
        self._telling = telling
        self._recorder = recorder
        listeners = state.listeners
        listeners.quote.append(self._quoted)
        listeners.order += [telling.on_order, recorder.on_fact]
        listeners.fill += [telling.on_fill, recorder.on_fact]
        listeners.signal += [telling.on_signal, recorder.on_fact]
        listeners.position.append(telling.on_position)
        state.holds.listeners.append(telling.on_hold)
        listeners.decision.append(recorder.on_decision)
        listeners.connection.append(recorder.on_connection)
        listeners.said.append(recorder.on_said)

    def _quoted(self, quote: Quote) -> None:
        moment = self._recorder.moment()
        self._telling.on_quote(quote, moment)
        self._recorder.on_quote(quote, moment)
