#include "sandbox/privileges.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"

#define BIT(capability) (G_GUINT64_CONSTANT(1) << (capability))

static const guint64 kept[] = {
    [PRIVILEGES_NONE] = 0,
    [PRIVILEGES_FILES] = BIT(CAP_DAC_OVERRIDE) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_FOWNER),
    [PRIVILEGES_OWNERS] =
        BIT(CAP_DAC_OVERRIDE) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_FOWNER) | BIT(CAP_CHOWN) | BIT(CAP_FSETID),
};

/* More than the number of capabilities in the kernel. */
#define MAX_CAPABILITIES 64

typedef struct {
    struct __user_cap_header_struct header;
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
} Capabilities;

static gboolean capabilities_get(Capabilities *ret)
{
    *ret = (Capabilities){.header = {.version = _LINUX_CAPABILITY_VERSION_3}};
    return syscall(SYS_capget, &ret->header, ret->sets) == 0;
}

static guint64 permitted(const Capabilities *capabilities)
{
    return (guint64)capabilities->sets[1].permitted << 32 | capabilities->sets[0].permitted;
}

/* All capabilities that can be given up, including those that programs inherit. */
static guint64 all_of(const Capabilities *capabilities)
{
    return permitted(capabilities) | (guint64)capabilities->sets[1].inheritable << 32 |
           capabilities->sets[0].inheritable;
}

static gboolean capabilities_set(guint64 mask)
{
    Capabilities capabilities = {.header = {.version = _LINUX_CAPABILITY_VERSION_3}};

    capabilities.sets[0].permitted = capabilities.sets[0].effective = (guint32)mask;
    capabilities.sets[1].permitted = capabilities.sets[1].effective = (guint32)(mask >> 32);
    return syscall(SYS_capset, &capabilities.header, capabilities.sets) == 0;
}

gboolean privileges_drop(Privileges keep, GError **error)
{
    Capabilities capabilities;

    if (!capabilities_get(&capabilities)) {
        error_set_errno(error, ERROR_INTERNAL, errno, "reading capabilities");
        return FALSE;
    }
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    /* The capabilities that root's programs would get. Requires CAP_SETPCAP; without that, no_new_privs
     * prevents it. */
    for (guint i = 0; i < MAX_CAPABILITIES; i++)
        if ((kept[keep] & BIT(i)) == 0)
            (void)prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
    /* A service manager that grants no capabilities may also forbid capset(2). */
    if ((all_of(&capabilities) & ~kept[keep]) != 0 &&
        !capabilities_set(permitted(&capabilities) & kept[keep])) {
        error_set_errno(error, ERROR_INTERNAL, errno, "dropping capabilities");
        return FALSE;
    }
    return TRUE;
}

gboolean privileges_forbid_new(void)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

void privileges_hide(void)
{
    const struct rlimit none = {0, 0};

    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    (void)setrlimit(RLIMIT_CORE, &none);
}

/* The kernel's interface names capabilities only in its header. */
static const char *name_of(guint capability)
{
    switch (capability) {
    case CAP_CHOWN: return "chown";
    case CAP_DAC_OVERRIDE: return "dac_override";
    case CAP_DAC_READ_SEARCH: return "dac_read_search";
    case CAP_FOWNER: return "fowner";
    case CAP_FSETID: return "fsetid";
    default: return NULL;
    }
}

static void append_capabilities(GString *out, guint64 mask)
{
    const char *separator = "capabilities: ";

    for (guint i = 0; i < MAX_CAPABILITIES; i++) {
        if ((mask & BIT(i)) == 0)
            continue;
        g_string_append(out, separator);
        if (name_of(i) != NULL)
            g_string_append(out, name_of(i));
        else
            g_string_append_printf(out, "%u", i);
        separator = " ";
    }
    if (mask == 0)
        g_string_append(out, "no capabilities");
}

char *privileges_describe(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    Capabilities capabilities;

    g_string_append(out, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? "no new privileges, " : "");
    g_string_append(out, prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? "not dumpable, " : "dumpable, ");
    append_capabilities(out, capabilities_get(&capabilities) ? permitted(&capabilities) : 0);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

gboolean privileges_is_root(void)
{
    return geteuid() == 0;
}
