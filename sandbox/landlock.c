#include "sandbox/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"

/* The number of file access rights that each ABI version knows; the last one also applies to all later
 * versions. */
static const guint8 n_file_rights[] = {0, 13, 14, 15, 15, 16};

/* Newer than Debian 12's headers; copied from the kernel's include/uapi/linux/landlock.h. */
#define ACCESS_TRUNCATE (G_GUINT64_CONSTANT(1) << 14)
#define NETWORK_BIND    0x1u
#define NETWORK_CONNECT 0x2u
#define SCOPE_RIGHTS    0x3u /* abstract sockets, signals */
#define RULE_NET_PORT   2

typedef struct {
    guint64 handled_access_fs;
    guint64 handled_access_net;
    guint64 scoped;
} Handled;

typedef struct {
    guint64 allowed_access;
    guint64 port;
} PortRule;

#define READ_RIGHTS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

static const guint64 rights[] = {
    [SANDBOX_READ] = READ_RIGHTS,
    [SANDBOX_EXECUTE] = READ_RIGHTS | LANDLOCK_ACCESS_FS_EXECUTE,
    [SANDBOX_CHANGE] = READ_RIGHTS | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                       LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | ACCESS_TRUNCATE,
};

/* In a rule for a file that is not a directory, the kernel refuses all other rights. */
#define FILE_RIGHTS                                                                                          \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |             \
     ACCESS_TRUNCATE)

int landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    return abi > 0 ? (int)abi : 0;
}

/* The kernel accepts a shorter struct from older programs, and refuses a longer one that contains bits that
 * it does not know. */
static gsize handled_size(int abi)
{
    if (abi >= LANDLOCK_ABI_SCOPES)
        return sizeof(Handled);
    return abi >= LANDLOCK_ABI_NETWORK ? 2 * sizeof(guint64) : sizeof(guint64);
}

/* Returns 0 or an errno. */
static int allow_path(int ruleset, const SandboxPath *path, guint64 handled)
{
    autofd int fd = open(path->path, O_PATH | O_CLOEXEC);
    struct landlock_path_beneath_attr rule = {.allowed_access = rights[path->access] & handled};
    struct stat st;

    if (fd < 0 || fstat(fd, &st) != 0)
        return 0;
    if (!S_ISDIR(st.st_mode))
        rule.allowed_access &= FILE_RIGHTS;
    rule.parent_fd = fd;
    return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0 ? errno : 0;
}

static int allow_port(int ruleset, guint16 port)
{
    const PortRule rule = {NETWORK_CONNECT, port};

    return syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &rule, 0) != 0 ? errno : 0;
}

static int add_rules(int ruleset, const Handled *handled, const SandboxRules *rules)
{
    int result = 0;

    for (gsize i = 0; i < rules->n_paths && result == 0; i++)
        result = allow_path(ruleset, &rules->paths[i], handled->handled_access_fs);
    for (gsize i = 0; handled->handled_access_net != 0 && i < rules->n_ports && result == 0; i++)
        result = allow_port(ruleset, rules->ports[i]);
    return result;
}

int landlock_confine(int abi, const SandboxRules *rules)
{
    Handled handled = {0};
    autofd int fd = -1;
    int result = 0;

    if (abi <= 0)
        return 0;
    handled.handled_access_fs =
        (G_GUINT64_CONSTANT(1) << n_file_rights[MIN((gsize)abi, G_N_ELEMENTS(n_file_rights) - 1)]) - 1;
    handled.handled_access_net = abi >= LANDLOCK_ABI_NETWORK ? NETWORK_BIND | NETWORK_CONNECT : 0;
    handled.scoped = abi >= LANDLOCK_ABI_SCOPES ? SCOPE_RIGHTS : 0;
    fd = (int)syscall(SYS_landlock_create_ruleset, &handled, handled_size(abi), 0);
    if (fd < 0)
        return errno;
    if (rules != NULL)
        result = add_rules(fd, &handled, rules);
    if (result == 0 && syscall(SYS_landlock_restrict_self, fd, 0) != 0)
        result = errno;
    return result;
}
