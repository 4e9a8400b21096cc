/* A whole supervisor in the process of its test: with its targets, over stores, workers, a clock and a state folder
 * that are made in memory. Failures end the test (Criterion). */
#pragma once

#include "base/clock.h"
#include "batch/report.h"
#include "concurrent/call.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/meter.h"
#include "daemon/protocol/progress.h"
#include "tests/base/moved_clock.h"
#include "tests/concurrent/children.h"
#include "tests/daemon/dispatch/verdicts.h"
#include "tests/store/memory_store.h"

/* Times of objects: an output is made after its original. */
#define OLD_S 1000000000
#define NEW_S 1000000100
#define NOW_S 1000000200 /* of the stores' clock */

typedef struct {
    GMainContext *context;
    Store *source, *destination;
    GString *logged;   /* messages, each followed by ";" */
    GString *planned;  /* "SOURCE -> OUTPUT;" */
    GString *findings; /* "OUTPUT DIFFERENCE;" */
    Progress progress; /* the last one */
    Meter metered;     /* sum of all increments */
    guint backlog;     /* messages that the parent has not read */
    char *recipes;     /* content of the destination's file of recipes, or NULL */
} SupervisorBench;

extern SupervisorBench bench;

/* TEST(name) { ... } is the body of a test, within a supervisor. */
#define TEST(name)                                                                                           \
    static void name(void);                                                                                  \
    Test(supervisor, name)                                                                                   \
    {                                                                                                        \
        bench_open(name);                                                                                    \
    }                                                                                                        \
    static void name(void)

void bench_open(void (*func)(void));

/* Orders */

typedef struct {
    Call base;
    GVariant *value; /* NULL until it is answered, or with an error */
    GError *error;
} Answer;

void answer_free(Answer *answer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Answer, answer_free)

/* args floating is sunk. */
Answer *bench_request(const char *target, GVariant *args);

/* more: lines of YAML beside, or in place of, two buckets, an output `a` of WebP, and one worker with four tasks in
 * flight. Floating. */
GVariant *bench_config(const char *more);

/* With credentials. Floating. */
GVariant *bench_environment(void);

/* A pass, whose workers have started. keys: a text with a key on each line that the pass is about, or NULL for all. */
Answer *bench_run_order(const char *more, const RunOrder *order, const char *keys);
Answer *bench_run(const char *more);

/* Workers */

ProcessExecutor *bench_workers(void);
guint bench_open_tasks(void);

/* Workers answer the oldest task. class: of its failure, or -1. */
void bench_answer_task(gint class);

/* Answers every task in this way until the order is answered. */
void bench_answer_all(const Answer *answer, gint class);

/* The report of a pass that is answered. Owned by the caller. */
RunReport *bench_report(const Answer *answer);

/* Adds n originals: 000.jpg, 001.jpg, ... */
void bench_add_many(guint n);

void bench_assert_logged(const char *message);
