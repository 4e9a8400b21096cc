#include "daemon/compare/key_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/quote.h"
#include "batch/output_key.h"
#include "batch/selection.h"

/* Keys that are looked up at once. */
#define MAX_LOOKS 32u

/* The list is read on when fewer keys wait. */
#define MIN_WAITING  MAX_LOOKS

#define BUFFER_BYTES 16384u

/* Absent keys that are logged; the others are only counted. */
#define MAX_NAMED 20u

/* Pages of names that begin like the key. An object is not compared with those beyond. */
#define MAX_PAGES 10u

typedef enum {
    STAGE_NAMES, /* objects with the same {dir}{stem} and an extension */
    STAGE_BARE,  /* the one without an extension */
    STAGE_KEY,   /* the object itself, if the names have too many pages */
    STAGE_DONE,
} Stage;

/* A key that is being looked up. */
typedef struct {
    KeyWalk *walk;
    char *key;
    char *base;       /* its {dir}{stem} */
    char *start;      /* of the names to list */
    gboolean is_wide; /* objects with another {dir}{stem} count, too */
    Stage stage;
    StoreListing *listing;
    guint pages;
    GPtrArray *objects; /* of StoreObject */
} Look;

struct KeyWalk {
    KeyWalkOptions options;
    GMainContext *context;
    int fd; /* -1 after the end of the list */
    GSource *readable;
    GString *part;  /* of a key that has not been read completely */
    GQueue waiting; /* of char */
    GPtrArray *looks;
    Index *seen[2]; /* keys of the list: the present ones, and some of those before */
    guint n_seen;
    Index *claims;    /* of the objects of one look */
    const Look *told; /* while an object is told */
    guint n_before;   /* the first of its objects, which have had their turn */
};

/* Looks */

static void look_free(void *data)
{
    Look *look = data;

    store_listing_free(look->listing);
    g_ptr_array_unref(look->objects);
    g_free(look->key);
    g_free(look->base);
    g_free(look->start);
    g_free(look);
}

static Look *look_new(KeyWalk *walk, char *key)
{
    const KeyOrder *order = walk->options.order;
    Look *look = g_new0(Look, 1);

    look->walk = walk;
    look->key = key;
    look->base = g_strndup(key, key_order_base_length(key));
    look->is_wide = order != NULL && !key_order_is_alone(order, key);
    look->start = look->is_wide ? key_order_start(order, key) : g_strconcat(look->base, ".", NULL);
    look->objects = g_ptr_array_new_with_free_func((GDestroyNotify)store_object_free);
    return look;
}

static gint compare_objects(gconstpointer a, gconstpointer b)
{
    return strcmp((*(const StoreObject *const *)a)->key, (*(const StoreObject *const *)b)->key);
}

static gboolean has_object(const Look *look, const char *key)
{
    for (guint i = 0; i < look->objects->len; i++) {
        if (strcmp(((const StoreObject *)look->objects->pdata[i])->key, key) == 0)
            return TRUE;
    }
    return FALSE;
}

/* The key of the object that has claimed an output key (IndexNameFunc). */
static char *name_claimer(const char *claimed, void *data)
{
    const KeyWalk *walk = data;
    const Config *config = walk->options.config;

    for (guint i = 0; i < walk->n_before; i++) {
        const StoreObject *object = walk->told->objects->pdata[i];

        for (guint j = 0; j < config->outputs->len; j++) {
            const OutputConfig *output = config_output(config, j);
            g_autofree char *made = output_key(config, output, object->key, NULL);

            if (output_config_takes(output, object->key) && g_strcmp0(made, claimed) == 0)
                return g_strdup(object->key);
        }
    }
    return NULL;
}

/* Claims output keys in the order of a listing, until it is the object's turn. */
static void tell(const Look *look, guint number)
{
    const KeyWalkOptions *options = &look->walk->options;
    StoreObject *object = g_ptr_array_steal_index(look->objects, number);
    g_autoptr(GError) error = NULL;
    g_auto(Diff) diff = {0};

    look->walk->told = look;
    look->walk->n_before = number;
    index_reset(look->walk->claims);
    for (guint i = 0; i < number; i++) {
        g_auto(Diff) other = {0};

        (void)diff_claim(options->config, look->walk->claims, ((StoreObject *)look->objects->pdata[i])->key,
                         &other, NULL);
    }
    if (diff_claim(options->config, look->walk->claims, object->key, &diff, &error))
        options->on_found(object, &diff, options->data);
    else
        options->on_refused(object, error, options->data);
}

static void conclude(const Look *look)
{
    const KeyWalkOptions *options = &look->walk->options;
    g_autofree char *quoted = NULL;

    g_ptr_array_sort(look->objects, compare_objects);
    for (guint i = 0; i < look->objects->len; i++) {
        if (strcmp(((const StoreObject *)look->objects->pdata[i])->key, look->key) == 0) {
            tell(look, i);
            return;
        }
    }
    if (options->report->left_out.absent++ >= MAX_NAMED)
        return;
    quoted = quote_key(look->key);
    log_event(LOG_INFO, "a key of the list is not in the source", "key", quoted, NULL);
}

/* Whether the listed object may have an output key in common with the one that is looked up, or is that one. */
static gboolean is_rival(const Look *look, const char *key)
{
    const gsize length = key_order_base_length(key);

    return look->is_wide || (length == strlen(look->base) && strncmp(key, look->base, length) == 0);
}

/* Empties the page. */
static void take_objects(Look *look, GPtrArray *page)
{
    const SourceConfig *source = &look->walk->options.config->source;

    g_ptr_array_set_free_func(page, NULL);
    for (guint i = 0; i < page->len; i++) {
        StoreObject *object = page->pdata[i];

        if (is_rival(look, object->key) && selection_matches(source, object->key) &&
            !has_object(look, object->key))
            g_ptr_array_add(look->objects, object);
        else
            store_object_free(object);
    }
    g_ptr_array_set_size(page, 0);
}

static gboolean may_enter(const char *folder, void *data)
{
    return selection_may_enter(data, folder);
}

static void on_page(GPtrArray *objects, gboolean is_last, const GError *error, void *data);

/* Asks for the next page of this stage, or of the next one that is of use. FALSE if there is none. */
static gboolean ask(Look *look)
{
    const KeyWalkOptions *options = &look->walk->options;
    const StoreScope scope = {.prefix = look->start,
                              .max_ranges = 1,
                              .may_enter = may_enter,
                              .data = (void *)&options->config->source};

    if (look->stage == STAGE_BARE &&
        (look->is_wide || !selection_matches(&options->config->source, look->base)))
        look->stage = STAGE_KEY;
    if (look->stage == STAGE_KEY && (look->pages < MAX_PAGES || has_object(look, look->key)))
        look->stage = STAGE_DONE;
    if (look->stage == STAGE_DONE)
        return FALSE;
    if (look->listing == NULL && look->stage == STAGE_NAMES)
        look->listing = store_list_scope(options->source, STORE_LIST_SOURCE, &scope, on_page, look);
    else if (look->listing == NULL)
        look->listing = store_list_one(options->source, look->stage == STAGE_BARE ? look->base : look->key,
                                       on_page, look);
    store_listing_next(look->listing);
    return TRUE;
}

static void tell_page(const Look *look, guint n_objects, const GError *error)
{
    const KeyWalkOptions *options = &look->walk->options;
    g_autoptr(GPtrArray) skips = store_listing_take_skips(look->listing);

    options->on_page(&(SweepPage){.store = options->source,
                                  .is_source = TRUE,
                                  .n_objects = n_objects,
                                  .error = error,
                                  .skips = skips},
                     options->data);
}

/* The key is looked up again when the source is back. */
static void put_back(Look *look)
{
    KeyWalk *walk = look->walk;

    g_queue_push_head(&walk->waiting, g_steal_pointer(&look->key));
    g_ptr_array_remove_fast(walk->looks, look);
}

static void on_page(GPtrArray *objects, gboolean is_last, const GError *error, void *data)
{
    Look *look = data;
    KeyWalk *walk = look->walk;

    tell_page(look, error == NULL ? objects->len : 0, error);
    if (error != NULL) {
        put_back(look);
        walk->options.on_poke(walk->options.data);
        return;
    }
    take_objects(look, objects);
    look->pages += look->stage == STAGE_NAMES;
    if (is_last || look->pages >= MAX_PAGES) {
        g_clear_pointer(&look->listing, store_listing_free);
        look->stage++;
    }
    if (ask(look))
        return;
    conclude(look);
    g_ptr_array_remove_fast(walk->looks, look);
    walk->options.on_poke(walk->options.data);
}

/* The list */

/* Whether the key was on the list before, as far as that is remembered. */
static gboolean is_duplicate(KeyWalk *walk, const char *key)
{
    if (index_is_claimed(walk->seen[0], key) || index_is_claimed(walk->seen[1], key))
        return TRUE;
    if (walk->n_seen == KEY_WALK_REMEMBERED) {
        Index *old = walk->seen[1];

        walk->seen[1] = walk->seen[0];
        walk->seen[0] = old;
        index_reset(old);
        walk->n_seen = 0;
    }
    (void)index_claim(walk->seen[0], key, NULL); /* without memory, duplicates are not noticed */
    walk->n_seen++;
    return FALSE;
}

static void take_key(KeyWalk *walk, const char *key)
{
    const KeyWalkOptions *options = &walk->options;
    RunReport *report = options->report;
    g_autoptr(GError) error = NULL;

    if (!scope_has(options->scope, key)) {
        report->left_out.outside++;
    } else if (!store_key_is_representable(options->source, key, &error)) {
        report->left_out.invalid++;
        log_event(LOG_WARNING, "a key of the list cannot be one", "reason", error->message, NULL);
    } else if (!selection_matches(&options->config->source, key)) {
        report->left_out.not_selected++;
    } else if (is_duplicate(walk, key)) {
        report->left_out.duplicate++;
    } else {
        g_queue_push_tail(&walk->waiting, g_strdup(key));
    }
}

/* The sender has checked the lengths of keys. */
static void take_bytes(KeyWalk *walk, const char *bytes, gsize n)
{
    for (gsize i = 0; i < n; i++) {
        if (bytes[i] != '\0') {
            if (walk->part->len <= LIMIT_KEY_BYTES)
                g_string_append_c(walk->part, bytes[i]);
            continue;
        }
        take_key(walk, walk->part->str);
        g_string_truncate(walk->part, 0);
    }
}

static void stop_reading(KeyWalk *walk)
{
    if (walk->readable == NULL)
        return;
    g_source_destroy(walk->readable);
    g_clear_pointer(&walk->readable, g_source_unref);
}

static gboolean on_readable(int fd, GIOCondition condition, void *data)
{
    KeyWalk *walk = data;
    char buffer[BUFFER_BYTES];
    const ssize_t n = read(fd, buffer, sizeof buffer);

    (void)condition;
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return G_SOURCE_CONTINUE;
    if (n > 0) {
        take_bytes(walk, buffer, (gsize)n);
    } else {
        fd_clear(&walk->fd);
    }
    stop_reading(walk);
    walk->options.on_poke(walk->options.data);
    return G_SOURCE_REMOVE;
}

static void read_on(KeyWalk *walk)
{
    if (walk->fd < 0 || walk->readable != NULL || walk->waiting.length >= MIN_WAITING)
        return;
    walk->readable = g_unix_fd_source_new(walk->fd, G_IO_IN | G_IO_HUP | G_IO_ERR);
    g_source_set_callback(walk->readable, G_SOURCE_FUNC(on_readable), walk, NULL);
    g_source_attach(walk->readable, walk->context);
}

gboolean key_walk_step(KeyWalk *walk, SweepLeave leave, gboolean wants_objects)
{
    const guint max = leave == SWEEP_GO ? MAX_LOOKS : leave == SWEEP_PROBE;
    gboolean has_asked = FALSE;

    while (wants_objects && walk->waiting.length > 0 && walk->looks->len < max) {
        Look *look = look_new(walk, g_queue_pop_head(&walk->waiting));

        g_ptr_array_add(walk->looks, look);
        (void)ask(look);
        has_asked = TRUE;
    }
    if (wants_objects)
        read_on(walk);
    return has_asked;
}

gboolean key_walk_is_done(const KeyWalk *walk)
{
    return walk->fd < 0 && walk->waiting.length == 0 && walk->looks->len == 0;
}

/* Beginning and end */

KeyWalk *key_walk_new(int fd, const KeyWalkOptions *options, GMainContext *context, GError **error)
{
    g_autoptr(KeyWalk) walk = g_new0(KeyWalk, 1);

    walk->options = *options;
    walk->context = g_main_context_ref(context);
    walk->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    walk->part = g_string_new(NULL);
    walk->looks = g_ptr_array_new_with_free_func(look_free);
    g_queue_init(&walk->waiting);
    walk->claims = index_new(error);
    for (guint i = 0; walk->claims != NULL && i < G_N_ELEMENTS(walk->seen); i++)
        walk->seen[i] = index_new(error);
    if (walk->seen[0] == NULL || walk->seen[1] == NULL)
        return NULL;
    if (walk->fd < 0) {
        error_set_errno(error, ERROR_INTERNAL, errno, "list of keys");
        return NULL;
    }
    index_set_namer(walk->claims, name_claimer, walk);
    return g_steal_pointer(&walk);
}

void key_walk_free(KeyWalk *walk)
{
    if (walk == NULL)
        return;
    stop_reading(walk);
    g_ptr_array_unref(walk->looks);
    g_queue_clear_full(&walk->waiting, g_free);
    g_string_free(walk->part, TRUE);
    index_free(walk->claims);
    index_free(walk->seen[0]);
    index_free(walk->seen[1]);
    fd_clear(&walk->fd);
    g_main_context_unref(walk->context);
    g_free(walk);
}
