"""Exit codes: every error code of the program belongs to one, so that scripts can tell what to do next."""

from __future__ import annotations

from msgspec import Struct


class Exit(Struct, frozen=True):
    """One exit code, what it means, and the error codes that lead to it."""

    status: int
    meaning: str
    codes: tuple[str, ...]


EXITS: tuple[Exit, ...] = (
    Exit(0, "done", ()),
    Exit(1, "a failure nobody foresaw; the message says where the log is", ("internal",)),
    Exit(2, "the command or the configuration is not written right; nothing was done",
         ("bad_command", "bad_config", "bad_parameter", "bad_key", "bad_id", "bad_bar", "usage", "replay_file",
          "replay_empty", "replay_parquet", "state_file", "bad_signal", "no_extra", "too_many_signals",
          "too_many_alerts", "no_alert", "bad_data", "no_bars", "no_data", "no_contract",
          "no_cluster")),
    Exit(3, "the engine is not there, is there already, or does not answer",
         ("no_engine", "engine_running", "engine_version", "timeout", "start_failed", "bad_message",
          "too_many_requests")),
    Exit(4, "not connected to IB, or not to the right account",
         ("not_connected", "not_active", "refused", "no_answer", "client_id_in_use", "wrong_account", "incomplete",
          "port_in_use", "cannot_listen", "lost", "stale_connection", "reconnected", "search_failed", "no_history",
          "history_paced")),
    Exit(5, "the order did not pass a rule of this program: nothing was sent, or a flatten did not close everything",
         ("halted", "read_only", "bad_quantity", "bad_order", "bad_ticket", "too_large", "off_tick",
          "price_collar", "stale_quote", "duplicate", "duplicate_order", "bad_order_id", "too_many_orders",
          "bad_bracket", "would_increase", "would_flip", "untradeable", "token_used", "token_expired", "price_moved",
          "no_position", "no_order", "not_settled", "not_listed", "not_arrived", "no_number", "number_taken",
          "unknown_order", "order_done", "not_ours", "journal_failed", "no_quote", "uncovered", "id_taken", "bad_combo",
          "over_limit", "instrument_halted", "delayed_quotes", "too_fast", "held", "not_held", "not_closed",
          "order_ids_spent", "buying_power", "count_moved", "no_lines", "not_workable", "no_rate")),
    Exit(6, "the instrument is unknown, or the name fits several", ("unknown_symbol", "ambiguous_symbol", "no_option")),
    Exit(7, "IB rejected the order", ("rejected",)),
    Exit(8, "no answer, of IB in 5 s or of the engine: the order may be working; look, or ask again with the same --id",
         ("unknown", "unanswered", "interrupted")),
    Exit(9, "the strategy is unknown or failed, or may not do that",
         ("unknown_strategy", "strategy_failed", "strategy_on", "strategy_limit", "bad_strategy", "changed_file",
          "unsafe_file", "no_file", "too_long", "no_process", "stopped", "not_approved", "not_running", "held_back",
          "bad_memory", "from_strategy", "still_holds", "not_its_share")),
)  # fmt: skip

_STATUS = {code: entry.status for entry in EXITS for code in entry.codes}


def status_of(code: str) -> int:
    """The exit code that an error code leads to; 1 for one that no table knows."""
    return _STATUS.get(code, 1)
