/* Shared code of the scenarios: functions that print observations, and files as signals. scenario.py is its
 * counterpart for Python, where the same scenario prints the same lines.
 *
 * A scenario is a function that prints what it observes, one line each. It runs in a process and an empty
 * directory of its own. Tasks, children and the scenario wait for each other with files in that directory,
 * which work alike for threads, for children and in both languages. */
#pragma once

#include <glib.h>

#include "base/clock.h"
#include "base/error.h"
#include "concurrent/child.h"
#include "concurrent/executor.h"
#include "concurrent/future.h"
#include "concurrent/task.h"

#define SHORT_US    (50 * CLOCK_US_PER_MS) /* for events that cannot happen meanwhile */
#define PATIENCE_US (60 * CLOCK_US_PER_S)  /* for events that must happen, however busy the machine is */

/* A scenario is called "GROUP/NAME"; its group decides how it is run. */
typedef struct {
    const char *name;
    void (*run)(void);
    TaskFunc task;                     /* instead of run: the first task of a loop (tasks.c, cancels.c) */
    void (*share)(Executor *executor); /* instead of run: called with an executor (executors.c) */
    guint workers;                     /* number of workers of this executor */
} Scenario;

/* A scenario with the name of its function. */
/* clang-format off */
#define SCENARIO(function)                 {.name = #function, .run = function}
#define TASK_SCENARIO(function)            {.name = #function, .task = function}
#define EXECUTOR_SCENARIO(function, count) {.name = #function, .share = function, .workers = (count)}
/* clang-format on */

/* Each array ends with a scenario without a name. */
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

/* The targets of tasks and children (targets.c), and the options of the children. */
extern const CallTable targets;
extern const ChildOptions children;

/* Takes an int, which is stored; or a text, with which it fails. */
gboolean initialize(GVariant *args, GError **error);

void say(const char *what, const char *value);
void say_bool(const char *what, gboolean value);
void say_int(const char *what, gint64 value);
void say_value(const char *what, GVariant *value);

/* "timeout", "cancelled", "error TEXT", "died", "refused". */
void say_error(const char *what, const GError *error);

/* Reports result, which is borrowed; or error, which is taken; or "end" if both are NULL. */
void say_outcome(const char *what, GVariant *result, GError *error);

/* Like say_outcome(), but releases result. */
void say_taken(const char *what, GVariant *result, GError *error);

/* Reports the result of future_result(). */
void say_result(const char *what, Future *future, gint64 timeout_us);

/* Reports the text of future_exception(), or "none". */
void say_exception(const char *what, Future *future, gint64 timeout_us);

/* Reports "accepted" or "refused". Takes ownership of error, which may be NULL. */
void say_accepted(const char *what, gboolean accepted, GError *error);

void say_states(Future *future); /* reports done, running, cancelled */

/* A loop on a context of its own, owned by the caller. */
Loop *new_loop(void);

void touch(const char *name);
void wait_for_file(const char *name);

/* Waits for a file while it runs the default context, for scenarios with executors or pools there: their
 * tasks begin only while the context runs. */
void serve_until_file(const char *name);
void write_line(const char *name, const char *text); /* appends in one write */
void say_lines(const char *name);

/* For loop_call_soon(). */
void touch_data(void *name);
