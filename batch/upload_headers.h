/* The headers that go with an output's upload beside its Content-Type, as lines "Name: value": what the
 * configuration says, and where the output comes from. All of them are signed, which AWS insists on for
 * x-amz-*. Used by the supervisor. Pure. */
#pragma once

#include <glib.h>

#include "config/config.h"

/* What is known of the source that the output is made of. Borrowed during the call. */
typedef struct {
    const char *etag; /* without quotes; NULL: it is not known which version will be read */
} UploadSource;

/* NULL-terminated, owned by the caller. */
GStrv upload_headers(const Config *config, const OutputConfig *output, const UploadSource *source);
