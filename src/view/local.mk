# Layer view: questions to answers, pure functions of const state.
view_files =
noinst_LIBRARIES += libview.a
libview_a_SOURCES = $(view_files)
