/* What tasks.c and cancels.c have in common: what their tasks do, and what is said of them. */
#pragma once

#include "scenario.h"

#define MS    CLOCK_US_PER_MS
#define NEVER (3600 * CLOCK_US_PER_S)

/* Names and numbers to hand to tasks, which take them as void pointers. */
extern char name_a[], name_b[], name_c[], name_task[], name_inner[];
extern gint32 integers[10]; /* 0 to 9 */

/* What the tasks do. */
GVariant *number(void *n, GError **error); /* gives it */
GVariant *fails(void *arg, GError **error);
GVariant *sleeps(void *name, GError **error); /* for ever; says how it ends */
GVariant *two_steps(void *name, GError **error);
GVariant *await_and_give(void *future, GError **error); /* its result */

/* A task on the loop that runs; and time for all of them to begin. */
Future *create(TaskFunc func, void *arg);
void begin_all(void);

/* Awaits, and says what comes of it. say_await_taken() releases the future. */
void say_await(const char *what, Future *future);
void say_await_taken(const char *what, Future *future);
void say_await_timeout(const char *what, Future *future, gint64 timeout_us);

void say_task(Future *task);   /* done, cancelled */
void say_cancel(Future *task); /* cancels it */
