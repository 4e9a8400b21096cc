/* A service whose supervisors and clock are made in memory: what tests of it begin with. */
#pragma once

#include "daemon/protocol/exit_code.h"
#include "daemon/protocol/messages.h"
#include "daemon/service/service.h"
#include "tests/base/moved_clock.h"
#include "tests/concurrent/children.h"

typedef struct {
    char *folder; /* with the configuration, the state directory and a socket of the service manager */
    char *config_path;
    Service *service;
    int notify_fd;
    gboolean is_deaf; /* supervisors do not answer pings */
} Bench;

/* The result of encoders_check() in these tests. */
extern gboolean bench_can_encode;

/* more: lines of YAML beside two directories and one output. */
void bench_open(Bench *bench, const char *more);
void bench_close(Bench *bench);

/* Writes the configuration again. */
void bench_configure(const Bench *bench, const char *more);

/* Starts what is to be started, answers pings, and runs what is due. */
void bench_settle(Bench *bench);
void bench_wait(Bench *bench, guint seconds);

/* The i-th supervisor, from the oldest, or NULL. */
ProcessExecutor *bench_supervisor(guint i);

/* Number of open requests for this target at the i-th supervisor. */
guint bench_asked(guint i, const char *target);

/* Both stores answer; the service is ready, and begins a pass. */
void bench_start(Bench *bench);

/* The pass of the i-th supervisor ends. */
void bench_end_pass(Bench *bench, guint i, ExitCode exit);

/* The i-th supervisor answers its oldest open request for this target. */
void bench_return(Bench *bench, guint i, const char *target, GVariant *result);

ServicePhase bench_phase(const Bench *bench);

/* Everything that the service manager was told since the last call: owned by the caller. */
char *bench_take_notes(const Bench *bench);
