#include "imaging/formats/jpeg_end.h"

#include <string.h>

/* ITU-T T.81, table B.1. */
enum {
    STUFFED = 0x00,
    TEM = 0x01,
    SOF_BASELINE = 0xc0,
    SOF_EXTENDED = 0xc1,
    SOF_PROGRESSIVE = 0xc2,
    DHT = 0xc4,
    JPG = 0xc8,
    DAC = 0xcc,
    SOF_LAST = 0xcf,
    RST0 = 0xd0,
    RST7 = 0xd7,
    EOI = 0xd9,
    SOS = 0xda,
};

#define MAX_COMPONENTS 4u
#define N_COEFFICIENTS 64u

/* The missing bits of a coefficient before its first scan. */
#define NOTHING 14u

/* How much of an image the scans have delivered: for each coefficient of each component, the number of low
 * bits still missing. */
typedef struct {
    gboolean is_progressive;
    guint n_components; /* 0 before the frame */
    guint8 ids[MAX_COMPONENTS];
    guint8 missing_bits[MAX_COMPONENTS][N_COEFFICIENTS];
} Progress;

static gboolean is_frame(guint8 marker)
{
    return marker >= SOF_BASELINE && marker <= SOF_LAST && marker != DHT && marker != JPG && marker != DAC;
}

static gboolean has_parameters(guint8 marker)
{
    return marker != STUFFED && marker != TEM && (marker < RST0 || marker > RST7);
}

/* Returns FALSE for an unsupported type of frame, or a second frame. */
static gboolean take_frame(Progress *progress, guint8 marker, const guint8 *content, gsize length)
{
    const guint head_bytes = 6, component_bytes = 3;

    if (marker > SOF_PROGRESSIVE || progress->n_components != 0 || length < head_bytes || content[5] == 0 ||
        content[5] > MAX_COMPONENTS || length < head_bytes + component_bytes * content[5])
        return FALSE;
    progress->is_progressive = marker == SOF_PROGRESSIVE;
    progress->n_components = content[5];
    for (guint i = 0; i < progress->n_components; i++)
        progress->ids[i] = content[head_bytes + component_bytes * i];
    memset(progress->missing_bits, NOTHING, sizeof progress->missing_bits);
    return TRUE;
}

static void take_component(Progress *progress, guint8 id, guint first, guint last, guint8 missing_bits)
{
    for (guint i = 0; i < progress->n_components; i++)
        for (guint k = first; progress->ids[i] == id && k <= last; k++)
            progress->missing_bits[i][k] = missing_bits;
}

/* The header lists the components of the scan, then spectral selection and successive approximation. */
static gboolean take_scan(Progress *progress, const guint8 *content, gsize length)
{
    const guint n = length > 0 ? content[0] : 0;
    const guint8 *rest = content + 1 + 2 * (gsize)n;

    if (progress->n_components == 0 || n == 0 || n > MAX_COMPONENTS || length < 1 + 2 * (gsize)n + 3 ||
        rest[1] >= N_COEFFICIENTS)
        return FALSE;
    for (guint i = 0; i < n; i++) {
        const guint8 id = content[1 + 2 * i];

        if (progress->is_progressive)
            take_component(progress, id, rest[0], rest[1], rest[2] & 0x0f);
        else
            take_component(progress, id, 0, N_COEFFICIENTS - 1, 0);
    }
    return TRUE;
}

static gboolean is_complete(const Progress *progress)
{
    for (guint i = 0; i < progress->n_components; i++)
        for (guint k = 0; k < N_COEFFICIENTS; k++)
            if (progress->missing_bits[i][k] != 0)
                return FALSE;
    return progress->n_components > 0;
}

/* Returns the marker at or after *at, and advances *at behind it. FALSE at the end of the data. */
static gboolean next_marker(const guint8 **at, const guint8 *end, guint8 *ret_marker)
{
    while (*at < end && (*at = memchr(*at, 0xff, (gsize)(end - *at))) != NULL) {
        while (*at < end && **at == 0xff)
            (*at)++;
        if (*at == end)
            return FALSE;
        *ret_marker = *(*at)++;
        if (has_parameters(*ret_marker))
            return TRUE;
    }
    return FALSE;
}

gboolean jpeg_lacks_only_end(const void *bytes, gsize size)
{
    const guint soi_bytes = 2;
    const guint8 *at = (const guint8 *)bytes + MIN(soi_bytes, size);
    const guint8 *end = (const guint8 *)bytes + size;
    Progress progress = {0};
    guint8 marker;

    while (next_marker(&at, end, &marker)) {
        gsize length;

        if (marker == EOI || end - at < 2)
            return FALSE;
        length = (gsize)at[0] << 8 | at[1];
        if (length < 2 || length > (gsize)(end - at))
            return FALSE;
        if (is_frame(marker) && !take_frame(&progress, marker, at + 2, length - 2))
            return FALSE;
        if (marker == SOS && !take_scan(&progress, at + 2, length - 2))
            return FALSE;
        at += length;
    }
    return is_complete(&progress);
}

guint8 *jpeg_with_end(const void *bytes, gsize size)
{
    static const guint8 eoi[JPEG_END_BYTES] = {0xff, EOI};
    guint8 *copy = g_try_malloc(size + sizeof eoi);

    if (copy == NULL)
        return NULL;
    memcpy(copy, bytes, size);
    memcpy(copy + size, eoi, sizeof eoi);
    return copy;
}
