/* What the scenarios have in common: a vocabulary for what is observed, and files as signals. scenario.py is
 * its counterpart for Python; the same scenario prints the same lines there.
 *
 * A scenario is a function that prints what it observes, one line each. It runs in a process and an empty
 * directory of its own, and a file there is how tasks, children and the scenario wait for each other: it
 * means the same to threads, to children and to both languages. */
#pragma once

#include <glib.h>

#include "base/clock.h"
#include "base/error.h"
#include "concurrent/child.h"
#include "concurrent/executor.h"
#include "concurrent/future.h"
#include "concurrent/task.h"

#define SHORT_US    (50 * CLOCK_US_PER_MS) /* for what cannot end meanwhile */
#define PATIENCE_US (60 * CLOCK_US_PER_S)  /* for what must end, however busy the machine is */

/* "GROUP/NAME" is how it is called; its group decides how it is run. */
typedef struct {
    const char *name;
    void (*run)(void);
    TaskFunc task;                     /* instead of run: the first task of a loop (tasks.c, cancels.c) */
    void (*share)(Executor *executor); /* or with an executor (executors.c) */
    guint workers;                     /* that this executor has */
} Scenario;

/* One whose name is that of its function. */
/* clang-format off */
#define SCENARIO(function)                 {.name = #function, .run = function}
#define TASK_SCENARIO(function)            {.name = #function, .task = function}
#define EXECUTOR_SCENARIO(function, count) {.name = #function, .share = function, .workers = (count)}
/* clang-format on */

/* Each ends with a scenario without a name. */
extern const Scenario cancels_scenarios[];
extern const Scenario deliberate_scenarios[];
extern const Scenario executors_scenarios[];
extern const Scenario futures_scenarios[];
extern const Scenario loops_scenarios[];
extern const Scenario pools_scenarios[];
extern const Scenario processes_scenarios[];
extern const Scenario tasks_scenarios[];
extern const Scenario threads_scenarios[];
extern const Scenario workers_scenarios[];

/* What tasks and children can do (targets.c), and the children's side of it. */
extern const CallTable targets;
extern const ChildOptions children;

/* Takes an int for whoever runs the calls, or a text: then it fails with that. */
gboolean initialize(GVariant *args, GError **error);

void say(const char *what, const char *value);
void say_bool(const char *what, gboolean value);
void say_int(const char *what, gint64 value);
void say_value(const char *what, GVariant *value);

/* "timeout", "cancelled", "error TEXT", "died", "refused". */
void say_error(const char *what, const GError *error);

/* A result, which is borrowed; or error, which is taken; or "end" if there is neither. */
void say_outcome(const char *what, GVariant *result, GError *error);

/* The same of a result that is the caller's: releases it. */
void say_taken(const char *what, GVariant *result, GError *error);

/* future_result() and what it gives. */
void say_result(const char *what, Future *future, gint64 timeout_us);

/* future_exception(): its text or "none". */
void say_exception(const char *what, Future *future, gint64 timeout_us);

/* "accepted" or "refused"; error may be NULL, and is taken. */
void say_accepted(const char *what, gboolean accepted, GError *error);

void say_states(Future *future); /* done, running, cancelled */

/* A loop on a context of its own. The caller's. */
Loop *new_loop(void);

void touch(const char *name);
void wait_for_file(const char *name);

/* The same for a scenario with executors or pools on the default context: what they have submitted begins
 * while somebody runs that. */
void serve_until_file(const char *name);
void write_line(const char *name, const char *text); /* appends, in one piece whoever else does */
void say_lines(const char *name);

/* For loops: these take what loop_call_soon() wants. */
void touch_data(void *name);
