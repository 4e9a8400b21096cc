/* What `thumbmill doctor` finds: the supervisor's answer, and its forms for people and programs. Used by the
 * supervisor and the main process. Pure. */
#pragma once

#include <glib.h>
#include <jansson.h>

typedef enum {
    FINDING_OK,
    FINDING_WARNING, /* it works, and should be put right */
    FINDING_NO,      /* this server cannot do it, and this configuration does not need it */
    FINDING_FAILED,
    FINDING_UNTRIED, /* for want of what failed before */
} FindingState;

#define FINDING_LAST FINDING_UNTRIED

typedef struct {
    char *subject; /* "credentials", "source", "destination" */
    char *check;   /* "list" */
    FindingState state;
    char *words;  /* what was found; one line, printable */
    char *advice; /* what to do about it; "" if there is nothing to do */
} Finding;

/* An array of Finding, which it owns. */
GPtrArray *findings_new(void);

/* words and advice are copied; NULL: "". */
void findings_add(GPtrArray *findings, const char *subject, const char *check, FindingState state,
                  const char *words, const char *advice);

gboolean findings_have_failure(const GPtrArray *findings);

/* A floating variant of this type, and back; class ERROR_INTERNAL if it is another. */
#define FINDINGS_VARIANT_TYPE "a(ssuss)"
GVariant *findings_to_variant(const GPtrArray *findings);
GPtrArray *findings_from_variant(GVariant *variant, GError **error);

/* A table, a line for each, with the advice below. Owned by the caller. */
char *findings_text(const GPtrArray *findings, guint columns);

/* One JSON object and a newline. exit: the command's exit code; engine, which is taken over, is part of it,
 * and may be NULL. Owned by the caller. */
char *findings_json(const GPtrArray *findings, int exit, json_t *engine);
