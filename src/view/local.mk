# Layer view: questions to answers, pure functions of const state.
view_files = \
	src/view/rehearse.c src/view/rehearse.h
noinst_LIBRARIES += libview.a
libview_a_SOURCES = $(view_files)
