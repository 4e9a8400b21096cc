/* The stages of an object's life, and how long each takes. The wait is measured by the supervisor, the others
 * by the worker. */
#pragma once

#include <glib.h>

typedef enum {
    STAGE_WAIT,   /* for a worker, or for memory */
    STAGE_GET,    /* download of the original */
    STAGE_RENDER, /* with the wait for the imager's turn */
    STAGE_PUT,    /* signing and upload of all outputs */
    STAGE_CHECK,  /* whether the original is still the same */
} Stage;

#define STAGE_COUNT (STAGE_CHECK + 1)

/* "wait", "get", "render", "put", "check". */
const char *stage_name(Stage stage);

/* In microseconds; 0 for a stage that was not begun. */
typedef struct {
    guint64 us[STAGE_COUNT];
} StageTimes;

#define STAGE_TIMES_TYPE "(ttttt)"

/* Floating, of STAGE_TIMES_TYPE; and back: FALSE if it has another type. */
GVariant *stage_times_to_variant(const StageTimes *times);
gboolean stage_times_from_variant(GVariant *variant, StageTimes *ret_times);
