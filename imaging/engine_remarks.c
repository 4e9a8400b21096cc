#include "imaging/engine_remarks.h"

#include <string.h>

#include "imaging/codecs.h"
#include "imaging/engine.h"

static gboolean lacks_highway(void)
{
    return strcmp(engine_vector_name(), "highway") != 0;
}

static gboolean lacks_svt(void)
{
    return !codecs_have_encoder(ENCODER_SVT);
}

/* bench/README.md has the figures. */
static const struct {
    gboolean (*is_so)(void);
    EngineRemark remark;
} table[] = {
    {lacks_highway,
     {"slow: this libvips does not resize with vector code throughout: four JPEG outputs take 1.3 times the "
      "CPU time",
      "libvips 8.16 built with highway (Debian 13)"}},
    {lacks_svt,
     {"encoder: svt is not available for AVIF: libheif has no SVT-AV1 plug-in",
      "libheif 1.17 with its plug-in (Debian 13: libheif-plugin-svtenc)"}},
};

GPtrArray *engine_remarks(void)
{
    GPtrArray *remarks = g_ptr_array_new();

    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        if (table[i].is_so())
            g_ptr_array_add(remarks, (void *)(guintptr)&table[i].remark);
    }
    return remarks;
}
