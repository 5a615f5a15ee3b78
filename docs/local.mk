# Manual pages and documents.
EXTRA_DIST += docs/api.md docs/openapi.yaml docs/protocol.md
