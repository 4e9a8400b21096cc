/* Shared code of tasks.c and cancels.c: the functions of their tasks, and functions that report results. */
#pragma once

#include "scenario.h"

#define MS    CLOCK_US_PER_MS
#define NEVER (3600 * CLOCK_US_PER_S)

/* Names and numbers to pass to tasks as void pointers. */
extern char name_a[], name_b[], name_c[], name_task[], name_inner[];
extern gint32 integers[10]; /* 0 to 9 */

/* Functions of tasks. */
GVariant *number(void *n, GError **error); /* returns it */
GVariant *fails(void *arg, GError **error);
GVariant *sleeps(void *name, GError **error); /* sleeps forever; reports how it ends */
GVariant *two_steps(void *name, GError **error);
GVariant *await_and_give(void *future, GError **error); /* returns its result */

/* Creates a task on the running loop; begin_all() lets all tasks begin. */
Future *create(TaskFunc func, void *arg);
void begin_all(void);

/* Await a future and report the result. say_await_taken() also releases the future. */
void say_await(const char *what, Future *future);
void say_await_taken(const char *what, Future *future);
void say_await_timeout(const char *what, Future *future, gint64 timeout_us);

void say_task(Future *task);   /* reports whether it is done, cancelled */
void say_cancel(Future *task); /* cancels it and reports */
