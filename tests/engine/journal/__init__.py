"""The journal and the safety file: what is on the disk before it is acted upon."""
