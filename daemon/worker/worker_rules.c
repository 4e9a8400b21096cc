#include "daemon/worker/worker_rules.h"

#include <dirent.h>
#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>

#include "store/beneath.h"

/* DNS answers that do not fit into a datagram are requested again over TCP (RFC 7766). */
#define DNS_PORT 53

/* Limit of paths: each is a rule in the kernel, and is checked before each object. */
#define MAX_PATHS 100u

/* Limit of entries of a store's directory that are checked for links: it may contain millions of
 * originals. */
#define MAX_ENTRIES 10000u

typedef struct {
    char *path;
    gboolean exists;
    gboolean is_volatile; /* replaced in normal operation: no reason for a new worker */
    dev_t device;
    ino_t inode;
} Place;

struct WorkerRules {
    gboolean is_in_force;
    GArray *paths;  /* of SandboxPath; places owns the strings */
    GArray *places; /* of Place */
};

/* Files that every worker and imager reads. Not among them: /etc/ssl/private, /etc/shadow, homes,
 * /run/secrets ... */
static const char *const common[] = {
    /* programs */
    "/etc/ld.so.cache",
    "/etc/ld.so.preload",
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    /* name resolution */
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/nsswitch.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/run/systemd/resolve",
    /* CA certificates, and OpenSSL's configuration of what to accept: the places of Debian, Fedora, Arch
     * Linux and openSUSE */
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
    "/etc/ca-certificates/extracted",
    "/var/lib/ca-certificates",
    "/etc/pki/tls/certs",
    "/etc/pki/tls/openssl.cnf",
    "/etc/pki/ca-trust/extracted",
    "/etc/crypto-policies",
    "/usr/share/crypto-policies",
    /* processors and memory of the machine */
    "/dev/null",
    "/dev/urandom",
    "/proc/cpuinfo",
    "/proc/filesystems",
    "/proc/meminfo",
    "/proc/stat",
    "/sys/devices/system/cpu",
    "/sys/devices/system/node",
#ifdef THUMBMILL_SANITIZED
    "/proc",
#endif
};

static void place_clear(void *data)
{
    g_free(((Place *)data)->path);
}

static Place look_at(const char *path)
{
    struct stat st;
    Place place = {.exists = stat(path, &st) == 0};

    if (place.exists) {
        place.device = st.st_dev;
        place.inode = st.st_ino;
    }
    return place;
}

static void allow(WorkerRules *rules, const char *path, SandboxAccess access)
{
    Place place = look_at(path);
    SandboxPath rule = {.access = access};

    if (path[0] == '\0')
        return;
    rule.path = place.path = g_strdup(path);
    g_array_append_val(rules->places, place);
    g_array_append_val(rules->paths, rule);
}

/* The program interpreter (dynamic linker), which the kernel runs to start any program of this build. */
static const char *find_interpreter(const struct dl_phdr_info *info)
{
    for (guint i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_INTERP)
            return (const char *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    return NULL;
}

/* Whether the rules have the directory, or one above it. */
static gboolean is_allowed(const WorkerRules *rules, const char *directory)
{
    for (guint i = 0; i < rules->paths->len; i++) {
        const char *path = g_array_index(rules->paths, SandboxPath, i).path;

        if (g_str_has_prefix(directory, path) && strchr("/", directory[strlen(path)]) != NULL)
            return TRUE;
    }
    return FALSE;
}

/* Allows the folders of this program's libraries, which may be outside of the usual ones. The imager's
 * libraries are in the same folders. */
static int on_object(struct dl_phdr_info *info, size_t size, void *data)
{
    WorkerRules *rules = data;
    const char *interpreter = find_interpreter(info);

    (void)size;
    if (interpreter != NULL)
        allow(rules, interpreter, SANDBOX_EXECUTE);
    if (info->dlpi_name != NULL && info->dlpi_name[0] == '/') {
        g_autofree char *directory = g_path_get_dirname(info->dlpi_name);

        if (!is_allowed(rules, directory))
            allow(rules, directory, SANDBOX_READ);
    }
    return 0;
}

/* Which symbolic links in a store's top folder are followed (ADR 57). */
typedef enum {
    LINKS_NONE,
    LINKS_TRUSTED, /* links of root and of our own user */
    LINKS_ALL,
} Links;

static gboolean is_followed(const char *path, Links links)
{
    struct stat st;

    return links != LINKS_NONE && lstat(path, &st) == 0 && S_ISLNK(st.st_mode) &&
           (links == LINKS_ALL || beneath_is_trusted_link(st.st_uid));
}

/* Allows a store's directory, and the targets of symbolic links in it: an output may have a disk of its own.
 * (Links further down that lead out of the store are never followed.) */
static void allow_store(WorkerRules *rules, const char *directory, SandboxAccess access, Links links)
{
    DIR *dir = directory[0] != '\0' && links != LINKS_NONE ? opendir(directory) : NULL;
    const struct dirent *entry;

    allow(rules, directory, access);
    for (guint i = 0; i < MAX_ENTRIES && dir != NULL && (entry = readdir(dir)) != NULL; i++) {
        g_autofree char *path = g_build_filename(directory, entry->d_name, NULL);

        if (rules->paths->len < MAX_PATHS && is_followed(path, links)) {
            allow(rules, path, access);
            g_array_index(rules->places, Place, rules->places->len - 1).is_volatile = TRUE;
        }
    }
    if (dir != NULL)
        (void)closedir(dir);
}

static WorkerRules *rules_new(const WorkerReach *reach)
{
    WorkerRules *rules = g_new0(WorkerRules, 1);

    rules->paths = g_array_new(FALSE, FALSE, sizeof(SandboxPath));
    rules->places = g_array_new(FALSE, FALSE, sizeof(Place));
    g_array_set_clear_func(rules->places, place_clear);
    for (guint i = 0; i < G_N_ELEMENTS(common); i++)
        allow(rules, common[i], SANDBOX_READ);
    (void)dl_iterate_phdr(on_object, rules);
    allow(rules, reach->imager, SANDBOX_EXECUTE);
    for (guint i = 0; i < G_N_ELEMENTS(reach->ca_files); i++)
        allow(rules, reach->ca_files[i], SANDBOX_READ);
    allow_store(rules, reach->source_directory, SANDBOX_READ, reach->source_links ? LINKS_ALL : LINKS_NONE);
    allow_store(rules, reach->destination_directory, SANDBOX_CHANGE, LINKS_TRUSTED);
    return rules;
}

/* Root's permission to access files of other users is only of use for directories. */
static Privileges privileges_for(const WorkerReach *reach)
{
    return reach->source_directory[0] != '\0' || reach->destination_directory[0] != '\0' ? PRIVILEGES_FILES
                                                                                         : PRIVILEGES_NONE;
}

WorkerRules *worker_rules_enter(const WorkerReach *reach, SandboxState *ret_state, GError **error)
{
    WorkerRules *rules = rules_new(reach);
    g_autoptr(GArray) ports = g_array_new(FALSE, FALSE, sizeof(guint16));
    const guint16 dns = DNS_PORT;
    SandboxRules open;

    if (reach->n_ports > 0) {
        g_array_append_vals(ports, reach->ports, (guint)reach->n_ports);
        g_array_append_val(ports, dns);
    }
    open = (SandboxRules){.paths = (const SandboxPath *)rules->paths->data,
                          .n_paths = rules->paths->len,
                          .ports = (const guint16 *)ports->data,
                          .n_ports = ports->len,
                          .modes = reach->modes};
    if (!sandbox_enter_worker(&open, privileges_for(reach), reach->demand, ret_state, error)) {
        worker_rules_free(rules);
        return NULL;
    }
    rules->is_in_force = ret_state->landlock_errno == 0;
    return rules;
}

const char *worker_rules_broken(const WorkerRules *rules)
{
    for (guint i = 0; rules->is_in_force && i < rules->places->len; i++) {
        const Place *place = &g_array_index(rules->places, Place, i);
        const Place now = look_at(place->path);

        if (now.exists && !place->is_volatile &&
            (!place->exists || now.device != place->device || now.inode != place->inode))
            return place->path;
    }
    return NULL;
}

void worker_rules_free(WorkerRules *rules)
{
    if (rules == NULL)
        return;
    g_array_unref(rules->paths);
    g_array_unref(rules->places);
    g_free(rules);
}
