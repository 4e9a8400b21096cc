/* A key template: describes how an output's key is made from the key of its source object, such as
 * "{output}/{dir}{stem}.{ext}".
 *
 *   {output}          the output's name
 *   {dir}             the source key up to and including its last '/', or nothing
 *   {name}            the source key after its last '/'
 *   {stem}            {name} without its last extension (".jpg" has no extension, its stem is ".jpg")
 *   {ext}             the extension of the output's format ("jpg"). With the format `source`: the source
 *                     key's extension in lower case, if its format can be encoded, else "jpg"
 *   {width} {height}  of the output's box, in pixels; "auto" for the one that is left out
 *   {recipe}          8 hexadecimal digits of a hash of what decides the output's bytes: a changed recipe
 *                     makes new keys
 *   {{ and }}         one brace
 *
 * Used by the main process, which checks the configuration, and by the supervisor, which expands.
 * Immutable. */
#pragma once

#include <glib.h>

/* A longer template could not make a valid key anyway. */
#define KEY_TEMPLATE_MAX_BYTES 512u

/* The hexadecimal digits of {recipe}. */
#define KEY_TEMPLATE_RECIPE_DIGITS 8u

typedef struct KeyTemplate KeyTemplate;

/* The values that are the same for all keys of one output. Borrowed during a call. */
typedef struct {
    const char *output;
    const char *extension; /* or NULL for the format `source` */
    guint32 width;         /* or 0 if it is left out */
    guint32 height;
    const char *recipe;
} KeyTemplateValues;

/* Class ERROR_CONFIG: an unknown placeholder, an unbalanced brace, a control character, a leading '/',
 * neither {stem} nor {name} (all objects would share one key), empty or too long. */
KeyTemplate *key_template_parse(const char *text, GError **error);

/* The text that was parsed, owned by the template. */
const char *key_template_text(const KeyTemplate *key_template);

/* Whether {recipe} is in it. */
gboolean key_template_has_recipe(const KeyTemplate *key_template);

/* Makes the output key for the source object key (both relative to their prefixes). The length is not limited
 * here: see batch/output_key.h. Owned by the caller. */
char *key_template_expand(const KeyTemplate *key_template, const KeyTemplateValues *values, const char *key);

/* Whether the output key can be the expansion of some source key. If so, *ret_start, owned by the caller,
 * is what such source keys start with: {dir} and {stem} (or {name}) as far as the template has them;
 * ret_start may be NULL. Tries all ways to divide the key, which takes time if the template has several of
 * {dir}, {name} and {stem} side by side. */
gboolean key_template_fits(const KeyTemplate *key_template, const KeyTemplateValues *values, const char *key,
                           char **ret_start);

/* The common start of all expansions: the part before the first {dir}, {name}, {stem}, or {ext} of the format
 * `source`. Owned by the caller. */
char *key_template_prefix(const KeyTemplate *key_template, const KeyTemplateValues *values);

/* The form of all expansions (config/key_form.h): a gap for each part that depends on the source key.
 * Owned by the caller. */
char *key_template_form(const KeyTemplate *key_template, const KeyTemplateValues *values);

/* How keys of a template sort that expands to PREFIX + {dir} + {stem} or {name} + more. */
typedef struct {
    char *prefix;     /* constant for the output */
    char *end;        /* the constant text with which all keys end; may be "" */
    gboolean by_name; /* {name} follows {dir}, otherwise {stem} */
} KeyTemplateShape;

/* FALSE if the template is not of that form, or if it needs more of the source key after {stem} than its stem
 * and a known extension. Clear *ret_shape with key_template_shape_clear(). */
gboolean key_template_shape(const KeyTemplate *key_template, const KeyTemplateValues *values,
                            KeyTemplateShape *ret_shape);

void key_template_shape_clear(KeyTemplateShape *shape);

void key_template_free(KeyTemplate *key_template);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(KeyTemplate, key_template_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(KeyTemplateShape, key_template_shape_clear)
