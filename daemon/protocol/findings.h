/* The findings of `thumbmill doctor`: the supervisor's result, and its formats for people and programs. Used
 * by the supervisor and the main process. Pure. */
#pragma once

#include <glib.h>
#include <jansson.h>

typedef enum {
    FINDING_OK,
    FINDING_WARNING, /* it works, but should be fixed */
    FINDING_NO,      /* this server cannot do it, and this configuration does not need it */
    FINDING_FAILED,
    FINDING_UNTRIED, /* not tried, because an earlier check failed */
} FindingState;

#define FINDING_LAST FINDING_UNTRIED

typedef struct {
    char *subject; /* "credentials", "source", "destination" */
    char *check;   /* "list" */
    FindingState state;
    char *words;  /* what was found: one printable line */
    char *advice; /* what to do about it; "" if nothing */
} Finding;

/* An array that owns its Finding elements. */
GPtrArray *findings_new(void);

/* words and advice are copied; NULL stands for "". */
void findings_add(GPtrArray *findings, const char *subject, const char *check, FindingState state,
                  const char *words, const char *advice);

gboolean findings_have_failure(const GPtrArray *findings);

/* Converts findings to a floating variant of this type, and back; class ERROR_INTERNAL if variant has another
 * type. */
#define FINDINGS_VARIANT_TYPE "a(ssuss)"
GVariant *findings_to_variant(const GPtrArray *findings);
GPtrArray *findings_from_variant(GVariant *variant, GError **error);

/* A table with a line for each finding, followed by the advice. Owned by the caller. */
char *findings_text(const GPtrArray *findings, guint columns);

/* One JSON object and a newline. exit: the command's exit code. engine becomes part of the object: ownership
 * is taken; may be NULL. The result is owned by the caller. */
char *findings_json(const GPtrArray *findings, int exit, json_t *engine);
