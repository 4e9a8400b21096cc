#include "daemon/supervisor/pass_fates.h"

#include "base/log.h"
#include "batch/fate_log.h"
#include "daemon/supervisor/pass_state.h"

static void tell(const GError *error)
{
    log_event(LOG_WARNING, "the report of objects is not written", "reason", error->message, NULL);
}

void pass_fates_begin(Pass *pass)
{
    g_autoptr(GError) error = NULL;

    if (pass->options.dry_run || pass->options.is_collection)
        return;
    pass->report->fates = fate_log_open(pass->options.config, &error);
    if (error != NULL)
        tell(error);
}

void pass_fates_flush(const Pass *pass)
{
    g_autoptr(GError) error = NULL;

    if (!fate_log_flush(pass->report->fates, &error))
        tell(error);
}

void pass_fates_end(Pass *pass)
{
    fate_log_free(g_steal_pointer(&pass->report->fates));
}
