/* Runs a fuzz target over every file in the directories given. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "fuzz.h"

#define LONGEST (1u << 20)

static int
run_file(const char *path)
{
	uint8_t *buf, *exact;
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL) {
		perror(path);
		return (-1);
	}
	buf = mem_alloc(LONGEST);
	n = fread(buf, 1, LONGEST, f);
	fclose(f);
	exact = mem_dup(buf, n); /* so that reading behind it is noticed */
	mem_free(buf);
	LLVMFuzzerTestOneInput(exact, n);
	mem_free(exact);
	return (0);
}

/* Return how many files were run, -1 if one could not be read. */
static int
run_directory(const char *path)
{
	char name[4096];
	struct dirent *e;
	int n = 0;
	DIR *dir = opendir(path);

	if (dir == NULL) {
		perror(path);
		return (-1);
	}
	while (n >= 0 && (e = readdir(dir)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		n = run_file(name) == 0 ? n + 1 : -1;
	}
	closedir(dir);
	return (n);
}

int
main(int argc, char *argv[])
{
	int i, n;

	for (i = 1; i < argc; i++) {
		if (argv[i][0] == '-')
			continue; /* meant for libFuzzer */
		if ((n = run_directory(argv[i])) <= 0) {
			fprintf(stderr, "no inputs in %s\n", argv[i]);
			return (1);
		}
		printf("%s: %d inputs\n", argv[i], n);
	}
	return (0);
}
