#include "sandbox/landlock.h"

#include <errno.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"

/* Newer than Debian 12's headers, from the kernel's include/uapi/linux/landlock.h. */
#define ABI_NETWORK 4
#define ABI_SCOPES  6

/* The number of file access rights that each version of the interface knows; the last for all later ones. */
static const guint8 n_file_rights[] = {0, 13, 14, 15, 15, 16};

#define NETWORK_RIGHTS 0x3u /* bind and connect TCP */
#define SCOPE_RIGHTS   0x3u /* abstract sockets, signals */

typedef struct {
    guint64 handled_access_fs;
    guint64 handled_access_net;
    guint64 scoped;
} Rules;

int landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    return abi > 0 ? (int)abi : 0;
}

/* The kernel takes a shorter struct from older programs, and refuses a longer one with bits that it does not
 * know. */
static gsize rules_size(int abi)
{
    if (abi >= ABI_SCOPES)
        return sizeof(Rules);
    return abi >= ABI_NETWORK ? 2 * sizeof(guint64) : sizeof(guint64);
}

int landlock_forbid_all(int abi)
{
    Rules rules = {0};
    autofd int fd = -1;

    if (abi <= 0)
        return 0;
    rules.handled_access_fs =
        (G_GUINT64_CONSTANT(1) << n_file_rights[MIN((gsize)abi, G_N_ELEMENTS(n_file_rights) - 1)]) - 1;
    rules.handled_access_net = abi >= ABI_NETWORK ? NETWORK_RIGHTS : 0;
    rules.scoped = abi >= ABI_SCOPES ? SCOPE_RIGHTS : 0;
    fd = (int)syscall(SYS_landlock_create_ruleset, &rules, rules_size(abi), 0);
    if (fd < 0 || syscall(SYS_landlock_restrict_self, fd, 0) != 0)
        return errno;
    return 0;
}
