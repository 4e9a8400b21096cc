/* A folder that stands for a machine's root, with the files of /proc and /sys that a test writes. */
#pragma once

/* Its path; NULL before machine_setup() and after machine_teardown(). */
extern char *machine_root;

/* For TestSuite's .init and .fini. */
void machine_setup(void);
void machine_teardown(void);

/* Writes a file; path is relative to the root, and its folders are made. */
void machine_put(const char *path, const char *text);
