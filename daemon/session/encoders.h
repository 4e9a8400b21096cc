/* Tests whether this machine can encode the outputs of a configuration: an imager, inside its sandbox,
 * encodes a tiny picture with the format and options of each output. Encoders come with libraries and their
 * plug-ins (AVIF's is a separate package on Debian 13), so a configuration that works elsewhere may be
 * impossible here.
 *
 * Used by the main process before any work begins (check, doctor, run, daemon), so that a missing encoder
 * does not fail one object after the other. Takes some 100 ms. docs/adr/0025-encoders-are-tried-first.md */
#pragma once

#include <glib.h>

#include "config/model.h"
#include "daemon/protocol/engine_report.h"

/* One output; or, for outputs of the format `source`, one of the formats that these may have. */
typedef struct {
    const char *output; /* the output's name, borrowed from the configuration */
    ImageFormat format; /* never FORMAT_SOURCE */
    Encoder encoder;    /* requested by the output */
    gboolean is_needed; /* FALSE if only originals of this format need it */
    GError *error;      /* why it cannot be encoded, or NULL */
} EncoderTrial;

/* An array that owns its EncoderTrial elements; config must outlive it. NULL if no imager can be started,
 * with class ERROR_CONFIG if its executable is missing. *ret_report is set to the imager's report afterwards,
 * and left unchanged if it sends none; ret_report may be NULL. */
GPtrArray *encoders_try(const Config *config, EngineReport **ret_report, GError **error);

/* Advice on a failed trial. */
const char *encoder_advice(const EncoderTrial *trial);

/* Calls encoders_try() before work begins. FALSE and class ERROR_CONFIG if an output that is needed cannot be
 * encoded; one line names all of them. An encoder that only some originals need, and a trial that could not
 * be made, are logged as warnings. */
gboolean encoders_check(const Config *config, GError **error);

/* The same for all jobs of a file (of Config), at least one. Options that several outputs share are tried once. */
gboolean encoders_check_jobs(const GPtrArray *jobs, GError **error);
