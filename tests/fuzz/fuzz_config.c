/* A configuration is refused with a place, or each of its jobs is unchanged by its transfer to the supervisor. */
#include "base/error.h"
#include "config/config.h"
#include "config/jobs.h"
#include "fuzz.h"

static void check_job(const Config *config)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) sent = NULL;
    g_autoptr(GVariant) variant = g_variant_ref_sink(config_to_variant(config));
    g_autoptr(GVariant) again = NULL;

    sent = config_from_variant(variant, &error);
    g_assert_no_error(error);
    again = g_variant_ref_sink(config_to_variant(sent));
    g_assert_true(g_variant_equal(variant, again));
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) jobs = jobs_parse((const char *)data, size, "fuzz.yaml", &error);

    if (jobs == NULL) {
        g_assert_cmpint(error_class(error), ==, ERROR_CONFIG);
        g_assert_true(g_str_has_prefix(error->message, "fuzz.yaml:"));
        return 0;
    }
    g_assert_cmpuint(jobs->len, >, 0);
    for (guint i = 0; i < jobs->len; i++) {
        check_job(jobs->pdata[i]);
        g_assert_true(jobs_find(jobs, ((const Config *)jobs->pdata[i])->name) == jobs->pdata[i]);
    }
    return 0;
}
