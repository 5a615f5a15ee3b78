# The rule against an independent, slow one in Python.
check_PROGRAMS += tests/oracle/rehearse_times
tests_oracle_rehearse_times_LDADD = libview.a libvirbl.a $(SODIUM_LIBS)
EXTRA_DIST += tests/oracle/oracle.sh tests/oracle/oracle.py
TESTS += tests/oracle/oracle.sh

# Clearances through a whole engine, in any order of arrival.
check_PROGRAMS += tests/oracle/clearances
tests_oracle_clearances_LDADD = libvirbl.a $(SODIUM_LIBS)
EXTRA_DIST += tests/oracle/clearances.sh tests/oracle/clearances.py
TESTS += tests/oracle/clearances.sh

check-oracle: tests/oracle/rehearse_times tests/oracle/clearances
	srcdir=$(srcdir) $(srcdir)/tests/oracle/oracle.sh --full
	srcdir=$(srcdir) $(srcdir)/tests/oracle/clearances.sh --rounds 2000
