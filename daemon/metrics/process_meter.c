#include "daemon/metrics/process_meter.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A supervisor's workers' imagers, and what a credential command starts. */
#define MAX_DEPTH 6u

/* More processes than a daemon can have. */
#define MAX_PROCESSES 20000u

typedef enum { KIND_MAIN, KIND_SUPERVISOR, KIND_WORKER, KIND_IMAGER, KIND_WEB, KIND_OTHER, KIND_COUNT } Kind;

static const char *const kind_names[] = {
    [KIND_MAIN] = "main",     [KIND_SUPERVISOR] = "supervisor",
    [KIND_WORKER] = "worker", [KIND_IMAGER] = "imager",
    [KIND_WEB] = "web",       [KIND_OTHER] = "other",
};

typedef struct {
    guint64 processes;
    guint64 resident_pages;
} KindUse;

typedef struct {
    KindUse uses[KIND_COUNT];
    guint n_seen;
    guint64 start_ticks; /* of this process, after the boot */
} Measurement;

/* CPU time in clock ticks, kept between measurements: it may only grow. */
static guint64 used_ticks[KIND_COUNT];
static GHashTable *last_ticks; /* of guint64, by "pid start" */

/* The kernel cuts names to 15 bytes. */
static Kind kind_of(const char *name, gsize length)
{
    static const char *const names[] = {[KIND_MAIN] = "thumbmill",
                                        [KIND_SUPERVISOR] = "thumbmill-super",
                                        [KIND_WORKER] = "thumbmill-worke",
                                        [KIND_IMAGER] = "thumbmill-image",
                                        [KIND_WEB] = "thumbmill-web"};

    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (strlen(names[i]) == length && strncmp(names[i], name, length) == 0)
            return (Kind)i;
    return KIND_OTHER;
}

static void count_ticks(GHashTable *now, Kind kind, const char *pid, const char *start, guint64 ticks)
{
    char *id = g_strdup_printf("%s %s", pid, start);
    const guint64 *before = last_ticks != NULL ? g_hash_table_lookup(last_ticks, id) : NULL;

    used_ticks[kind] += ticks - MIN(ticks, before != NULL ? *before : 0);
    g_hash_table_insert(now, id, g_memdup2(&ticks, sizeof ticks));
}

/* The fields of /proc/PID/stat after the name, numbered from 0 (proc(5) has them as 3 and up). */
enum { FIELD_UTIME = 11, FIELD_STIME = 12, FIELD_START = 19, FIELD_RESIDENT = 21, N_FIELDS = 22 };

static void measure_one(Measurement *measurement, GHashTable *now, const char *pid, guint depth)
{
    g_autofree char *path = g_strdup_printf("/proc/%s/stat", pid);
    g_autofree char *text = NULL;
    g_auto(GStrv) fields = NULL;
    const char *open, *close;
    Kind kind;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return;
    open = strchr(text, '(');
    close = strrchr(text, ')');
    if (open == NULL || close == NULL || close < open || close[1] == '\0')
        return;
    fields = g_strsplit(close + 2, " ", -1);
    if (g_strv_length(fields) < N_FIELDS)
        return;
    kind = depth == 0 ? KIND_MAIN : kind_of(open + 1, (gsize)(close - open - 1));
    measurement->uses[kind].processes++;
    measurement->uses[kind].resident_pages += g_ascii_strtoull(fields[FIELD_RESIDENT], NULL, 10);
    if (depth == 0)
        measurement->start_ticks = g_ascii_strtoull(fields[FIELD_START], NULL, 10);
    count_ticks(now, kind, pid, fields[FIELD_START],
                g_ascii_strtoull(fields[FIELD_UTIME], NULL, 10) +
                    g_ascii_strtoull(fields[FIELD_STIME], NULL, 10));
}

/* Roles are single-threaded, or fork in their first thread. */
static void measure(Measurement *measurement, GHashTable *now, const char *pid, guint depth)
{
    g_autofree char *path = g_strdup_printf("/proc/%s/task/%s/children", pid, pid);
    g_autofree char *text = NULL;
    g_auto(GStrv) children = NULL;

    if (measurement->n_seen++ >= MAX_PROCESSES)
        return;
    measure_one(measurement, now, pid, depth);
    if (depth >= MAX_DEPTH || !g_file_get_contents(path, &text, NULL, NULL))
        return;
    children = g_strsplit(g_strchomp(text), " ", -1);
    for (guint i = 0; children[i] != NULL; i++)
        if (children[i][0] != '\0')
            measure(measurement, now, children[i], depth + 1);
}

static guint64 count_descriptors(void)
{
    g_autoptr(GDir) folder = g_dir_open("/proc/self/fd", 0, NULL);
    guint64 n = 0;

    while (folder != NULL && g_dir_read_name(folder) != NULL)
        n++;
    return n > 0 ? n - 1 : 0; /* without the one that reads the folder */
}

/* When the machine was booted, in Unix seconds; 0 if the kernel does not tell. */
static guint64 boot_seconds(void)
{
    g_autofree char *text = NULL;
    const char *line;

    if (!g_file_get_contents("/proc/stat", &text, NULL, NULL))
        return 0;
    line = strstr(text, "\nbtime ");
    return line != NULL ? g_ascii_strtoull(line + strlen("\nbtime "), NULL, 10) : 0;
}

static void append(const Measurement *measurement, Exposition *text)
{
    const double per_second = (double)sysconf(_SC_CLK_TCK);
    const guint64 page_bytes = (guint64)sysconf(_SC_PAGESIZE), boot_s = boot_seconds();

    exposition_family(text, "process_cpu_seconds_total", EXPOSITION_COUNTER,
                      "CPU time of all processes, by role.");
    for (guint i = 0; i < KIND_COUNT; i++)
        exposition_real(text, "process_cpu_seconds_total", (const char *const[]){"role", kind_names[i], NULL},
                        (double)used_ticks[i] / per_second);
    exposition_family(text, "process_resident_memory_bytes", EXPOSITION_GAUGE,
                      "Memory of all processes, by role; shared pages count for each.");
    for (guint i = 0; i < KIND_COUNT; i++)
        exposition_number(text, "process_resident_memory_bytes",
                          (const char *const[]){"role", kind_names[i], NULL},
                          measurement->uses[i].resident_pages * page_bytes);
    exposition_family(text, "thumbmill_processes", EXPOSITION_GAUGE, "Processes that exist, by role.");
    for (guint i = 0; i < KIND_COUNT; i++)
        exposition_number(text, "thumbmill_processes", (const char *const[]){"role", kind_names[i], NULL},
                          measurement->uses[i].processes);
    exposition_family(text, "process_open_fds", EXPOSITION_GAUGE, "Open descriptors of the main process.");
    exposition_number(text, "process_open_fds", (const char *const[]){"role", "main", NULL},
                      count_descriptors());
    if (boot_s == 0)
        return;
    exposition_family(text, "process_start_time_seconds", EXPOSITION_GAUGE,
                      "When the main process was started.");
    exposition_real(text, "process_start_time_seconds", (const char *const[]){"role", "main", NULL},
                    (double)boot_s + (double)measurement->start_ticks / per_second);
}

void process_meter_append(Exposition *text)
{
    GHashTable *now = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autofree char *self = g_strdup_printf("%d", (int)getpid());
    Measurement measurement = {0};

    measure(&measurement, now, self, 0);
    g_clear_pointer(&last_ticks, g_hash_table_unref);
    last_ticks = now;
    append(&measurement, text);
}
