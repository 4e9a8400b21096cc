#include "daemon/upkeep/verifier.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/quote.h"
#include "base/timer.h"
#include "batch/output_key.h"
#include "batch/sample.h"

/* Objects that are being looked at: requests in flight are at most the outputs of so many objects. */
#define MAX_IN_FLIGHT 16u

/* Objects that wait. One window of the comparison may exceed it. */
#define MAX_WAITING 64u

struct Verifier {
    VerifierOptions options;
    Sample *sample;    /* or NULL */
    GQueue waiting;    /* of Case */
    GHashTable *cases; /* set of Case, owned: in flight */
    gboolean is_ended;
    Timer *step;
};

/* An object on its way. */
typedef struct {
    Verifier *verifier;
    StoreObject *object;
    Diff diff;
    GArray *outputs;   /* of DiffOutput: those to look at */
    GArray *differing; /* of DiffOutput: moved from outputs */
    GPtrArray *looks;  /* of Look */
} Case;

/* An output that is being looked at. */
typedef struct {
    Case *owner;
    guint index; /* in owner->outputs */
    StoreHeadRequest *head;
    StoreListing *listing; /* whether the output is missing, after a HEAD request that was refused */
    Inspection *inspection;
} Look;

static void look_free(void *data)
{
    Look *look = data;

    store_head_cancel(look->head);
    store_listing_free(look->listing);
    inspection_free(look->inspection);
    g_free(look);
}

static void case_free(void *data)
{
    Case *item = data;

    if (item == NULL)
        return;
    g_ptr_array_unref(item->looks);
    store_object_free(item->object);
    diff_clear(&item->diff);
    g_array_unref(item->outputs);
    g_array_unref(item->differing);
    g_free(item);
}

static DiffOutput *output_of(const Look *look)
{
    return &g_array_index(look->owner->outputs, DiffOutput, look->index);
}

/* Telling */

static void tell(const Verifier *verifier, const char *source_key, const char *output_key,
                 Difference difference, const char *text)
{
    g_autofree char *source = quote_key(source_key), *output = quote_key(output_key);

    (*difference_counter(verifier->options.report, difference))++;
    verifier->options.on_finding(source, output, difference, text, verifier->options.data);
}

/* Tells what the comparison has found. */
static void tell_diff(const Verifier *verifier, const char *key, const Diff *diff)
{
    static const Difference differences[] = {[FRESHNESS_UP_TO_DATE] = DIFFERENCE_NONE,
                                             [FRESHNESS_MISSING] = DIFFERENCE_MISSING,
                                             [FRESHNESS_OLDER] = DIFFERENCE_OLDER,
                                             [FRESHNESS_OTHER_RECIPE] = DIFFERENCE_OTHER_RECIPE};

    for (guint i = 0; i < diff->wanted->len; i++) {
        const DiffOutput *output = diff_wanted(diff, i);

        tell(verifier, key, output->key, differences[output->freshness], NULL);
    }
}

static void finish(Case *item)
{
    const VerifierOptions *options = &item->verifier->options;

    options->on_object(item->object, &item->diff, item->differing, options->data);
    case_free(item);
}

/* The look is over: forgets it, and the object with its last one. */
static void settle(Look *look)
{
    Case *item = look->owner;
    Verifier *verifier = item->verifier;

    g_ptr_array_remove_fast(item->looks, look);
    if (item->looks->len > 0)
        return;
    g_hash_table_steal(verifier->cases, item);
    finish(item);
    timer_set(verifier->step, clock_now_us());
}

/* The output's bytes are not to be used: it is to be made again. Leaves an entry without a key. */
static void set_differing(const Look *look, Difference difference)
{
    DiffOutput output = *output_of(look);

    output.is_missing = difference == DIFFERENCE_MISSING;
    output.freshness = output.is_missing ? FRESHNESS_MISSING : FRESHNESS_OLDER;
    output_of(look)->key = NULL;
    g_array_append_val(look->owner->differing, output);
}

static void conclude(Look *look, Difference difference, const char *text)
{
    const Verifier *verifier = look->owner->verifier;
    RunReport *report = verifier->options.report;

    if (difference == DIFFERENCE_NONE) {
        report->verify.right++;
        settle(look);
        return;
    }
    if (report->outputs.up_to_date > 0)
        report->outputs.up_to_date--;
    tell(verifier, look->owner->object->key, output_of(look)->key, difference, text);
    if (difference != DIFFERENCE_UNREACHABLE)
        set_differing(look, difference);
    settle(look);
}

/* Looking */

static void on_inspected(Difference difference, const char *text, void *data)
{
    Look *look = data;

    g_clear_pointer(&look->inspection, inspection_free);
    conclude(look, difference, text);
}

static void inspect(Look *look)
{
    const Verifier *verifier = look->owner->verifier;

    look->inspection = inspector_look(verifier->options.inspector, look->owner->object->key,
                                      output_of(look)->output, output_of(look)->key, on_inspected, look);
}

static void take_head(Look *look, const StoreHead *head)
{
    const VerifierOptions *options = &look->owner->verifier->options;
    const StoreObject *object = look->owner->object;
    const StoredOutput stored = {.size_bytes = head->size_bytes,
                                 .content_type = head->content_type,
                                 .metadata = (const char *const *)head->metadata};
    g_autofree char *text = NULL;
    gboolean is_foreign;
    const Difference difference =
        difference_of(options->config, output_of(look)->output,
                      &(UploadSource){.key = object->key, .etag = object->etag}, &stored, &is_foreign, &text);

    if (is_foreign)
        options->report->verify.foreign++;
    if (difference == DIFFERENCE_NONE && options->inspector != NULL)
        inspect(look);
    else
        conclude(look, difference, text);
}

static void on_listed(GPtrArray *objects, gboolean is_last, const GError *error, void *data)
{
    Look *look = data;

    (void)is_last;
    if (error != NULL)
        conclude(look, DIFFERENCE_UNREACHABLE, error->message);
    else if (objects->len == 0)
        conclude(look, DIFFERENCE_MISSING, NULL);
    else
        conclude(look, DIFFERENCE_UNREACHABLE, "it is listed, but the store refuses a HEAD request");
}

/* A refused HEAD request does not tell whether there is no such object (S3's answer to HEAD has no text), or
 * whether it may not be read. */
static void ask_listing(Look *look)
{
    look->listing =
        store_list_one(look->owner->verifier->options.destination, output_of(look)->key, on_listed, look);
    store_listing_next(look->listing);
}

static void on_head(StoreHead *answer, const GError *error, void *data)
{
    Look *look = data;
    g_autoptr(StoreHead) head = answer;

    look->head = NULL;
    if (head != NULL)
        take_head(look, head);
    else if (error_class(error) == ERROR_PERMANENT)
        ask_listing(look);
    else
        conclude(look, DIFFERENCE_UNREACHABLE, error->message);
}

static void look_at(Verifier *verifier, Case *item)
{
    g_hash_table_add(verifier->cases, item);
    for (guint i = 0; i < item->outputs->len; i++) {
        Look *look = g_new0(Look, 1);

        look->owner = item;
        look->index = i;
        g_ptr_array_add(item->looks, look);
        look->head = store_head(verifier->options.destination, output_of(look)->key, on_head, look);
    }
}

static void on_step(void *data)
{
    Verifier *verifier = data;

    while (g_hash_table_size(verifier->cases) < MAX_IN_FLIGHT) {
        Case *item = g_queue_pop_head(&verifier->waiting);

        if (item == NULL && verifier->is_ended && verifier->sample != NULL)
            item = sample_take(verifier->sample);
        if (item == NULL)
            break;
        look_at(verifier, item);
    }
    verifier->options.on_poke(verifier->options.data);
}

/* Taking */

static gboolean is_wanted(const Diff *diff, guint number)
{
    for (guint i = 0; i < diff->wanted->len; i++) {
        if (diff_wanted(diff, i)->output == number)
            return TRUE;
    }
    return FALSE;
}

/* The outputs that the comparison holds to be up to date. */
static GArray *outputs_to_look_at(const Config *config, const char *key, const Diff *diff)
{
    GArray *outputs = diff_outputs_new(config->outputs->len);

    for (guint i = 0; i < config->outputs->len; i++) {
        DiffOutput output = {.output = i, .freshness = FRESHNESS_UP_TO_DATE};

        if (is_wanted(diff, i) || !output_config_takes(config_output(config, i), key))
            continue;
        output.key = output_key(config, config_output(config, i), key, NULL);
        if (output.key != NULL)
            g_array_append_val(outputs, output);
    }
    return outputs;
}

static Case *case_new(Verifier *verifier, const StoreObject *object, Diff *diff, GArray *outputs)
{
    Case *item = g_new0(Case, 1);

    item->verifier = verifier;
    item->object = store_object_copy(object);
    item->diff = *diff;
    diff->wanted = NULL;
    item->outputs = outputs;
    item->differing = diff_outputs_new(0);
    item->looks = g_ptr_array_new_with_free_func(look_free);
    return item;
}

gboolean verifier_take(Verifier *verifier, const StoreObject *object, Diff *diff)
{
    GArray *outputs = outputs_to_look_at(verifier->options.config, object->key, diff);
    Case *item;

    tell_diff(verifier, object->key, diff);
    if (outputs->len == 0) {
        g_array_unref(outputs);
        return FALSE;
    }
    item = case_new(verifier, object, diff, outputs);
    if (verifier->sample != NULL) {
        item = sample_add(verifier->sample, item->object->key, item);
        if (item != NULL)
            finish(item);
        return TRUE;
    }
    g_queue_push_tail(&verifier->waiting, item);
    timer_set(verifier->step, clock_now_us());
    return TRUE;
}

gboolean verifier_wants_more(const Verifier *verifier)
{
    return verifier->waiting.length < MAX_WAITING;
}

void verifier_end(Verifier *verifier)
{
    if (verifier->is_ended)
        return;
    verifier->is_ended = TRUE;
    timer_set(verifier->step, clock_now_us());
}

static guint count_left(const Verifier *verifier)
{
    return verifier->waiting.length + g_hash_table_size(verifier->cases) +
           (verifier->sample != NULL ? sample_count(verifier->sample) : 0);
}

gboolean verifier_is_done(const Verifier *verifier)
{
    return verifier->is_ended && count_left(verifier) == 0;
}

guint verifier_stop(Verifier *verifier)
{
    const guint n = count_left(verifier);

    verifier->is_ended = TRUE;
    g_queue_clear_full(&verifier->waiting, case_free);
    g_hash_table_remove_all(verifier->cases);
    g_clear_pointer(&verifier->sample, sample_free);
    return n;
}

Verifier *verifier_new(const VerifierOptions *options, GMainContext *context)
{
    Verifier *verifier = g_new0(Verifier, 1);

    verifier->options = *options;
    verifier->cases = g_hash_table_new_full(NULL, NULL, case_free, NULL);
    if (options->sample > 0)
        verifier->sample = sample_new(options->sample, options->seed, case_free);
    verifier->step = timer_new(context, on_step, verifier);
    return verifier;
}

void verifier_free(Verifier *verifier)
{
    if (verifier == NULL)
        return;
    (void)verifier_stop(verifier);
    g_hash_table_unref(verifier->cases);
    timer_free(verifier->step);
    g_free(verifier);
}
