/* A key template: how an output's key is made from the key of its source object,
 * "{output}/{dir}{stem}.{ext}".
 *
 *   {output}          the output's name
 *   {dir}             the source key up to and including its last '/', or nothing
 *   {name}            the source key after its last '/'
 *   {stem}            {name} without its last extension (".jpg" has none, its stem is ".jpg")
 *   {ext}             the extension of the output's format ("jpg"). Of the format `source`: the source key's
 *                     own, in lower case, if it is one of a format that can be encoded, else "jpg"
 *   {width} {height}  of the output's box, in pixels; "auto" for the one that is left out
 *   {{ and }}         one brace
 *
 * Used by the main process, which checks the configuration, and by the supervisor, which expands. Immutable
 * once parsed. */
#pragma once

#include <glib.h>

/* A template longer than this could not make a legal key anyway. */
#define KEY_TEMPLATE_MAX_BYTES 512u

typedef struct KeyTemplate KeyTemplate;

/* What is the same for all keys of one output. Borrowed during the call that takes it. */
typedef struct {
    const char *output;
    const char *extension; /* NULL: as of the format `source` */
    guint32 width;         /* 0: left out */
    guint32 height;
} KeyTemplateValues;

/* Class ERROR_CONFIG: an unknown placeholder, an unbalanced brace, a control character, a leading '/',
 * neither {stem} nor {name} (all objects would share one key), empty or too long. */
KeyTemplate *key_template_parse(const char *text, GError **error);

/* The text that it was parsed from, owned by the template. */
const char *key_template_text(const KeyTemplate *key_template);

/* The output key of the source object key (both relative to their prefixes). Of any length: see
 * batch/output_key.h for the limit. Owned by the caller. */
char *key_template_expand(const KeyTemplate *key_template, const KeyTemplateValues *values, const char *key);

/* What every expansion starts with: the part before the first {dir}, {name}, {stem}, or {ext} of the format
 * `source`. Owned by the caller. */
char *key_template_prefix(const KeyTemplate *key_template, const KeyTemplateValues *values);

void key_template_free(KeyTemplate *key_template);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(KeyTemplate, key_template_free)
