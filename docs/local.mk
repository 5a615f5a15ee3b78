# Manual pages and documents.
EXTRA_DIST += docs/abuse-desk.md docs/api.md docs/dependencies.md docs/dns.md docs/formats.md docs/join.md docs/listing.md docs/mailserver.md docs/monitoring.md docs/openapi.yaml docs/operations.md docs/policy.md docs/protocol.md docs/setup.md
EXTRA_DIST += docs/simulator.md
monitoringdir = $(pkgdatadir)/monitoring
dist_monitoring_DATA = docs/monitoring/grafana.json docs/monitoring/rules.yml
dist_man_MANS += docs/man/virbl.1
dist_man_MANS += docs/man/virbld.8
dist_man_MANS += docs/man/virbl.conf.5
