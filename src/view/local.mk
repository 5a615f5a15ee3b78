# Layer view: questions to answers, pure functions of const state.
view_files = \
	src/view/problem.c src/view/problem.h \
	src/view/rehearse.c src/view/rehearse.h \
	src/view/sighting.c src/view/sighting.h
noinst_LIBRARIES += libview.a
libview_a_SOURCES = $(view_files)
libview_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(SODIUM_CFLAGS)
