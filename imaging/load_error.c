#include "imaging/load_error.h"

#include "base/error.h"
#include "imaging/decoders.h"
#include "imaging/engine.h"
#include "imaging/reason.h"

static void set_unsupported(ImageFormat format, const char *reason, GError **error)
{
    const char *name = format_info(format)->name;
    g_autofree char *why = NULL;

    if (decoder_works(format, &why))
        error_set(error, ERROR_INPUT, "unsupported %s: %s", name, reason);
    else
        error_set(error, ERROR_CONFIG, "this machine cannot decode %s: %s", name, why);
}

void load_take_error(ImageFormat format, GError **error)
{
    const char *name = format_info(format)->name;
    g_autofree char *reason = engine_take_reason();

    switch (reason_kind(reason)) {
    case REASON_DAMAGED: error_set(error, ERROR_INPUT, "damaged %s: %s", name, reason); break;
    case REASON_UNSUPPORTED: set_unsupported(format, reason, error); break;
    case REASON_TOO_LARGE: error_set(error, ERROR_LIMIT, "%s too large: %s", name, reason); break;
    }
}
