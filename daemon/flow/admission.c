#include "daemon/flow/admission.h"

void admission_init(Admission *admission, guint64 budget_bytes, guint n_workers)
{
    *admission = (Admission){
        .budget_bytes = budget_bytes,
        .share_bytes = budget_bytes / 2 / n_workers,
        .n_workers = n_workers,
    };
}

/* Saturating sum: one that overflows exceeds any budget, too. */
static guint64 sum(guint64 a, guint64 b)
{
    return a + MIN(b, G_MAXUINT64 - a);
}

/* Memory of light objects that began in an earlier epoch, with shares of another size. */
static guint64 former_bytes(const Admission *admission)
{
    const guint64 share = admission->former_share_bytes;

    if (share > 0 && admission->n_former < admission->former_bytes / share)
        return admission->n_former * share;
    return admission->former_bytes;
}

/* Memory of light objects in flight. At most one per imager is being rendered; the others are being
 * transferred. */
static guint64 light_bytes(const Admission *admission, guint n_light)
{
    const guint64 bytes = MIN(n_light, admission->n_workers) * admission->share_bytes;

    return sum(bytes, former_bytes(admission));
}

/* Whether bytes and others fit into the budget together. Their sum may exceed G_MAXUINT64. */
static gboolean fits(const Admission *admission, guint64 bytes, guint64 others)
{
    return bytes <= admission->budget_bytes && others <= admission->budget_bytes - bytes;
}

gboolean admission_allows_heavy(const Admission *admission, guint64 bytes, gboolean light_waits)
{
    const gboolean takes_all = admission->n_heavy + 1 >= admission->n_workers && admission->n_workers > 1;
    const guint64 others = sum(light_bytes(admission, admission->n_light), admission->reserved_bytes);

    return !(takes_all && (light_waits || admission->n_light > 0)) && fits(admission, bytes, others) &&
           fits(admission, bytes + others, admission->heavy_bytes);
}

gboolean admission_allows_light(const Admission *admission, guint64 waiting_bytes)
{
    const guint64 light = sum(light_bytes(admission, admission->n_light + 1), admission->reserved_bytes);
    const gboolean may_begin = fits(admission, waiting_bytes, admission->reserved_bytes);

    return fits(admission, light, MAX(admission->heavy_bytes, may_begin ? waiting_bytes : 0));
}

guint admission_begin(Admission *admission, guint64 bytes)
{
    if (bytes == 0) {
        admission->n_light++;
    } else {
        admission->n_heavy++;
        admission->heavy_bytes += bytes;
    }
    return admission->epoch;
}

void admission_end(Admission *admission, guint64 bytes, guint epoch)
{
    if (bytes != 0) {
        admission->n_heavy--;
        admission->heavy_bytes -= bytes;
    } else if (epoch == admission->epoch) {
        admission->n_light--;
    } else if (--admission->n_former == 0) {
        admission->former_bytes = admission->former_share_bytes = 0;
    }
}

void admission_reserve(Admission *admission, guint64 bytes)
{
    admission->reserved_bytes = MIN(bytes, admission->budget_bytes);
}

guint64 admission_used_bytes(const Admission *admission)
{
    return sum(light_bytes(admission, admission->n_light), admission->heavy_bytes);
}

void admission_scale(Admission *admission, guint n_workers)
{
    if (admission->n_light > 0) {
        admission->former_bytes = light_bytes(admission, admission->n_light);
        admission->former_share_bytes = MAX(admission->former_share_bytes, admission->share_bytes);
    }
    admission->n_former += admission->n_light;
    admission->n_light = 0;
    admission->n_workers = n_workers;
    admission->share_bytes = admission->budget_bytes / 2 / n_workers;
    admission->epoch++;
}
