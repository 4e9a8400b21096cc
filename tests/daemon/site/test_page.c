#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "daemon/site/page.h"
#include "daemon/site/page_text.h"
#include "schedule/timetable.h"

#define EVIL    "<script>alert(1)</script>\"'&"
#define ESCAPED "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&apos;&amp;"

static guint count(const char *text, const char *part)
{
    guint n = 0;

    for (const char *p = strstr(text, part); p != NULL; p = strstr(p + 1, part))
        n++;
    return n;
}

static GVariant *evil_workers(void)
{
    GVariantDict dict;
    GVariant *worker;

    g_variant_dict_init(&dict, NULL);
    g_variant_dict_insert(&dict, "slot", "u", 3u);
    g_variant_dict_insert(&dict, "state", "s", "busy");
    g_variant_dict_insert(&dict, "task", "s", EVIL);
    worker = g_variant_dict_end(&dict);
    return g_variant_ref_sink(
        g_variant_new("(@aa{sv})", g_variant_new_array(G_VARIANT_TYPE_VARDICT, &worker, 1)));
}

Test(page, every_text_from_outside_is_escaped)
{
    PageRecord record = {.message = (char *)EVIL, .key = (char *)EVIL, .reason = (char *)EVIL};
    g_autoptr(GVariant) workers = evil_workers();
    GQueue records = G_QUEUE_INIT;
    g_autofree char *page = NULL;

    g_queue_push_head(&records, &record);
    page = page_make(
        &(PageView){.job = EVIL,
                    .status = {.phase = SERVICE_DEGRADED, .trouble = EVIL, .next_pass_us = SCHEDULE_NEVER},
                    .workers = workers,
                    .records = &records});
    cr_assert_null(strstr(page, EVIL));
    cr_assert_null(strstr(page, "<script>alert"));
    cr_assert_eq(count(page, ESCAPED), 7, "twice the job, the failure, three of the record, the worker");
    cr_assert_eq(count(page, "<script"), 1);
    g_queue_clear(&records);
}

Test(page, a_pass_is_shown_with_its_bar_and_a_guess)
{
    const PassResult passes[] = {{.ended_us = CLOCK_US_PER_S, .seconds = 1},
                                 {.ended_us = 2 * CLOCK_US_PER_S, .seconds = 100, .exit = 1, .failed = 7}};
    GQueue records = G_QUEUE_INIT;
    g_autofree char *page =
        page_make(&(PageView){.job = "photos",
                              .status = {.phase = SERVICE_PASS,
                                         .pass_elapsed_us = 65 * CLOCK_US_PER_S,
                                         .progress = {.listed = 50, .done = 20, .failed = 5, .total = 100},
                                         .forecast = {.per_second = 2.5, .seconds_left = 30},
                                         .next_pass_us = SCHEDULE_NEVER},
                              .passes = passes,
                              .n_passes = 2,
                              .records = &records});

    cr_assert_not_null(strstr(page, "<progress max=\"100\" value=\"25\""));
    cr_assert_not_null(strstr(page, "2.5 objects/s"));
    cr_assert_not_null(strstr(page, "about 30 s (a guess)"));
    cr_assert_not_null(strstr(page, "<rect class=\"done\""));
    cr_assert_not_null(strstr(page, "<rect class=\"failed\""));
    cr_assert_eq(count(page, "<rect "), 2);
}

Test(page, the_policy_allows_its_own_script_and_style_only)
{
    g_autofree char *policy = page_text_policy();

    cr_assert(g_str_has_prefix(policy, "default-src 'none'; style-src 'sha256-"));
    cr_assert_null(strstr(policy, "unsafe"));
    cr_assert_eq(count(policy, "'sha256-"), 2);
    cr_assert_null(strstr(page_text_script(), "</"), "the element would end");
    cr_assert_null(strstr(page_text_style(), "url("));
}
