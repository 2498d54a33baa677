"""The journal's tables: an append-only log of events, and projections of it that make a start quick."""

SCHEMA_VERSION = 1
APPLICATION_ID = 0x69627475
"""`ibtu`, so that `file` and a wrong path are told apart."""

SCHEMA = """
CREATE TABLE event (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,           -- aware UTC, ISO 8601
    run TEXT NOT NULL,          -- one engine process
    kind TEXT NOT NULL,
    ref TEXT,
    order_id INTEGER,
    perm_id INTEGER,
    exec_id TEXT,
    payload TEXT NOT NULL       -- JSON
);
CREATE INDEX event_ref ON event (ref) WHERE ref IS NOT NULL;
CREATE TRIGGER event_is_not_changed BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER event_is_not_deleted BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TABLE ord (ref TEXT PRIMARY KEY, done INTEGER NOT NULL, changed TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX ord_open ON ord (done, changed);
CREATE TABLE exec (
    base TEXT PRIMARY KEY,      -- what all corrections of an execution share
    ref TEXT NOT NULL,
    strategy INTEGER NOT NULL,  -- 1 when its owner is a strategy, whose position is the sum of all its fills
    at TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX exec_at ON exec (strategy, at);
CREATE TABLE pos (symbol TEXT PRIMARY KEY, quantity TEXT NOT NULL);
CREATE TABLE id_hwm (client_id INTEGER PRIMARY KEY, max_order_id INTEGER NOT NULL);
CREATE TABLE kv (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
