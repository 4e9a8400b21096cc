/* A dispatcher whose stores, workers and clock are made in memory: what tests of dispatching begin with. */
#pragma once

#include "daemon/dispatch/dispatcher.h"
#include "daemon/protocol/object_result.h"
#include "daemon/protocol/object_task.h"
#include "tests/base/moved_clock.h"
#include "tests/concurrent/children.h"
#include "tests/daemon/dispatch/verdicts.h"
#include "tests/store/memory_store.h"

typedef struct {
    GMainContext *context;
    Config *config;
    Store *source;
    Store *destination;
    StoreWatch *watch;
    FailureMemory *memory;
    RunReport *report;
    Dispatcher *dispatcher;
    ProcessExecutor *workers; /* borrowed */
    guint rooms;              /* calls of on_room */
} Bench;

/* more: lines of YAML beside, or in place of, two buckets, outputs `a` and `b`, and one worker with two tasks
 * in flight. */
void bench_open(Bench *bench, const char *more);

/* Like bench_open(), with a ledger in this file. */
void bench_open_with_ledger(Bench *bench, const char *more, const char *ledger);
void bench_close(Bench *bench);

/* An object in the source that needs both outputs, handed to the dispatcher. */
void bench_add(Bench *bench, const char *key);

/* Number of objects that workers have. */
guint bench_open_tasks(const Bench *bench);

/* The task of the i-th object that workers have. Owned by the caller. */
ObjectTask *bench_task(const Bench *bench, guint i);

/* The key of that object, without its scheme. Owned by the caller. */
char *bench_key(const Bench *bench, guint i);

/* Workers answer the i-th task: both outputs made; the object failed, after it was read if its bytes are to
 * blame; its n-th output failed. */
void bench_make(Bench *bench, guint i);
void bench_fail(Bench *bench, guint i, ErrorClass class, const char *reason);
void bench_fail_output(Bench *bench, guint i, guint n, ErrorClass class);

/* result is taken. */
void bench_answer(Bench *bench, guint i, ObjectResult *result);

/* Lets time pass. */
void bench_wait(Bench *bench, guint seconds);

/* Adds n objects: 000.jpg, 001.jpg, ... */
void bench_add_many(Bench *bench, guint n);

/* Asserts which object the i-th task is for. */
void bench_assert_key(const Bench *bench, guint i, const char *expected);

/* The i-th failure of the report, which must have one. */
const ReportFailure *bench_failure(const Bench *bench, guint i);

/* Answers every task with success until nothing is left. */
void bench_make_all(Bench *bench);
