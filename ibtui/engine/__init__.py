"""One per profile: session, desk, journal, state and supervisor behind a Unix socket."""
