/* Which capabilities a process keeps. Each case runs in a child, as root or not. */
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "confined.h"
#include "sandbox/privileges.h"
#include "without_calls.h"

static const char *const no_capset[] = {"capset", NULL};

/* All capabilities of the process: effective, permitted and inheritable. */
static guint64 have(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
    guint64 all = 0;

    if (syscall(SYS_capget, &header, sets) != 0)
        return G_MAXUINT64;
    for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
        all |= (guint64)(sets[i].effective | sets[i].permitted | sets[i].inheritable) << (32 * i);
    return all;
}

static int drops_all(void)
{
    if (!privileges_drop(PRIVILEGES_NONE, NULL))
        return 1;
    return have() == 0 ? 0 : 2;
}

static int keeps_those_about_files(void)
{
    const guint64 files = 1u << CAP_DAC_OVERRIDE | 1u << CAP_DAC_READ_SEARCH | 1u << CAP_FOWNER;
    const guint64 before = have();

    if (!privileges_drop(PRIVILEGES_FILES, NULL))
        return 1;
    return have() == (before & files) ? 0 : 2;
}

static int never_adds(void)
{
    if (!privileges_drop(PRIVILEGES_NONE, NULL) || !privileges_drop(PRIVILEGES_OWNERS, NULL))
        return 1;
    return have() == 0 ? 0 : 2;
}

/* As under a service manager that filters @privileged system calls. */
static int needs_no_capset_without_any(void)
{
    if (!privileges_drop(PRIVILEGES_NONE, NULL) || !without_calls(no_capset, EPERM))
        return 1;
    return privileges_drop(PRIVILEGES_FILES, NULL) && privileges_drop(PRIVILEGES_NONE, NULL) ? 0 : 2;
}

/* A process that has capabilities and cannot give them up gets an error. */
static int fails_with_some(void)
{
    GError *error = NULL;
    const gboolean has_some = have() != 0;

    if (!without_calls(no_capset, EPERM))
        return 1;
    if (privileges_drop(PRIVILEGES_NONE, &error) == has_some)
        return 2;
    return !has_some || error_class(error) == ERROR_INTERNAL ? 0 : 3;
}

static int says_what_it_has(void)
{
    g_autofree char *text = NULL;

    if (!privileges_drop(PRIVILEGES_NONE, NULL) || !privileges_forbid_new())
        return 1;
    privileges_hide();
    text = privileges_describe();
    return strcmp(text, "no new privileges, not dumpable, no capabilities") == 0 ? 0 : 2;
}

Test(privileges, are_given_up)
{
    cr_expect_eq(confined_run(drops_all, FALSE), 0, "all");
    cr_expect_eq(confined_run(keeps_those_about_files, FALSE), 0, "all but those about files");
    cr_expect_eq(confined_run(never_adds, FALSE), 0, "none comes back");
    cr_expect_eq(confined_run(says_what_it_has, FALSE), 0, "in words");
}

Test(privileges, capset_is_needed_by_who_has_some)
{
    cr_expect_eq(confined_run(needs_no_capset_without_any, FALSE), 0, "without any");
    cr_expect_eq(confined_run(fails_with_some, FALSE), 0, "with some");
}
