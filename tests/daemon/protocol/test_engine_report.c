/* Reports of real imagers about their machine and themselves. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "daemon/protocol/engine_report.h"
#include "daemon/protocol/findings.h"
#include "daemon/protocol/imager_version.h"

/* The finding of this check, or NULL. */
static const Finding *find(const GPtrArray *findings, const char *check)
{
    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];

        if (strcmp(finding->check, check) == 0)
            return finding;
    }
    return NULL;
}

static FindingState state_of(const EngineReport *report, gboolean best_effort, const char *check)
{
    g_autoptr(GPtrArray) findings = findings_new();
    const Finding *finding;

    engine_report_add(report, best_effort, findings);
    finding = find(findings, check);
    cr_assert_not_null(finding, "%s", check);
    return finding->state;
}

Test(engine_report, an_imager_knows_its_libraries_and_its_sandbox)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(EngineReport) report = engine_report_ask(&error);

    cr_assert_not_null(report, "%s", error != NULL ? error->message : "");
    cr_assert(g_str_has_prefix(report->libvips, "8."), "%s", report->libvips);
    cr_assert_gt(report->codecs->len, 4);
    cr_assert_eq(state_of(report, FALSE, "reads jpeg"), FINDING_OK);
    cr_assert_eq(state_of(report, FALSE, "libvips"), FINDING_OK);
}

Test(engine_report, what_is_missing_is_a_failure_unless_it_is_tolerated)
{
    g_autoptr(EngineReport) report = engine_report_ask(NULL);

    cr_assert_not_null(report);
    report->seccomp_errno = 0;
    report->landlock_errno = ENOSYS;
    cr_assert_eq(state_of(report, FALSE, "seccomp of the imager"), FINDING_OK);
    cr_assert_eq(state_of(report, FALSE, "Landlock of the imager"), FINDING_FAILED);
    cr_assert_eq(state_of(report, TRUE, "Landlock of the imager"), FINDING_WARNING);
    g_free(report->denied);
    report->denied = g_strdup("socket");
    cr_assert_eq(state_of(report, FALSE, "system calls"), FINDING_WARNING);
}

Test(engine_report, codecs_that_are_missing_and_notes_are_told)
{
    g_autoptr(EngineReport) report = engine_report_ask(NULL);
    const EngineNote note = {g_strdup("it is slow"), g_strdup("libvips 9")};
    g_autofree char *check = NULL;
    EngineCodec *codec;
    json_t *json;

    cr_assert_not_null(report);
    codec = &g_array_index(report->codecs, EngineCodec, 0);
    g_free(codec->library);
    codec->library = g_strdup("none");
    check = g_strdup_printf("%s %s", codec->encodes ? "writes" : "reads", format_info(codec->format)->name);
    g_array_append_val(report->notes, note);
    cr_assert_eq(state_of(report, FALSE, check), FINDING_NO);
    cr_assert_eq(state_of(report, FALSE, "note"), FINDING_NO);
    json = engine_report_json(report);
    cr_assert_str_eq(json_string_value(json_object_get(json, "libvips")), report->libvips);
    cr_assert_eq(json_array_size(json_object_get(json, "codecs")), report->codecs->len);
    cr_assert_eq(json_array_size(json_object_get(json, "notes")), report->notes->len);
    json_decref(json);
}

Test(engine_report, the_version_of_an_imager_names_libvips)
{
    g_autofree char *version = imager_version_ask();

    cr_assert(g_str_has_prefix(version, "thumbmill " THUMBMILL_VERSION ", "), "%s", version);
    cr_assert_not_null(strstr(version, "libvips"), "%s", version);
}

Test(engine_report, an_answer_that_is_too_long_is_none)
{
    cr_assert_null(imager_ask_text("--describe", 10));
}

Test(engine_report, it_is_printed_for_people)
{
    cr_assert(engine_report_print());
}
