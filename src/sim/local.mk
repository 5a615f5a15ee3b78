# Layer sim: many engines in virtual time, judged by what no node knows.
sim_files = \
	src/sim/actor.c src/sim/actor.h \
	src/sim/actor_disk.c \
	src/sim/actor_post.c \
	src/sim/actor_serve.c \
	src/sim/annals.c src/sim/annals.h \
	src/sim/chaos.c src/sim/chaos.h \
	src/sim/course.c src/sim/course.h \
	src/sim/dice.c src/sim/dice.h \
	src/sim/disk.c src/sim/disk.h \
	src/sim/disk_load.c \
	src/sim/judge.c src/sim/judge.h \
	src/sim/liar.c src/sim/liar.h \
	src/sim/model.c src/sim/model.h \
	src/sim/oracle.c src/sim/oracle.h \
	src/sim/play.c src/sim/play.h \
	src/sim/queue.c src/sim/queue.h \
	src/sim/settle.c src/sim/settle.h \
	src/sim/stage.c src/sim/stage.h \
	src/sim/stance.c src/sim/stance.h \
	src/sim/tale.c src/sim/tale.h \
	src/sim/verb.c src/sim/verb.h \
	src/sim/verb_lie.c \
	src/sim/verb_life.c \
	src/sim/verb_look.c \
	src/sim/verb_net.c \
	src/sim/verb_say.c \
	src/sim/verb_trust.c \
	src/sim/words.c src/sim/words.h
noinst_LIBRARIES += libsim.a
libsim_a_SOURCES = $(sim_files)
