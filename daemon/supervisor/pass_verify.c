#include "daemon/supervisor/pass_verify.h"

#include "daemon/supervisor/pass_state.h"

static void on_finding(const char *source_key, const char *output_key, Difference difference,
                       const char *text, void *data)
{
    const Pass *pass = data;

    pass->options.on_finding(source_key, output_key, difference_name(difference), text != NULL ? text : "",
                             pass->options.data);
}

static void on_poke(void *data)
{
    pass_poke(data);
}

static gboolean open_inspector(Pass *pass)
{
    g_autoptr(GError) error = NULL;

    pass->inspector = inspector_new(&(InspectorOptions){.config = pass->options.config,
                                                        .proxies = pass->options.proxies,
                                                        .source = pass->stores->source,
                                                        .destination = pass->stores->destination,
                                                        .report = pass->report},
                                    pass->context, &error);
    if (pass->inspector == NULL)
        pass_give_up(pass, "cannot start workers", NULL, error);
    return pass->inspector != NULL;
}

gboolean pass_verify_prepare(Pass *pass, void (*on_object)(const StoreObject *object, Diff *diff,
                                                           GArray *differing, void *data))
{
    const Verification *order = &pass->options.verification;

    if (!order->is_wanted)
        return TRUE;
    if (order->decodes && !open_inspector(pass))
        return FALSE;
    pass->verifier = verifier_new(&(VerifierOptions){.config = pass->options.config,
                                                     .destination = pass->stores->destination,
                                                     .inspector = pass->inspector,
                                                     .report = pass->report,
                                                     .sample = order->sample,
                                                     .seed = order->seed,
                                                     .on_finding = on_finding,
                                                     .on_object = on_object,
                                                     .on_poke = on_poke,
                                                     .data = pass},
                                  pass->context);
    return TRUE;
}

gboolean pass_verify_takes(const Pass *pass, const StoreObject *object, Diff *diff)
{
    return pass->verifier != NULL && !pass->stopped && verifier_take(pass->verifier, object, diff);
}

gboolean pass_verify_wants_more(const Pass *pass)
{
    return pass->verifier == NULL || verifier_wants_more(pass->verifier);
}

void pass_verify_step(const Pass *pass)
{
    if (pass->verifier != NULL && pass->all_listed && held_count(pass->held) == 0)
        verifier_end(pass->verifier);
}

gboolean pass_verify_is_done(const Pass *pass)
{
    return pass->verifier == NULL || pass->stopped || verifier_is_done(pass->verifier);
}

gboolean pass_verify_has_findings(const Pass *pass)
{
    const RunReport *report = pass->report;

    if (pass->options.dry_run)
        return difference_count(report) > 0;
    return report->verify.unreachable > 0 || difference_count_mendable(report) > report->outputs.made;
}

void pass_verify_free(Pass *pass)
{
    verifier_free(pass->verifier);
    inspector_free(pass->inspector);
}
