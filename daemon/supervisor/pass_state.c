#include "daemon/supervisor/pass_state.h"

#include "base/clock.h"
#include "daemon/supervisor/pass_log.h"

void pass_poke(Pass *pass)
{
    if (!pass->finished)
        timer_set(pass->step, 0);
}

void pass_halt(Pass *pass, gboolean at_once)
{
    if (pass->finished)
        return;
    if (!pass->stopped)
        patience_set(pass->deadline, pass->options.config->stop_timeout_ms * CLOCK_US_PER_MS);
    pass->stopped = TRUE;
    g_clear_pointer(&pass->listing, store_listing_free);
    g_clear_pointer(&pass->precondition, precondition_free);
    pass->precondition_waits = FALSE;
    pass->recipes_wait = FALSE;
    if (pass->recipes_awaited)
        g_clear_pointer(&pass->in_force, in_force_free);
    pass->recipes_awaited = FALSE;
    if (pass->collector != NULL)
        collector_stop(pass->collector);
    if (pass->verifier != NULL)
        pass->left += verifier_stop(pass->verifier);
    pass->left += held_count(pass->held);
    held_drop(pass->held);
    if (pass->dispatcher != NULL && at_once)
        dispatcher_abort(pass->dispatcher);
    else if (pass->dispatcher != NULL)
        dispatcher_stop(pass->dispatcher);
    pass_poke(pass);
}

void pass_give_up(Pass *pass, const char *message, const char *url, const GError *error)
{
    pass_log_end(message, url, error);
    pass->unusable = TRUE;
    pass_halt(pass, FALSE);
}
