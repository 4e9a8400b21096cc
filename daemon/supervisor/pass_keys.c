#include "daemon/supervisor/pass_keys.h"

#include "daemon/supervisor/pass_log.h"
#include "daemon/supervisor/pass_objects.h"
#include "daemon/supervisor/pass_state.h"

/* Objects for which the destination is asked, or will be: beyond that no more keys are looked up. */
#define MAX_HELD 64u

static void on_found(StoreObject *object, Diff *diff, void *data)
{
    Pass *pass = data;

    if (!pass->stopped)
        pass_take_found(pass, object, diff);
    store_object_free(object);
}

static void on_poke(void *data)
{
    pass_poke(data);
}

void pass_keys_prepare(Pass *pass, void (*on_page)(const SweepPage *page, void *data))
{
    g_autoptr(GError) error = NULL;
    const KeyWalkOptions options = {.config = pass->options.config,
                                    .order = pass->order,
                                    .source = pass->stores->source,
                                    .scope = &pass->options.scope,
                                    .report = pass->report,
                                    .on_page = on_page,
                                    .on_found = on_found,
                                    .on_refused = pass_take_refused,
                                    .on_poke = on_poke,
                                    .data = pass};

    if (pass->options.scope.list == NULL)
        return;
    pass->walk = key_walk_new(pass->options.keys_fd, &options, pass->context, &error);
    if (pass->walk == NULL)
        pass_give_up(pass, "cannot read the list of keys", NULL, error);
}

void pass_keys_step(Pass *pass, SweepLeave leave, gboolean wants_objects)
{
    const gboolean is_asked =
        key_walk_step(pass->walk, leave, wants_objects && held_count(pass->held) < MAX_HELD);

    if (is_asked && store_watch_leave(pass->watch, TRUE) == OUTAGE_PROBE)
        store_watch_begin_probe(pass->watch);
    if (pass->stopped || !key_walk_is_done(pass->walk))
        return;
    pass->all_listed = TRUE;
    if (pass->report->objects.listed == 0)
        pass_log_no_keys(pass->stores->source);
    g_clear_pointer(&pass->walk, key_walk_free);
}
