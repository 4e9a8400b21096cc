#include "batch/key_order.h"

#include <string.h>

#include "recipe/format.h"

/* A {dir}{stem}. */
#define SAMPLE "x"

struct KeyOrder {
    const Config *config;
    GArray *shapes;             /* of KeyTemplateShape, one for each output */
    GPtrArray *groups;          /* of char: the prefix of each group, borrowed from shapes */
    guint *group_of;            /* for each output */
    gboolean goes_on_with[256]; /* bytes that may follow {dir}{stem} in an output's key */
};

static const KeyTemplateShape *shape_of(const KeyOrder *order, guint output)
{
    return &g_array_index(order->shapes, KeyTemplateShape, output);
}

static gboolean read_shapes(KeyOrder *order, char **ret_reason)
{
    for (guint i = 0; i < order->config->outputs->len; i++) {
        const OutputConfig *output = config_output(order->config, i);
        const KeyTemplateValues values = output_config_values(output);
        KeyTemplateShape shape;

        if (!key_template_shape(output->key, &values, &shape)) {
            *ret_reason = g_strdup_printf(
                "the key of output '%s' does not start with constant text, {dir} and {stem} or {name}",
                output->name);
            return FALSE;
        }
        g_array_append_val(order->shapes, shape);
    }
    return TRUE;
}

/* Whether an object may have a key of output a that another object, anywhere in the source, has of output b.
 * With equal prefixes both would be next to each other, and the comparison would see it. */
static gboolean may_share(const KeyTemplateShape *a, const KeyTemplateShape *b)
{
    if (strcmp(a->prefix, b->prefix) == 0 ||
        (!g_str_has_prefix(a->prefix, b->prefix) && !g_str_has_prefix(b->prefix, a->prefix)))
        return FALSE;
    return g_str_has_suffix(a->end, b->end) || g_str_has_suffix(b->end, a->end);
}

static gboolean check_apart(const KeyOrder *order, char **ret_reason)
{
    for (guint i = 0; i < order->shapes->len; i++) {
        for (guint j = 0; j < i; j++) {
            if (!may_share(shape_of(order, i), shape_of(order, j)))
                continue;
            *ret_reason =
                g_strdup_printf("outputs '%s' and '%s' of different objects may have the same key",
                                config_output(order->config, j)->name, config_output(order->config, i)->name);
            return FALSE;
        }
    }
    return TRUE;
}

static void make_groups(KeyOrder *order)
{
    order->group_of = g_new0(guint, order->shapes->len);
    for (guint i = 0; i < order->shapes->len; i++) {
        char *prefix = shape_of(order, i)->prefix;

        if (!g_ptr_array_find_with_equal_func(order->groups, prefix, g_str_equal, &order->group_of[i])) {
            order->group_of[i] = order->groups->len;
            g_ptr_array_add(order->groups, prefix);
        }
    }
}

/* Notes how keys of the output go on after the {dir}{stem} of key, which is SAMPLE. */
static void note_next(KeyOrder *order, guint output, const char *key)
{
    const OutputConfig *config = config_output(order->config, output);
    const KeyTemplateValues values = output_config_values(config);
    g_autofree char *made = key_template_expand(config->key, &values, key);
    const guchar next = (guchar)made[strlen(shape_of(order, output)->prefix) + strlen(SAMPLE)];

    order->goes_on_with[next] = TRUE;
    for (guint i = 0; next == (guchar)SAMPLE[0] && i < G_N_ELEMENTS(order->goes_on_with); i++)
        order->goes_on_with[i] = TRUE; /* with the stem, probably */
}

static void note_all_next(KeyOrder *order)
{
    const char *extension;

    for (guint i = 0; i < order->shapes->len; i++) {
        note_next(order, i, SAMPLE);
        for (guint j = 0; (extension = format_known_extension(j)) != NULL; j++) {
            g_autofree char *key = g_strconcat(SAMPLE, ".", extension, NULL);

            note_next(order, i, key);
        }
    }
}

KeyOrder *key_order_new(const Config *config, char **ret_reason)
{
    g_autoptr(KeyOrder) order = g_new0(KeyOrder, 1);

    order->config = config;
    order->shapes = g_array_new(FALSE, FALSE, sizeof(KeyTemplateShape));
    g_array_set_clear_func(order->shapes, (GDestroyNotify)key_template_shape_clear);
    order->groups = g_ptr_array_new();
    if (!read_shapes(order, ret_reason) || !check_apart(order, ret_reason))
        return NULL;
    make_groups(order);
    note_all_next(order);
    return g_steal_pointer(&order);
}

char *key_order_note(const Config *config)
{
    g_autofree char *reason = NULL;
    g_autoptr(KeyOrder) order = key_order_new(config, &reason);

    if (order != NULL)
        return NULL;
    return g_strdup_printf("a run lists the whole destination before it begins, and needs about 20 to 40 "
                           "bytes of memory for each key: %s",
                           reason);
}

void key_order_free(KeyOrder *order)
{
    if (order == NULL)
        return;
    g_ptr_array_unref(order->groups);
    g_array_unref(order->shapes);
    g_free(order->group_of);
    g_free(order);
}

guint key_order_n_groups(const KeyOrder *order)
{
    return order->groups->len;
}

const char *key_order_prefix(const KeyOrder *order, guint group)
{
    return order->groups->pdata[group];
}

guint key_order_group_of(const KeyOrder *order, guint output)
{
    return order->group_of[output];
}

gboolean key_order_is_before(const KeyOrder *order, guint group, const char *output_key, const char *cut)
{
    const char *prefix = key_order_prefix(order, group);
    const gsize length = strlen(prefix);
    const int compared = strncmp(output_key, prefix, length);

    return compared < 0 || (compared == 0 && strcmp(output_key + length, cut) < 0);
}

gsize key_order_base_length(const char *key)
{
    const char *slash = strrchr(key, '/');
    const char *name = slash != NULL ? slash + 1 : key;
    const char *dot = strrchr(name, '.');

    return dot != NULL && dot != name ? (gsize)(dot - key) : strlen(key);
}

gboolean key_order_may_stray(const char *key, const char *cut)
{
    const gsize length = key_order_base_length(key);

    return strncmp(key, cut, length) == 0 && cut[length] != '\0';
}

/* Adds the keys that output may have for objects with this {dir}{stem}, if they are before the cut. */
static void add_strays(const KeyOrder *order, guint output, const char *base, const char *cut,
                       GPtrArray *keys)
{
    const OutputConfig *config = config_output(order->config, output);
    const KeyTemplateValues values = output_config_values(config);
    const char *extension;

    /* Without a fixed format the key depends on the extension; unknown ones are like a known one. */
    for (guint i = 0; (extension = format_known_extension(i)) != NULL; i++) {
        g_autofree char *key = g_strconcat(base, ".", extension, NULL);
        char *made = key_template_expand(config->key, &values, key);

        if (key_order_is_before(order, order->group_of[output], made, cut) &&
            !g_ptr_array_find_with_equal_func(keys, made, g_str_equal, NULL))
            g_ptr_array_add(keys, made);
        else
            g_free(made);
        if (values.extension != NULL)
            break;
    }
}

/* An object behind the cut whose base is a proper prefix of it has an extension, since its base alone is
 * before the cut; and its dot is not before the cut's next character. With {name} the object's whole key
 * would have to be that prefix. */
GPtrArray *key_order_strays(const KeyOrder *order, const char *cut)
{
    GPtrArray *keys = g_ptr_array_new_with_free_func(g_free);

    for (gsize length = 1; cut[0] != '\0' && cut[length] != '\0'; length++) {
        g_autofree char *base = NULL;

        if ((guchar)cut[length] > '.' || cut[length - 1] == '/')
            continue;
        base = g_strndup(cut, length);
        for (guint i = 0; i < order->shapes->len; i++) {
            if (!shape_of(order, i)->by_name)
                add_strays(order, i, base, cut, keys);
        }
    }
    return keys;
}

/* Whether output_key may be a key of some output of an object whose {dir}{stem} begins with start. */
static gboolean may_be_of(const KeyOrder *order, const char *output_key, const char *start)
{
    for (guint i = 0; i < order->shapes->len; i++) {
        const OutputConfig *config = config_output(order->config, i);
        const KeyTemplateValues values = output_config_values(config);
        const gsize length = strlen(shape_of(order, i)->prefix);
        g_autofree char *found = NULL;

        if (g_str_has_prefix(output_key, shape_of(order, i)->prefix) &&
            g_str_has_prefix(output_key + length, start) &&
            key_template_fits(config->key, &values, output_key, &found) && g_str_has_prefix(found, start))
            return TRUE;
    }
    return FALSE;
}

static gboolean is_rival(const KeyOrder *order, const char *key, const char *start)
{
    for (guint i = 0; i < order->shapes->len; i++) {
        const OutputConfig *config = config_output(order->config, i);
        const KeyTemplateValues values = output_config_values(config);
        g_autofree char *made = key_template_expand(config->key, &values, key);

        if (may_be_of(order, made, start))
            return TRUE;
    }
    return FALSE;
}

/* Whether an object with this key, or with this {dir}{stem}, may have an output key in common with an object
 * whose {dir}{stem} begins with start. Unknown extensions are like a known one. */
static gboolean has_rivals(const KeyOrder *order, const char *base, const char *start)
{
    const char *extension;

    if (is_rival(order, base, start))
        return TRUE;
    for (guint i = 0; (extension = format_known_extension(i)) != NULL; i++) {
        g_autofree char *key = g_strconcat(base, ".", extension, NULL);

        if (is_rival(order, key, start))
            return TRUE;
    }
    return FALSE;
}

/* Objects with one output key mostly have the same {dir}{stem}, and this begins with that of prefix. Others
 * have a {dir}{stem} that it begins with, and in the template more of it after that. They may have others of
 * that kind: whether an object has an output key depends on all of them. */
char *key_order_start(const KeyOrder *order, const char *prefix)
{
    g_autofree char *start = g_strndup(prefix, key_order_base_length(prefix));

    for (gsize length = 1; length < strlen(start); length++) {
        g_autofree char *base = g_strndup(start, length);

        if (base[length - 1] == '/' || !order->goes_on_with[(guchar)start[length]] ||
            !has_rivals(order, base, start))
            continue;
        g_free(start);
        start = g_steal_pointer(&base);
        length = 0;
    }
    return g_steal_pointer(&start);
}

/* Whether an object with a longer {dir}{stem} than this one may have one of its output keys. */
static gboolean has_longer_rivals(const KeyOrder *order, const char *key)
{
    for (guint i = 0; i < order->shapes->len; i++) {
        const KeyTemplateValues values = output_config_values(config_output(order->config, i));
        g_autofree char *made = key_template_expand(config_output(order->config, i)->key, &values, key);

        for (guint j = 0; j < order->shapes->len; j++) {
            const KeyTemplateValues others = output_config_values(config_output(order->config, j));
            g_autofree char *start = NULL;

            if (key_template_fits(config_output(order->config, j)->key, &others, made, &start) &&
                strlen(start) > (shape_of(order, j)->by_name ? strlen(key) : key_order_base_length(key)))
                return TRUE;
        }
    }
    return FALSE;
}

gboolean key_order_is_alone(const KeyOrder *order, const char *key)
{
    g_autofree char *start = key_order_start(order, key);

    return strlen(start) == key_order_base_length(key) && !has_longer_rivals(order, key);
}

char *key_order_cut(const char *last, const char *next)
{
    gsize length = 0;

    while (last[length] == next[length] && last[length] != '\0')
        length++;
    length++;
    while (((guchar)next[length] & 0xc0) == 0x80)
        length++;
    return g_strndup(next, length);
}

char *key_order_cut_after(const char *key)
{
    /* No key has a NUL, so nothing is between key and this. */
    return g_strconcat(key, "\x01", NULL);
}
