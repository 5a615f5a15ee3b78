# The rule against an independent, slow one in Python.
check_PROGRAMS += tests/oracle/rehearse_times
tests_oracle_rehearse_times_LDADD = libview.a libvirbl.a $(SODIUM_LIBS)
EXTRA_DIST += tests/oracle/oracle.sh tests/oracle/oracle.py
TESTS += tests/oracle/oracle.sh

check-oracle: tests/oracle/rehearse_times
	srcdir=$(srcdir) $(srcdir)/tests/oracle/oracle.sh --full
