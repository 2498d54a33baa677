"""The TWS API on the wire: frames, field tables and the codec that reads both. No sockets, no state."""
