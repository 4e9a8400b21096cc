/* Whether this machine can encode what a configuration wants: an imager, inside its sandbox, writes a tiny
 * picture with each output's format and options. Encoders come with libraries and their plug-ins (AVIF's is a
 * package of its own on Debian 13), so that a configuration which is right elsewhere may be impossible here.
 *
 * Used by the main process before anything is begun (check, doctor, run, daemon), so that what is missing
 * here does not fail one object after the other. Takes some 100 ms. docs/adr/0025-encoders-are-tried-first.md
 */
#pragma once

#include <glib.h>

#include "config/model.h"
#include "daemon/protocol/engine_report.h"

/* One output, or one format that outputs of the format `source` may have. */
typedef struct {
    const char *output; /* its name, borrowed from the configuration */
    ImageFormat format; /* never FORMAT_SOURCE */
    Encoder encoder;    /* that the output asks for */
    gboolean is_needed; /* FALSE: only for originals of this format */
    GError *error;      /* why it cannot be encoded, or NULL */
} EncoderTrial;

/* An array of EncoderTrial, which it owns; config must outlive it. NULL if no imager can be had, of class
 * ERROR_CONFIG if there is no executable. *ret_report (NULL is allowed) becomes what this imager says of
 * itself afterwards, or stays as it is if it says nothing. */
GPtrArray *encoders_try(const Config *config, EngineReport **ret_report, GError **error);

/* What to do about a failed trial. */
const char *encoder_advice(const EncoderTrial *trial);

/* encoders_try() for who begins something. FALSE and class ERROR_CONFIG if an output that is needed cannot be
 * encoded, in one line that names them all. What is only needed for some originals is logged as a warning,
 * and so is a trial that could not be made. */
gboolean encoders_check(const Config *config, GError **error);
