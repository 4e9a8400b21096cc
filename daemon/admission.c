#include "daemon/admission.h"

void admission_init(Admission *admission, guint64 budget_bytes, guint n_workers)
{
    *admission = (Admission){
        .budget_bytes = budget_bytes,
        .share_bytes = budget_bytes / 2 / n_workers,
        .n_workers = n_workers,
    };
}

/* At most one per imager is being rendered; the others are on their way. */
static guint64 light_bytes(const Admission *admission, guint n_light)
{
    return MIN(n_light, admission->n_workers) * admission->share_bytes;
}

/* None of the numbers is above the budget; their sums may be above G_MAXUINT64. */
static gboolean fits(const Admission *admission, guint64 bytes, guint64 others)
{
    return bytes <= admission->budget_bytes && others <= admission->budget_bytes - bytes;
}

gboolean admission_allows_heavy(const Admission *admission, guint64 bytes)
{
    const guint64 light = light_bytes(admission, admission->n_light);

    return fits(admission, bytes, light) && fits(admission, bytes + light, admission->heavy_bytes);
}

gboolean admission_allows_light(const Admission *admission, guint64 waiting_bytes)
{
    const guint64 light = light_bytes(admission, admission->n_light + 1);

    return fits(admission, light, MAX(admission->heavy_bytes, waiting_bytes));
}

void admission_begin(Admission *admission, guint64 bytes)
{
    if (bytes == 0)
        admission->n_light++;
    else
        admission->heavy_bytes += bytes;
}

void admission_end(Admission *admission, guint64 bytes)
{
    if (bytes == 0)
        admission->n_light--;
    else
        admission->heavy_bytes -= bytes;
}
