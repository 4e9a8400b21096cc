#include "tests/daemon/dispatch/verdicts.h"

#include "base/timer.h"
#include "daemon/verdict/appeal.h"
#include "daemon/verdict/witness.h"

gboolean verdicts_store_answers = TRUE;
gboolean verdicts_is_refused = TRUE;
guint verdicts_witnesses;

/* The witness and the appeal: each answers from the main loop. */

struct Witness {
    Timer *timer;
    WitnessFunc func;
    void *data;
};

static void on_witness(void *data)
{
    const Witness *witness = data;

    witness->func(verdicts_store_answers, witness->data);
}

Witness *witness_ask(Store *store, const char *key, GMainContext *context, WitnessFunc func, void *data)
{
    Witness *witness = g_new0(Witness, 1);

    (void)store;
    (void)key;
    verdicts_witnesses++;
    *witness = (Witness){timer_new(context, on_witness, witness), func, data};
    timer_set(witness->timer, 0);
    return witness;
}

void witness_free(Witness *witness)
{
    if (witness == NULL)
        return;
    timer_free(witness->timer);
    g_free(witness);
}

struct Appeal {
    AppealOptions options;
    Timer *timer;
};

static void on_appeal(void *data)
{
    const Appeal *appeal = data;

    appeal->options.func(verdicts_is_refused, appeal->options.data);
}

Appeal *appeal_new(const AppealOptions *options)
{
    Appeal *appeal = g_new0(Appeal, 1);

    *appeal = (Appeal){*options, timer_new(options->context, on_appeal, appeal)};
    timer_set(appeal->timer, 0);
    return appeal;
}

void appeal_free(Appeal *appeal)
{
    if (appeal == NULL)
        return;
    timer_free(appeal->timer);
    g_free(appeal);
}
