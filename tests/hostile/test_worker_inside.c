/* A compromised worker: what it tries inside its sandbox is refused. This also holds if root runs the test,
 * which otherwise would be refused nothing. The attempts are in inside_*.c. */
#include <criterion/criterion.h>
#include <errno.h>

#include "../sandbox/without_calls.h"
#include "daemon/worker/worker_rules.h"
#include "worker_inside.h"

Machine machine;

static gboolean enter(SandboxDemand demand)
{
    static const guint16 ports[] = {INSIDE_PORT};
    SandboxState state;

    return worker_rules_enter(&(WorkerReach){.imager = machine.program,
                                             .ca_files = {machine.ca_file, ""},
                                             .source_directory = machine.source,
                                             .destination_directory = machine.destination,
                                             .ports = ports,
                                             .n_ports = G_N_ELEMENTS(ports),
                                             .modes = 0755,
                                             .demand = demand},
                              &state, NULL) != NULL;
}

gboolean inside_enter(void)
{
    return enter(SANDBOX_REQUIRED);
}

gboolean inside_enter_without_landlock(void)
{
    static const char *const calls[] = {"landlock_create_ruleset", NULL};

    return without_calls(calls, EPERM) && enter(SANDBOX_BEST_EFFORT);
}

static void begin(void)
{
    machine_init(&machine);
}

static void end(void)
{
    machine_clear(&machine);
}

TestSuite(worker_inside, .init = begin, .fini = end);
