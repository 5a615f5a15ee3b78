# Manual pages and documents.
EXTRA_DIST += docs/api.md docs/protocol.md
