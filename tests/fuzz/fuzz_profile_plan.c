/* For any profiles, a plan is refused with a reason, or has a source and a number of roles within the
 * limit. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "fuzz.h"
#include "s3/aws/profile_plan.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    static const char *const names[] = {"default", "a", "b", "c"};
    const int fd = memfd_create("fuzz", MFD_CLOEXEC);
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
    g_autoptr(GVariant) environment = g_variant_ref_sink(
        g_variant_new_parsed("{'AWS_CONFIG_FILE': %s, 'AWS_SHARED_CREDENTIALS_FILE': '/nowhere'}", path));
    g_autoptr(GError) error = NULL;
    Profiles *profiles;

    g_assert_cmpint(write(fd, data, size), ==, (gssize)size);
    profiles = profiles_load(environment, &error);
    for (guint i = 0; profiles != NULL && i < G_N_ELEMENTS(names); i++) {
        g_auto(ProfilePlan) plan = {0};
        g_autoptr(GError) refusal = NULL;

        if (!profile_plan_make(profiles, names[i], &plan, &refusal)) {
            g_assert_cmpint(error_class(refusal), ==, ERROR_PERMANENT);
            continue;
        }
        g_assert_cmpint(plan.base, <=, PROFILE_BASE_PROCESS);
        g_assert_cmpuint(plan.roles->len, <=, PROFILE_PLAN_MAX_ROLES);
        for (guint n = 0; n < plan.roles->len; n++)
            g_assert_nonnull(g_array_index(plan.roles, StsRole, n).arn);
    }
    if (profiles == NULL)
        g_assert_cmpint(error_class(error), ==, ERROR_PERMANENT);
    profiles_free(profiles);
    close(fd);
    return 0;
}
