#include "daemon/protocol/engine_report.h"

#include "base/clock.h"
#include "base/error.h"
#include "daemon/protocol/findings.h"
#include "daemon/protocol/imager_client.h"
#include "daemon/protocol/imager_version.h"
#include "daemon/protocol/messages.h"

/* An imager loads a hundred libraries, on a busy machine from a cold disk. */
#define PATIENCE_MS (30 * G_GINT64_CONSTANT(1000))

/* An imager describes itself in a few lines. */
#define MAX_LINES_BYTES 4096

static void codec_clear(void *data)
{
    g_free(((EngineCodec *)data)->library);
}

static void note_clear(void *data)
{
    g_free(((EngineNote *)data)->text);
    g_free(((EngineNote *)data)->way_out);
}

void engine_report_free(EngineReport *report)
{
    if (report == NULL)
        return;
    g_free(report->libvips);
    g_free(report->vector);
    g_free(report->lacks);
    g_free(report->denied);
    g_array_unref(report->codecs);
    g_array_unref(report->notes);
    g_free(report);
}

static EngineReport *report_new(void)
{
    EngineReport *report = g_new0(EngineReport, 1);

    report->codecs = g_array_new(FALSE, TRUE, sizeof(EngineCodec));
    report->notes = g_array_new(FALSE, TRUE, sizeof(EngineNote));
    g_array_set_clear_func(report->codecs, codec_clear);
    g_array_set_clear_func(report->notes, note_clear);
    return report;
}

static EngineReport *report_from_variant(GVariant *variant, GError **error)
{
    g_autoptr(EngineReport) report = report_new();
    g_autoptr(GVariant) codecs = NULL, notes = NULL;
    EngineCodec codec;
    EngineNote note;
    GVariantIter iter;
    guint32 format;

    if (!g_variant_is_of_type(variant, G_VARIANT_TYPE(DESCRIPTION_TYPE))) {
        error_set(error, ERROR_INTERNAL, "the imager returned %s", g_variant_get_type_string(variant));
        return NULL;
    }
    g_variant_get(variant, "(ss@a(ubs)@a(ss)iiiss)", &report->libvips, &report->vector, &codecs, &notes,
                  &report->seccomp_errno, &report->landlock_errno, &report->landlock_abi, &report->lacks,
                  &report->denied);
    g_variant_iter_init(&iter, codecs);
    while (g_variant_iter_next(&iter, "(ubs)", &format, &codec.encodes, &codec.library)) {
        codec.format = (ImageFormat)MIN(format, FORMAT_LAST);
        g_array_append_val(report->codecs, codec);
    }
    g_variant_iter_init(&iter, notes);
    while (g_variant_iter_next(&iter, "(ss)", &note.text, &note.way_out))
        g_array_append_val(report->notes, note);
    return g_steal_pointer(&report);
}

EngineReport *engine_report_of(ProcessExecutor *imager, GError **error)
{
    Future *future =
        executor_submit(process_executor_base(imager), TARGET_DESCRIBE, g_variant_new("()"), NULL, error);
    GVariant *value = future != NULL ? future_result(future, CLOCK_FOREVER, error) : NULL;
    EngineReport *report = value != NULL ? report_from_variant(value, error) : NULL;

    if (future != NULL)
        future_unref(future);
    return report;
}

EngineReport *engine_report_ask(GError **error)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    ProcessExecutor *imager =
        imager_start(&(ImagerOptions){.task_timeout_ms = PATIENCE_MS, .best_effort = TRUE}, context, error);
    EngineReport *report;

    if (imager == NULL)
        return NULL;
    report = engine_report_of(imager, error);
    executor_shutdown(process_executor_base(imager), TRUE, TRUE);
    executor_free(process_executor_base(imager));
    return report;
}

static void add_codecs(const EngineReport *report, GPtrArray *findings)
{
    for (guint i = 0; i < report->codecs->len; i++) {
        const EngineCodec *codec = &g_array_index(report->codecs, EngineCodec, i);
        g_autofree char *check =
            g_strdup_printf("%s %s", codec->encodes ? "writes" : "reads", format_info(codec->format)->name);

        findings_add(findings, "engine", check, g_str_equal(codec->library, "none") ? FINDING_NO : FINDING_OK,
                     codec->library, NULL);
    }
}

static void add_layer(GPtrArray *findings, const char *layer, gint32 code, const char *words,
                      gboolean best_effort)
{
    g_autofree char *check = g_strdup_printf("%s of the imager", layer);

    if (code == 0) {
        findings_add(findings, "sandbox", check, FINDING_OK, words, NULL);
        return;
    }
    findings_add(findings, "sandbox", check, best_effort ? FINDING_WARNING : FINDING_FAILED, g_strerror(code),
                 best_effort
                     ? "Images are decoded with the remaining layers, as `sandbox: best-effort` allows."
                     : "Allow its system calls in the container or service, or boot a kernel that supports "
                       "it; or set `sandbox: best-effort` to decode images without it.");
}

void engine_report_add(const EngineReport *report, gboolean best_effort, GPtrArray *findings)
{
    g_autofree char *landlock = g_strdup_printf("version %d", report->landlock_abi);

    findings_add(findings, "engine", "libvips", FINDING_OK, report->libvips, NULL);
    findings_add(findings, "engine", "vector code", FINDING_OK, report->vector, NULL);
    add_codecs(report, findings);
    for (guint i = 0; i < report->notes->len; i++) {
        const EngineNote *note = &g_array_index(report->notes, EngineNote, i);
        g_autofree char *advice = g_strdup_printf("Fixed by %s.", note->way_out);

        findings_add(findings, "engine", "note", FINDING_NO, note->text, advice);
    }
    add_layer(findings, "seccomp", report->seccomp_errno, "active", best_effort);
    add_layer(findings, "Landlock", report->landlock_errno, landlock, best_effort);
    if (*report->denied != '\0')
        findings_add(findings, "sandbox", "system calls", FINDING_WARNING, report->denied,
                     "These system calls were denied unexpectedly: a library is newer than the sandbox "
                     "rules. Please report it.");
}

json_t *engine_report_json(const EngineReport *report)
{
    json_t *codecs = json_array(), *notes = json_array();

    for (guint i = 0; i < report->codecs->len; i++) {
        const EngineCodec *codec = &g_array_index(report->codecs, EngineCodec, i);

        json_array_append_new(codecs, json_pack("{s:s, s:b, s:s}", "format", format_info(codec->format)->name,
                                                "writes", codec->encodes, "library", codec->library));
    }
    for (guint i = 0; i < report->notes->len; i++) {
        const EngineNote *note = &g_array_index(report->notes, EngineNote, i);

        json_array_append_new(notes, json_pack("{s:s, s:s}", "text", note->text, "until", note->way_out));
    }
    return json_pack("{s:s, s:s, s:o, s:o, s:{s:b, s:b, s:i, s:s}}", "libvips", report->libvips, "vector",
                     report->vector, "codecs", codecs, "notes", notes, "sandbox", "seccomp",
                     report->seccomp_errno == 0, "landlock", report->landlock_errno == 0, "landlock_version",
                     report->landlock_abi, "denied", report->denied);
}

gboolean engine_report_print(void)
{
    g_autofree char *lines = imager_ask_text(ENGINE_DESCRIBE_ARGUMENT, MAX_LINES_BYTES);

    if (lines == NULL)
        return FALSE;
    g_print("%s", lines);
    return TRUE;
}
