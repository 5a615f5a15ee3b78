# Manual pages and documents.
EXTRA_DIST += docs/api.md docs/openapi.yaml docs/protocol.md
dist_man_MANS += docs/man/virbl.1
dist_man_MANS += docs/man/virbld.8
